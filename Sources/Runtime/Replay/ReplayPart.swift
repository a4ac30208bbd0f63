import Engine
import Glibc
import Model
import Primitives

/// One slice of a chunk, decoded: its events, and where each stands in its sequence.
///
/// Isolation: filled by one worker, then placed by the driver, then read by all.
final class DecodedSlice: @unchecked Sendable {
    // SAFETY: the phases of a chunk are separated by the team's barrier; only one of them changes it.

    /// Where an event stands: its sequence, and the watermark that its time makes.
    struct Placement: BitwiseCopyable {
        var watermark: EventTime
        var sequence: Int32
    }

    var batch = EventBatch(source: UnsafeRawPointer(bitPattern: 8).unsafelyUnwrapped)
    var placements: [Placement] = []
    /// Number of the slice's first line within the chunk, from 0.
    var firstLine: UInt32 = 0
    /// Lines of the slice, blank ones included.
    var lineCount: UInt32 = 0

    /// Decodes the lines of `bytes`; the last one may lack its line feed.
    func decode(_ bytes: UnsafeRawBufferPointer, with decoder: borrowing EventDecoder) {
        lineCount = 0
        guard let base = bytes.baseAddress else {
            batch.reset(source: batch.source)
            return
        }
        batch.reset(source: base)
        var start = 0
        while start < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            let count = rest.lineByteCount
            decoder.decodeLine(
                UnsafeRawBufferPointer(start: base + start, count: count), number: lineCount, into: &batch)
            lineCount += 1
            start += count
        }
    }
}

/// The engines of one worker: one for each sequence, with the customers that are this worker's.
///
/// Isolation: its worker, except between the phases.
final class ReplayPart: @unchecked Sendable {
    // SAFETY: see DecodedSlice.
    private final class EngineBox {
        var engine: Engine

        init(rules: Rules) { engine = Engine(rules: rules) }
    }

    /// How many events ahead the index, and then the customer, is brought near. Measured with `ReplayBench`.
    private static let indexAheadCount = 16
    private static let customerAheadCount = 8

    private let rules: Rules
    private let member: Int
    private let memberCount: Int
    private var engines: [EngineBox] = []
    var records = RecordBuffer()
    let decoder: DecoderBox

    /// A decoder that a class can hold.
    final class DecoderBox {
        let decoder: EventDecoder

        init(rules: Rules) { decoder = EventDecoder(rules: rules) }
    }

    init(rules: Rules, member: Int, memberCount: Int) {
        self.rules = rules
        self.member = member
        self.memberCount = memberCount
        decoder = DecoderBox(rules: rules)
    }

    var customerCount: Int { engines.reduce(0) { $0 + $1.engine.customerCount } }

    var counters: EngineCounters {
        engines.reduce(into: EngineCounters()) { sum, box in
            sum.appliedCount += box.engine.counters.appliedCount
            sum.duplicateCount += box.engine.counters.duplicateCount
            sum.lateCount += box.engine.counters.lateCount
            sum.droppedItemCount += box.engine.counters.droppedItemCount
        }
    }

    /// Makes engines for sequences that have none yet.
    func prepare(sequenceCount: Int) {
        while engines.count < sequenceCount { engines.append(EngineBox(rules: rules)) }
    }

    @inline(__always)
    private func isMine(_ hash: UInt64) -> Bool {
        // Bits that neither the index's part nor its place within the part depends on alone.
        memberCount == 1 || Int((hash >> 8 & 0xFFFF) % UInt64(memberCount)) == member
    }

    /// Applies the slice's events of this worker's customers, in order.
    func apply(_ slice: DecodedSlice, clock: SequenceClock) {
        let count = slice.batch.events.count
        records.firstLine = slice.firstLine
        for index in 0..<count {
            prefetch(slice, index, count)
            let event = slice.batch.events[index]
            guard isMine(event.customerHash) || (memberCount == 1 && event.kind == .tick) else { continue }
            let placement = slice.placements[index]
            let recordCount = records.count
            engines[Int(placement.sequence)].engine.apply(
                event, of: slice.batch, watermark: placement.watermark, into: &records)
            if memberCount > 1 {
                placeTimers(since: recordCount, sequence: Int(placement.sequence), clock)
            }
        }
    }

    /// A worker fires timers when one of its own events comes along; they belong to the event that made them due.
    private func placeTimers(since first: Int, sequence: Int, _ clock: SequenceClock) {
        for index in first..<records.count where records.entries[index].isTimer {
            records.setLine(
                clock.line(ofTimerDueAt: records.entries[index].at, sequence: sequence), ofEntryAt: index)
        }
    }

    @inline(__always)
    private func prefetch(_ slice: DecodedSlice, _ index: Int, _ count: Int) {
        let far = index + Self.indexAheadCount
        if far < count, case let hash = slice.batch.events[far].customerHash, isMine(hash) {
            engines[Int(slice.placements[far].sequence)].engine.prefetchIndex(hash: hash)
        }
        let near = index + Self.customerAheadCount
        if near < count, case let hash = slice.batch.events[near].customerHash, isMine(hash) {
            engines[Int(slice.placements[near].sequence)].engine.prefetchCustomer(hash: hash)
        }
    }

    /// Fires what the watermarks at the end of a chunk make due for customers without an event of their own.
    func finishChunk(_ clock: SequenceClock) {
        guard memberCount > 1 else { return }
        for (index, watermark) in clock.watermarks.enumerated() {
            let recordCount = records.count
            engines[index].engine.advance(to: watermark, into: &records)
            placeTimers(since: recordCount, sequence: index, clock)
        }
        if engines.count > 1 { sortRecords() }
    }

    /// Fires what is due at `time` in every sequence, in one order; of equal timers those of the sequence that
    /// comes first in `sequences`.
    func advanceAll(to time: EventTime, sequences: [Int]) {
        records.firstLine = 0
        records.line = 0
        for sequence in sequences { engines[sequence].engine.advance(to: time, into: &records) }
        if engines.count > 1 { sortRecords() }
    }

    /// The records' indices in the order of output; empty if they stand in it already.
    private(set) var order: [Int] = []

    private func sortRecords() {
        order.removeAll(keepingCapacity: true)
        order.append(contentsOf: 0..<records.count)
        order.sort { left, right in
            let a = records.entries[left]
            let b = records.entries[right]
            if RecordMerge.precedes(a, records, b, records) { return true }
            return RecordMerge.precedes(b, records, a, records) ? false : left < right
        }
    }

    /// Index of the record that comes out as number `rank`.
    func index(atRank rank: Int) -> Int { order.isEmpty ? rank : order[rank] }

    /// Forgets the records.
    func removeRecords() {
        records.removeAll()
        order.removeAll(keepingCapacity: true)
    }

    /// No timer of any sequence fires before this time.
    var earliestDue: EventTime { engines.map { $0.engine.earliestDue }.min() ?? .never }
}

extension UnsafeRawBufferPointer {
    /// Bytes of the first line, its line feed included if it has one.
    var lineByteCount: Int {
        guard let base = baseAddress, let feed = memchr(base, 0x0A, count) else { return count }
        return UnsafeRawPointer(feed) - base + 1
    }
}
