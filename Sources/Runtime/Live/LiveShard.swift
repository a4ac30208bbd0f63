import Coordination
import Engine
import KafkaTransport
import Model
import Primitives

/// One partition of all input topics: its sequence, its engine, and what it emits.
///
/// Isolation: one shard thread, after the poll thread has made it.
final class LiveShard: @unchecked Sendable {
    // SAFETY: handed from the poll thread to the shard's thread through a Monitor; one has it at a time.
    /// What a step did.
    enum Outcome {
        /// Something was read or fired.
        case advanced
        /// Nothing at hand; look again when the broker has news, or after so many milliseconds.
        case waiting(milliseconds: Int64)
    }

    /// BOUND: input records of one batch.
    private static let inputCountMax = 8_192
    /// How long to wait when a topic's end is not known yet; news wakes the thread before.
    private static let waitMilliseconds: Int64 = 100
    /// Bound of asking the broker, before a tick, whether there really is nothing left.
    private static let confirmTimeoutMilliseconds: Int32 = 1_000

    let partition: Int32
    let epoch: UInt64
    private let intakes: [TopicIntake]
    private let watermarkQuery: WatermarkQuery
    private let latenessMilliseconds: Int64
    private var engine: Engine
    private var sequencer: ShardSequencer
    private var idleClock: IdleClock
    private let counters: LiveCounters
    /// A tick that filled a batch before all of its timers had fired.
    private var unfinishedTick: EventTime?
    /// The positions handed on last, so that a shard at rest causes no commits.
    private var lastPositions: [Int64?] = []

    init(
        partition: Int32, epoch: UInt64, intakes: [TopicIntake], watermarkQuery: WatermarkQuery, rules: Rules,
        idleAfterMilliseconds: Int64, counters: LiveCounters
    ) {
        self.partition = partition
        self.epoch = epoch
        self.intakes = intakes
        self.watermarkQuery = watermarkQuery
        self.counters = counters
        latenessMilliseconds = rules.allowedLatenessMilliseconds
        engine = Engine(rules: rules)
        sequencer = ShardSequencer(topicCount: intakes.count)
        idleClock = IdleClock(
            idleAfterMilliseconds: idleAfterMilliseconds, latenessMilliseconds: latenessMilliseconds,
            now: SystemClock.monotonicMilliseconds())
    }

    /// Applies what is at hand, in order, and puts what it causes into `batch`, which is empty.
    func step(into batch: OutputBatch) throws(KafkaError) -> Outcome {
        batch.partition = partition
        batch.epoch = epoch
        var outcome: Outcome = .advanced
        if let tick = unfinishedTick {
            advance(toTick: tick, into: batch)
        } else {
            let inputCount = try applyInput(into: batch)
            let now = SystemClock.monotonicMilliseconds()
            if inputCount > 0 || batch.recordCount > 0 {
                idleClock.noteArrival(now: now)
            } else {
                guard case .idle = sequencer.next() else {
                    return .waiting(milliseconds: Self.waitMilliseconds)
                }
                outcome = tickIfDue(now: now, into: batch)
            }
        }
        let positions = intakes.map(\.position)
        if batch.recordCount > 0 || positions != lastPositions {
            batch.positions.append(contentsOf: positions)
            lastPositions = positions
        }
        return outcome
    }

    private func applyInput(into batch: OutputBatch) throws(KafkaError) -> Int {
        for topic in intakes.indices { try look(at: topic) }
        var inputCount = 0
        var counts = InputCounts()
        // BOUND: inputCountMax records, or a full batch.
        while inputCount < Self.inputCountMax, !batch.isFull,
            case .take(let topic) = sequencer.next(), let head = intakes[topic].head,
            apply(head, of: intakes[topic], into: batch, &counts)
        {
            intakes[topic].take()
            inputCount += 1
            if let next = intakes[topic].head {
                sequencer.set(topic, .record(next.time))
            } else {
                try look(at: topic)
            }
        }
        counters.add(counts, engine.counters, customerCount: engine.customerCount, shard: partition)
        return inputCount
    }

    private func look(at topic: Int) throws(KafkaError) {
        switch try intakes[topic].refill() {
        case .entry(let entry): sequencer.set(topic, .record(entry.time))
        case .unknown: sequencer.set(topic, .unknown)
        case .end: sequencer.set(topic, .end)
        }
    }

    /// Returns false, and leaves the record where it is, if the timers before it filled the batch.
    private func apply(
        _ entry: TopicIntake.Entry, of intake: TopicIntake, into batch: OutputBatch,
        _ counts: inout InputCounts
    ) -> Bool {
        switch entry.content {
        case .ignored: counts.ignoredCount += 1
        case .rejected(let index):
            counts.rejectedCount += 1
            batch.append(intake.deadLetters[index])
        case .event(let index):
            let event = intake.batch.events[index]
            let reached = max(engine.watermark, event.timestamp - latenessMilliseconds)
            guard
                engine.advance(
                    to: reached, into: &batch.records, recordCountMax: OutputBatch.recordCountMax)
            else { return false }
            engine.apply(event, of: intake.batch, watermark: reached, into: &batch.records)
        }
        counts.eventCount += 1
        return true
    }

    /// Everything is read to its end: after a while the wall clock goes on alone.
    private func tickIfDue(now: Int64, into batch: OutputBatch) -> Outcome {
        let wait = idleClock.millisecondsUntilDue(now: now)
        guard wait == 0 else { return .waiting(milliseconds: min(wait, IdleClock.tickIntervalMilliseconds)) }
        guard isConfirmedIdle() else { return .waiting(milliseconds: Self.waitMilliseconds) }
        let watermark = idleClock.tick(now: now, wallClock: SystemClock.wallClock())
        advance(toTick: watermark, into: batch)
        return unfinishedTick == nil ? .waiting(milliseconds: IdleClock.tickIntervalMilliseconds) : .advanced
    }

    private func advance(toTick tick: EventTime, into batch: OutputBatch) {
        let isFinished = engine.advance(
            to: tick, into: &batch.records, recordCountMax: OutputBatch.recordCountMax)
        unfinishedTick = isFinished ? nil : tick
    }

    /// The remembered end is stale while the broker is away, so it is asked before a tick.
    private func isConfirmedIdle() -> Bool {
        for intake in intakes {
            let range = try? watermarkQuery.run(
                intake.partition, timeoutMilliseconds: Self.confirmTimeoutMilliseconds)
            guard let range, let position = intake.position, position >= range.high else { return false }
        }
        return true
    }
}

/// Input that did not become an event, and all of it.
struct InputCounts {
    var eventCount: Int64 = 0
    var rejectedCount: Int64 = 0
    var ignoredCount: Int64 = 0
}
