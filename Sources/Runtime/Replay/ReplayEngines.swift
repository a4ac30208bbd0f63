import Engine
import Model
import Primitives

/// The engines of one worker: one for each sequence, with the customers that are this worker's.
///
/// A value that its owner changes in place, so that nothing is counted or checked per event. Isolation: the
/// owner's thread.
struct ReplayEngines: ~Copyable {
    private let rules: Rules
    private let memberCount: Int
    /// `count` engines, by the number of their sequence.
    private(set) var engines: UnsafeMutablePointer<Engine>
    /// For each sequence, where its `SequenceClock` got to in the chunk at hand.
    private var rises: UnsafeMutablePointer<Int>
    private var capacity = 1
    /// Sequences that have an engine.
    private(set) var count = 0

    init(rules: Rules, memberCount: Int) {
        self.rules = rules
        self.memberCount = memberCount
        engines = .allocate(capacity: capacity)
        rises = .allocate(capacity: capacity)
    }

    deinit {
        engines.deinitialize(count: count)
        engines.deallocate()
        rises.deallocate()
    }

    var customerCount: Int { (0..<count).reduce(0) { $0 + engines[$1].customerCount } }

    var counters: EngineCounters {
        (0..<count).reduce(into: EngineCounters()) { sum, index in
            let counters = engines[index].counters
            sum.appliedCount += counters.appliedCount
            sum.duplicateCount += counters.duplicateCount
            sum.lateCount += counters.lateCount
            sum.droppedItemCount += counters.droppedItemCount
        }
    }

    /// No timer of any sequence fires before this time.
    var earliestDue: EventTime { (0..<count).reduce(.never) { min($0, engines[$1].earliestDue) } }

    /// Begins a chunk: makes engines for sequences that have none yet.
    mutating func prepare(sequenceCount: Int) {
        if sequenceCount > capacity {
            let moved = UnsafeMutablePointer<Engine>.allocate(capacity: sequenceCount * 2)
            moved.moveInitialize(from: engines, count: count)
            engines.deallocate()
            engines = moved
            capacity = sequenceCount * 2
            rises.deallocate()
            rises = .allocate(capacity: capacity)
        }
        rises.initialize(repeating: 0, count: sequenceCount)
        while count < sequenceCount {
            (engines + count).initialize(to: Engine(rules: rules))
            count += 1
        }
    }

    /// Applies this worker's events of a slice, in order.
    mutating func apply(
        _ events: SliceEvents, of batch: borrowing EventBatch, _ clock: SequenceClock,
        into records: inout RecordBuffer
    ) {
        for place in 0..<events.count {
            prefetch(events, of: batch, place)
            let placement = events.placement(place)
            let sequence = Int(placement.sequence)
            let recordCount = records.count
            (engines + sequence).pointee.apply(
                events.event(place), of: batch, watermark: placement.watermark, into: &records)
            if memberCount > 1, records.count > recordCount {
                placeTimers(since: recordCount, sequence: sequence, clock, &records)
            }
        }
    }

    /// A worker fires timers when one of its own events comes along; they belong to the event that made them due.
    private func placeTimers(
        since first: Int, sequence: Int, _ clock: SequenceClock, _ records: inout RecordBuffer
    ) {
        for index in first..<records.count where records.entries[index].isTimer {
            let due = records.entries[index].at
            let line = clock.line(ofTimerDueAt: due, sequence: sequence, from: &rises[sequence])
            records.setLine(line, ofEntryAt: index)
        }
    }

    /// Brings near what events a little behind the one at `place` will need.
    @inline(__always)
    func prefetch(_ events: SliceEvents, of batch: borrowing EventBatch, _ place: Int) {
        // Another worker may have decoded them, and has them in its own cache.
        if memberCount > 1 { events.prefetch(place &+ EngineLookahead.event) }
        if case let far = place &+ EngineLookahead.index, far < events.count {
            engines[Int(events.placement(far).sequence)].prefetchIndex(hash: events.hash(far))
        }
        if case let middle = place &+ EngineLookahead.slot, middle < events.count {
            engines[Int(events.placement(middle).sequence)].prefetchSlot(hash: events.hash(middle))
            if memberCount > 1 { batch.prefetch(events.customer(middle)) }
        }
        if case let near = place &+ EngineLookahead.customer, near < events.count {
            engines[Int(events.placement(near).sequence)].prefetchCustomer(
                hash: events.hash(near), kind: events.kind(near))
        }
    }

    /// Fires what the watermarks at the end of a chunk make due for customers without an event of their own.
    mutating func finishChunk(_ clock: SequenceClock, into records: inout RecordBuffer) {
        for (index, watermark) in clock.watermarks.enumerated() {
            let recordCount = records.count
            (engines + index).pointee.advance(to: watermark, into: &records)
            placeTimers(since: recordCount, sequence: index, clock, &records)
        }
    }

    /// Fires what is due at `time` in every sequence, in the order of `sequences`.
    mutating func advanceAll(to time: EventTime, sequences: [Int], into records: inout RecordBuffer) {
        for sequence in sequences { (engines + sequence).pointee.advance(to: time, into: &records) }
    }
}
