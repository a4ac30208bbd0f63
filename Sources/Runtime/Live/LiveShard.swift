import Coordination
import Engine
import KafkaTransport
import Model
import Primitives

/// One partition of all input topics at work: its sequence, its engine, and what it emits.
///
/// Isolation: one shard thread, after the poll thread has made it.
final class LiveShard<Queue: RecordQueue>: @unchecked Sendable {
    // SAFETY: handed from the poll thread to the shard's thread through a Monitor; one has it at a time.
    /// What a step did.
    enum Outcome {
        /// Something was read or fired.
        case advanced
        /// Nothing at hand; look again when the broker has news, or after so many milliseconds.
        case waiting(milliseconds: Int64)
    }

    /// What it takes to make a shard.
    struct Plan {
        var core: ShardCore
        var epoch: UInt64
        var intakes: [TopicIntake<Queue>]
        /// Asks the broker for the end of a topic partition, before a tick; nil if it does not answer.
        var confirmedEnd: (TopicPartition) -> Int64?
        /// What is to be done again first.
        var recovery: ShardRecovery
        /// The rules that take over then, if they are others than the core's, or the shard's first.
        var rules: SequenceRules
        /// Per topic the offset from which on records are decoded by these rules.
        var decodeFrom: [Int64]
        /// Whether the first step names the rules even if they are the core's.
        var namesRules: Bool
        var idleAfterMilliseconds: Int64
        var counters: LiveCounters
        var snapshots: ShardSnapshots.Common
        var clock = LiveClock.system
    }

    /// BOUND: input records of one step.
    private static var inputCountMax: Int { 8_192 }
    /// How long to wait when a topic's end is not known yet; news wakes the thread before.
    private static var waitMilliseconds: Int64 { 100 }

    let core: ShardCore
    let epoch: UInt64
    let intakes: [TopicIntake<Queue>]
    private let confirmedEnd: (TopicPartition) -> Int64?
    private let clock: LiveClock
    private var recovery: ShardRecovery
    private var scratch = RecordBuffer()
    private var pendingRules: SequenceRules?
    /// Rules that came while others were still to take over.
    private var lateRules: SequenceRules?
    /// Where they take over, if that was settled before anything was fetched.
    private var plannedDecodeFrom: [Int64]?
    private var mustNameRules: Bool
    /// Per topic the offset before which records may be decoded by earlier rules than those in force.
    private var decodedAheadTo: [Int64] = []
    private var sequencer: ShardSequencer
    private let idleAfterMilliseconds: Int64
    private var idleClock: IdleClock
    private var log: StepLog
    let counters: LiveCounters
    private var snapshots: ShardSnapshots
    /// The batch that is being filled; nil until there is one, and between two.
    private(set) var batch: OutputBatch?
    /// A tick that filled a batch before all of its timers had fired.
    private var unfinishedTick: EventTime?
    /// What the engine had counted before it went live here: in its snapshot, a former assignment, or while recovering.
    private var countersBefore: EngineCounters

    init(_ plan: Plan) {
        core = plan.core
        countersBefore = plan.core.engine.counters
        epoch = plan.epoch
        intakes = plan.intakes
        confirmedEnd = plan.confirmedEnd
        clock = plan.clock
        recovery = plan.recovery
        counters = plan.counters
        snapshots = ShardSnapshots(plan.snapshots)
        sequencer = ShardSequencer(topicCount: intakes.count)
        idleAfterMilliseconds = plan.idleAfterMilliseconds
        idleClock = Self.idleClock(plan.rules, idleAfterMilliseconds, plan.clock)
        log = StepLog(positions: intakes.map(\.position))
        // What the core goes by once the journal is done again shows whether there is a change at all.
        mustNameRules = plan.namesRules
        let isChange = plan.namesRules || !plan.recovery.isFinished || plan.rules != plan.core.rules
        pendingRules = isChange ? plan.rules : nil
        plannedDecodeFrom = plan.decodeFrom
        scratch.isDiscarding = true
    }

    private static func idleClock(
        _ rules: SequenceRules, _ idleAfterMilliseconds: Int64, _ clock: LiveClock
    ) -> IdleClock {
        IdleClock(
            idleAfterMilliseconds: idleAfterMilliseconds,
            latenessMilliseconds: rules.rules.allowedLatenessMilliseconds,
            now: clock.monotonicMilliseconds())
    }

    var partition: Int32 { core.partition }

    /// Whether it is still doing again what its journal says.
    var isRecovering: Bool { !recovery.isFinished }

    /// Input records that are to be done again, and those that are.
    var inputCountToRecover: Int64 { recovery.inputCount }
    var recoveredCount: Int64 { recovery.doneCount }

    /// Whether the batch should be handed over without waiting to be asked.
    var isBatchFull: Bool { batch?.isFull ?? false }

    /// Whether there is something that must be committed.
    var hasNews: Bool { batch.map { $0.recordCount > 0 } ?? false || !log.isSilent }

    /// Whether anything was done since the last batch, if only that the watermark rose.
    var hasSteps: Bool { batch.map { $0.recordCount > 0 } ?? false || !log.isEmpty }

    /// Whether there is an offset to commit: not before the first record, or end, of any topic is known.
    var canCommit: Bool { intakes.contains { $0.position >= 0 } }

    /// Begins to fill a batch, which is empty.
    func begin(_ batch: OutputBatch) {
        batch.partition = partition
        batch.epoch = epoch
        self.batch = batch
    }

    /// Ends the batch and gives it away, with the steps that led to it.
    func takeBatch() -> OutputBatch? {
        guard let batch else { return nil }
        self.batch = nil
        batch.steps = log.takeSteps()
        batch.positions = intakes.map(\.position)
        batch.watermark = core.engine.watermark
        if !batch.steps.isEmpty { core.isChangedSinceSnapshot = true }
        if batch.isCut { snapshots.cut(core, positions: batch.positions) }
        return batch
    }

    /// Has the batch end in the cut of a snapshot, if one is due. Returns whether it has to be handed over for that.
    func cutIfDue() -> Bool {
        guard let batch, canCommit, pendingRules == nil, !isDecodedAhead,
            snapshots.isDue(core, hasSteps: !log.isSilent)
        else { return false }
        batch.cutNumber = snapshots.cutNumber + 1
        return true
    }

    /// Whether records are still to be taken that were decoded by earlier rules, which nothing of the state says.
    private var isDecodedAhead: Bool { zip(intakes, decodedAheadTo).contains { $0.position < $1 } }

    /// Does a little for the snapshot at hand. Returns in how many milliseconds there is more to do, at the latest.
    func proceedSnapshot(_ board: ShardBoard) -> Int64 {
        switch snapshots.proceed(core, board) {
        case .slice: 0
        case .nothing(let milliseconds): milliseconds
        }
    }

    /// Lets other rules take over at the next step.
    func change(rules: SequenceRules) {
        guard !isRecovering, pendingRules == nil else { return lateRules = rules }
        pendingRules = rules
        plannedDecodeFrom = nil
    }

    /// Lets go of everything that belongs to the assignment; the core stays.
    func retire() -> ShardCore {
        core.positions = intakes.map(\.position)
        core.isDecodedAhead = isDecodedAhead
        snapshots.end(core)
        return core
    }

    /// Does again what the journal says, a piece at a time.
    func recover() throws(ShardRecovery.Failure) -> Outcome {
        let went = try recovery.proceed(
            core, intakes, inputCountMax: Self.inputCountMax, records: &scratch)
        if recovery.isFinished { finishRecovery() }
        return went ? .advanced : .waiting(milliseconds: Self.waitMilliseconds)
    }

    private func finishRecovery() {
        if recovery.lostCount > 0 { counters.addLost(recovery.lostCount) }
        countersBefore = core.engine.counters
        log = StepLog(positions: intakes.map(\.position))
        core.isChangedSinceSnapshot = true
        idleClock.noteArrival(now: clock.monotonicMilliseconds())
        if !mustNameRules, pendingRules == core.rules { pendingRules = nil }
        if pendingRules == nil {
            plannedDecodeFrom = nil
            pendingRules = lateRules
            lateRules = nil
        }
    }

    /// Applies what is at hand, in order, and puts what it causes into the batch, which there must be.
    func step() throws(KafkaError) -> Outcome {
        guard let batch else { preconditionFailure("a step without a batch") }
        let begun = SystemClock.monotonicMicroseconds()
        let outcome = try step(into: batch)
        observe(batch, outcome, since: begun)
        return outcome
    }

    /// What is known of a customer; between two steps.
    func describe(key: UnsafeRawBufferPointer) -> CustomerView? { core.engine.describe(key: key) }

    private func step(into batch: OutputBatch) throws(KafkaError) -> Outcome {
        if let rules = pendingRules {
            adopt(rules, into: batch)
            return .advanced
        }
        if let tick = unfinishedTick {
            advance(toTick: tick, into: batch)
            return .advanced
        }
        let recordCount = batch.recordCount
        let inputCount = try applyInput(into: batch)
        let now = clock.monotonicMilliseconds()
        if inputCount > 0 || batch.recordCount > recordCount {
            idleClock.noteArrival(now: now)
            return .advanced
        }
        guard case .idle = sequencer.next() else { return .waiting(milliseconds: Self.waitMilliseconds) }
        return tickIfDue(now: now, into: batch)
    }

    /// The first step of a shard, and the one after a change: what comes later goes by these rules.
    private func adopt(_ rules: SequenceRules, into batch: OutputBatch) {
        // Nearly every customer changes, and a capture would put them all aside.
        snapshots.end(core)
        core.adopt(rules, into: &batch.records)
        if plannedDecodeFrom == nil { for intake in intakes { intake.change(rules: rules.rules) } }
        decodedAheadTo = plannedDecodeFrom ?? intakes.map(\.fetchedOffset)
        log.change(rules: rules.text, decodeFrom: decodedAheadTo)
        plannedDecodeFrom = nil
        idleClock = Self.idleClock(rules, idleAfterMilliseconds, clock)
        pendingRules = lateRules
        lateRules = nil
    }

    private func applyInput(into batch: OutputBatch) throws(KafkaError) -> Int {
        for topic in intakes.indices { try look(at: topic) }
        log.beginRound(heads: intakes.lazy.compactMap { $0.head?.time })
        var inputCount = 0
        var counts = InputCounts()
        // BOUND: inputCountMax records, or a full batch.
        while inputCount < Self.inputCountMax, !batch.isFull,
            case .take(let topic) = sequencer.next(), let head = intakes[topic].head,
            apply(head, of: intakes[topic], into: batch, &counts)
        {
            log.add(topic: topic, time: head.time, offset: head.offset, digest: head.digest)
            intakes[topic].take()
            inputCount += 1
            if let next = intakes[topic].head {
                sequencer.set(topic, .record(next.time))
            } else {
                try look(at: topic)
            }
        }
        counters.add(
            counts, core.engine.counters.since(countersBefore), customerCount: core.engine.customerCount,
            shard: partition)
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
        _ entry: TopicIntake<Queue>.Entry, of intake: TopicIntake<Queue>, into batch: OutputBatch,
        _ counts: inout InputCounts
    ) -> Bool {
        switch entry.content {
        case .ignored: counts.ignoredCount += 1
        case .rejected(let index):
            counts.rejectedCount += 1
            batch.append(intake.deadLetters[index])
        case .event(let index):
            intake.prefetch(from: core.engine)
            let event = intake.batch.events[index]
            let reached = max(
                core.engine.watermark, event.timestamp - core.rules.rules.allowedLatenessMilliseconds)
            guard
                core.engine.advance(
                    to: reached, into: &batch.records, recordCountMax: OutputBatch.recordCountMax)
            else {
                log.advance(to: core.engine.watermark)
                return false
            }
            core.engine.apply(event, of: intake.batch, watermark: reached, into: &batch.records)
        }
        counts.eventCount += 1
        return true
    }

    /// Everything is read to its end: after a while the wall clock goes on alone.
    private func tickIfDue(now: Int64, into batch: OutputBatch) -> Outcome {
        let wait = idleClock.millisecondsUntilDue(now: now)
        guard wait == 0 else { return .waiting(milliseconds: min(wait, IdleClock.tickIntervalMilliseconds)) }
        guard isConfirmedIdle() else { return .waiting(milliseconds: Self.waitMilliseconds) }
        let watermark = idleClock.tick(now: now, wallClock: clock.wallClock())
        advance(toTick: watermark, into: batch)
        return unfinishedTick == nil ? .waiting(milliseconds: IdleClock.tickIntervalMilliseconds) : .advanced
    }

    private func advance(toTick tick: EventTime, into batch: OutputBatch) {
        let isFinished = core.engine.advance(
            to: tick, into: &batch.records, recordCountMax: OutputBatch.recordCountMax)
        log.advance(to: core.engine.watermark)
        unfinishedTick = isFinished ? nil : tick
    }

    /// The remembered end is stale while the broker is away, so it is asked before a tick.
    private func isConfirmedIdle() -> Bool {
        for intake in intakes {
            guard let end = confirmedEnd(intake.partition), intake.position >= end else { return false }
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
