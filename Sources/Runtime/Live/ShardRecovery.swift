import Coordination
import Engine
import KafkaTransport
import Model
import Primitives
import Settings

/// The part of a shard's journal that is still to be done again, and how far it is done.
///
/// Isolation: the shard's thread.
struct ShardRecovery {
    /// Why the same steps cannot be taken again.
    enum Failure: Error {
        /// Input that was read before is not there any more, or not the same.
        case inputGone(String)
        /// The steps led elsewhere: a fault of ours, or another engine.
        case diverged(String)
        case kafka(KafkaError)
    }

    private let row: [JournalTail.Entry]
    private var entryIndex = 0
    private var stepIndex = 0
    /// What was taken of the ranges of the step at hand.
    private var taken: [InputRange] = []
    /// Input records that all steps together hold, and those that are done.
    let inputCount: Int64
    private(set) var doneCount: Int64 = 0
    private let acceptsDataLoss: Bool
    /// Input that was gone, where that is accepted.
    private(set) var lostCount: Int64 = 0

    init(row: [JournalTail.Entry], acceptsDataLoss: Bool) {
        self.row = row
        self.acceptsDataLoss = acceptsDataLoss
        var count: Int64 = 0
        for case .input(let ranges) in row.flatMap(\.record.steps) {
            for range in ranges { count += Int64(range.count) }
        }
        inputCount = count
    }

    var isFinished: Bool { entryIndex == row.count }

    /// Takes steps, at most `inputCountMax` records of them. Returns false if it has to wait for input.
    mutating func proceed<Queue: RecordQueue>(
        _ core: ShardCore, _ intakes: [TopicIntake<Queue>], inputCountMax: Int, records: inout RecordBuffer
    ) throws(Failure) -> Bool {
        let end = doneCount + Int64(inputCountMax)
        // BOUND: inputCountMax records and the steps between them.
        while entryIndex < row.count, doneCount < end {
            let record = row[entryIndex].record
            guard stepIndex < record.steps.count else {
                try close(record, core)
                continue
            }
            switch record.steps[stepIndex] {
            case .input(let ranges):
                guard try take(ranges, core, intakes, end, &records) else { return doneCount >= end }
            case .advance(let watermark): core.engine.advance(to: watermark, into: &records)
            case .rules(let text, _): core.adopt(try Self.rules(text), into: &records)
            }
            records.removeAll()
            stepIndex += 1
        }
        return true
    }

    static func rules(_ text: String) throws(Failure) -> SequenceRules {
        do throws(SettingsError) { return try SequenceRules(text: text) } catch {
            throw .diverged("the journal holds rules that this version does not know: \(error)")
        }
    }

    /// All steps of a record are done: the watermark shows whether they led to the same place.
    private mutating func close(_ record: JournalRecord, _ core: ShardCore) throws(Failure) {
        guard core.engine.watermark == record.watermark || lostCount > 0 else {
            throw .diverged(
                "after record \(record.sequenceNumber) of the journal the watermark is "
                    + "\(core.engine.watermark), not \(record.watermark)")
        }
        entryIndex += 1
        stepIndex = 0
    }

    /// Applies the records of ranges in the order of their merge. Returns false before all are done.
    private mutating func take<Queue: RecordQueue>(
        _ ranges: [InputRange], _ core: ShardCore, _ intakes: [TopicIntake<Queue>], _ end: Int64,
        _ records: inout RecordBuffer
    ) throws(Failure) -> Bool {
        if taken.isEmpty { taken = ranges.map { InputRange(at: $0.start) } }
        var sequencer = ShardSequencer(topicCount: ranges.count)
        for topic in ranges.indices { try look(topic, ranges[topic], intakes[topic], &sequencer) }
        // BOUND: the records of the ranges, or `end`.
        while case .take(let topic) = sequencer.next(), doneCount < end,
            let head = intakes[topic].head
        {
            apply(head, intakes[topic], core, &records)
            taken[topic].add(offset: head.offset, digest: head.digest)
            intakes[topic].take()
            doneCount += 1
            try look(topic, ranges[topic], intakes[topic], &sequencer)
        }
        guard case .idle = sequencer.next() else { return false }
        for topic in ranges.indices {
            if ranges[topic].hash != taken[topic].hash {
                try lose(topic, ranges[topic], intakes[topic], "changed since they were read first")
            }
            intakes[topic].passOver(to: ranges[topic].end)
        }
        taken = []
        return true
    }

    /// Tells the sequencer what comes next of a range.
    private mutating func look<Queue: RecordQueue>(
        _ topic: Int, _ range: InputRange, _ intake: TopicIntake<Queue>, _ sequencer: inout ShardSequencer
    ) throws(Failure) {
        guard taken[topic].count < range.count else { return sequencer.set(topic, .end) }
        let head: TopicIntake<Queue>.Head
        do throws(KafkaError) { head = try intake.refill() } catch { throw .kafka(error) }
        switch head {
        case .entry(let entry) where entry.offset < range.end:
            sequencer.set(topic, .record(entry.time))
        case .unknown: sequencer.set(topic, .unknown)
        // Read to its end for now, but the range goes on: more is on its way.
        case .end where intake.position < range.end: sequencer.set(topic, .unknown)
        case .entry, .end:
            try lose(topic, range, intake, "gone")
            sequencer.set(topic, .end)
        }
    }

    private mutating func lose<Queue: RecordQueue>(
        _ topic: Int, _ range: InputRange, _ intake: TopicIntake<Queue>, _ what: String
    ) throws(Failure) {
        let count = Int64(range.count) - Int64(taken[topic].count)
        guard acceptsDataLoss else {
            throw .inputGone(
                "\(intake.partition): records from offset \(range.start) to \(range.end) that are needed to recover "
                    + "are \(what) (\(count) of \(range.count) missing)")
        }
        lostCount += max(count, 1)
        taken[topic].count = range.count
        taken[topic].hash = range.hash
    }

    private func apply<Queue: RecordQueue>(
        _ entry: TopicIntake<Queue>.Entry, _ intake: TopicIntake<Queue>, _ core: ShardCore,
        _ records: inout RecordBuffer
    ) {
        guard case .event(let index) = entry.content else { return }
        let event = intake.batch.events[index]
        let reached = max(
            core.engine.watermark, event.timestamp - core.rules.rules.allowedLatenessMilliseconds)
        core.engine.apply(event, of: intake.batch, watermark: reached, into: &records)
    }
}
