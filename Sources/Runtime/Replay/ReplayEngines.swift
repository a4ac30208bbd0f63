import Engine
import Model
import Primitives

/// The engines of one worker: one for each sequence, with the customers that are this worker's.
///
/// A value that its owner changes in place, so that nothing is counted or checked per event. Isolation: the
/// owner's thread.
struct ReplayEngines: ~Copyable {
    /// How many events ahead the index, the slot, and then the customer are brought near.
    private static var indexAheadCount: Int { 24 }
    private static var slotAheadCount: Int { 16 }
    private static var customerAheadCount: Int { 8 }

    private let rules: Rules
    private let member: UInt64
    let memberCount: UInt64
    /// `count` engines, by the number of their sequence.
    private(set) var engines: UnsafeMutablePointer<Engine>
    private var capacity = 1
    /// Sequences that have an engine.
    private(set) var count = 0

    init(rules: Rules, member: Int, memberCount: Int) {
        self.rules = rules
        self.member = UInt64(member)
        self.memberCount = UInt64(memberCount)
        engines = .allocate(capacity: capacity)
    }

    deinit {
        engines.deinitialize(count: count)
        engines.deallocate()
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

    /// Makes engines for sequences that have none yet.
    mutating func prepare(sequenceCount: Int) {
        if sequenceCount > capacity {
            let moved = UnsafeMutablePointer<Engine>.allocate(capacity: sequenceCount * 2)
            moved.moveInitialize(from: engines, count: count)
            engines.deallocate()
            engines = moved
            capacity = sequenceCount * 2
        }
        while count < sequenceCount {
            (engines + count).initialize(to: Engine(rules: rules))
            count += 1
        }
    }

    @inline(__always)
    func isMine(_ hash: UInt64) -> Bool {
        // Bits that neither the index's part nor its place within the part depends on alone.
        memberCount == 1 || (hash >> 8 & 0xFFFF) % memberCount == member
    }

    /// Applies the batch's events of this worker's customers, in order.
    mutating func apply(
        _ batch: borrowing EventBatch, _ placements: UnsafeBufferPointer<DecodedSlice.Placement>,
        _ clock: SequenceClock, into records: inout RecordBuffer
    ) {
        batch.events.withUnsafeBufferPointer { events in
            for index in events.indices {
                prefetch(events, placements, index)
                let hash = events[index].customerHash
                guard isMine(hash) || (memberCount == 1 && events[index].kind == .tick) else { continue }
                let placement = placements[index]
                let sequence = Int(placement.sequence)
                let recordCount = records.count
                engines[sequence].apply(
                    events[index], of: batch, watermark: placement.watermark, into: &records)
                if memberCount > 1, records.count > recordCount {
                    Self.placeTimers(since: recordCount, sequence: sequence, clock, &records)
                }
            }
        }
    }

    /// A worker fires timers when one of its own events comes along; they belong to the event that made them due.
    private static func placeTimers(
        since first: Int, sequence: Int, _ clock: SequenceClock, _ records: inout RecordBuffer
    ) {
        for index in first..<records.count where records.entries[index].isTimer {
            records.setLine(
                clock.line(ofTimerDueAt: records.entries[index].at, sequence: sequence), ofEntryAt: index)
        }
    }

    /// Brings near what events a little ahead will need.
    @inline(__always)
    func prefetch(
        _ events: UnsafeBufferPointer<Event>, _ placements: UnsafeBufferPointer<DecodedSlice.Placement>,
        _ index: Int
    ) {
        let far = index &+ Self.indexAheadCount
        if far < events.count, case let hash = events[far].customerHash, isMine(hash) {
            engines[Int(placements[far].sequence)].prefetchIndex(hash: hash)
        }
        let middle = index &+ Self.slotAheadCount
        if middle < events.count, case let hash = events[middle].customerHash, isMine(hash) {
            engines[Int(placements[middle].sequence)].prefetchSlot(hash: hash)
        }
        let near = index &+ Self.customerAheadCount
        if near < events.count, case let hash = events[near].customerHash, isMine(hash) {
            engines[Int(placements[near].sequence)].prefetchCustomer(
                hash: hash, kind: events[near].kind)
        }
    }

    /// Fires what the watermarks at the end of a chunk make due for customers without an event of their own.
    mutating func finishChunk(_ clock: SequenceClock, into records: inout RecordBuffer) {
        for (index, watermark) in clock.watermarks.enumerated() {
            let recordCount = records.count
            engines[index].advance(to: watermark, into: &records)
            Self.placeTimers(since: recordCount, sequence: index, clock, &records)
        }
    }

    /// Fires what is due at `time` in every sequence, in the order of `sequences`.
    mutating func advanceAll(to time: EventTime, sequences: [Int], into records: inout RecordBuffer) {
        for sequence in sequences { engines[sequence].advance(to: time, into: &records) }
    }
}
