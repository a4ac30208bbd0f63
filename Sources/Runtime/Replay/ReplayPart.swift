import Engine
import Model
import Primitives

/// One slice of a chunk, decoded: its events, and where each stands in its sequence.
///
/// Isolation: filled by one worker, then placed by whoever `SlicePlacement` lets, then read by all.
final class DecodedSlice: @unchecked Sendable {
    // SAFETY: the phases of a chunk are separated by the team's barrier; only one of them changes it.

    /// Where an event stands: its sequence, and the watermark that its time makes.
    struct Placement: BitwiseCopyable {
        var watermark: EventTime
        var sequence: Int32
    }

    /// Where each of the batch's events stands; valid until the slice is placed anew.
    var placements: UnsafeBufferPointer<Placement> { placementList.elements }

    var batch = EventBatch(source: UnsafeRawPointer(bitPattern: 8).unsafelyUnwrapped)
    var placementList = PlainList<Placement>()
    /// Number of the slice's first line within the chunk, from 0.
    var firstLine: UInt32 = 0
    /// Lines of the slice, blank ones included.
    var lineCount: UInt32 = 0
    private var shares: EventShares

    /// Makes a slice whose events are handed out to so many workers.
    init(memberCount: Int) { shares = EventShares(memberCount: memberCount) }

    /// Decodes the lines of `bytes`; the last one may lack its line feed.
    func decode(_ bytes: UnsafeRawBufferPointer, with decoder: borrowing EventDecoder) {
        batch.reset(source: bytes.baseAddress ?? batch.source)
        lineCount = decoder.decodeLines(bytes, into: &batch)
        shares.fill(batch.events)
    }

    /// Calls `body` with the events of a worker, once they have been placed.
    func withEvents(of member: Int, _ body: (SliceEvents) -> Void) {
        body(SliceEvents(batch.events, placements, shares[member]))
    }
}

/// One worker of a replay: its decoder, its engines, and the records they emit.
///
/// Isolation: its worker, except between the phases.
final class ReplayPart: @unchecked Sendable {
    // SAFETY: see DecodedSlice.
    private let member: Int
    private let memberCount: Int
    private let decoder: EventDecoder
    private var engines: ReplayEngines
    /// What the engines emitted in the chunk at hand.
    private(set) var records = RecordBuffer()
    /// The records' indices in the order of output; empty if they stand in it already.
    private(set) var order: [Int] = []

    init(rules: Rules, member: Int, memberCount: Int) {
        self.member = member
        self.memberCount = memberCount
        decoder = EventDecoder(rules: rules)
        engines = ReplayEngines(rules: rules, memberCount: memberCount)
    }

    var customerCount: Int { engines.customerCount }

    var counters: EngineCounters { engines.counters }

    /// No timer of any sequence fires before this time.
    var earliestDue: EventTime { engines.earliestDue }

    /// Decodes the worker's slice of the chunk.
    func decode(_ bytes: UnsafeRawBufferPointer, into slice: DecodedSlice) {
        slice.decode(bytes, with: decoder)
    }

    /// Applies the chunk's events of this worker's customers, in order, and fires what is due at its end.
    func apply(_ slices: [DecodedSlice], clock: SequenceClock) {
        engines.prepare(sequenceCount: clock.watermarks.count)
        for slice in slices {
            records.firstLine = slice.firstLine
            slice.withEvents(of: member) { engines.apply($0, of: slice.batch, clock, into: &records) }
        }
        guard memberCount > 1 else { return }
        engines.finishChunk(clock, into: &records)
        if engines.count > 1 { sortRecords() }
    }

    /// Fires what is due at `time` in every sequence, in one order; of equal timers those of the sequence that
    /// comes first in `sequences`.
    func advanceAll(to time: EventTime, sequences: [Int]) {
        records.firstLine = 0
        records.line = 0
        engines.advanceAll(to: time, sequences: sequences, into: &records)
        if engines.count > 1 { sortRecords() }
    }

    private func sortRecords() {
        order.removeAll(keepingCapacity: true)
        order.append(contentsOf: 0..<records.count)
        records.withLines { lines in
            order.sort { left, right in
                if RecordMerge.precedes(lines[left], lines, lines[right], lines) { return true }
                return RecordMerge.precedes(lines[right], lines, lines[left], lines) ? false : left < right
            }
        }
    }

    /// Forgets the records.
    func removeRecords() {
        records.removeAll()
        order.removeAll(keepingCapacity: true)
    }
}
