import Model
import Primitives

/// The sequences of a replay and their watermarks: one for each partition of recorded records, one for all
/// plain events. Source: contract, section 2.
///
/// It also remembers, for the chunk at hand, at which line each watermark rose, so that a timer's record finds
/// its place whichever worker fired it. Isolation: whoever places, one at a time; all read between the phases.
struct SequenceClock {
    /// A watermark, and the line within the chunk that raised it.
    private struct Rise {
        var watermark: EventTime
        var line: UInt32
    }

    private let latenessMilliseconds: Int64
    private let notesRises: Bool
    private var indexOfPartition: [Int32: Int] = [:]
    private var lastPartition: Int32 = .min
    private var lastIndex = 0
    /// The watermark of each sequence.
    private(set) var watermarks: [EventTime] = []
    private var rises: [[Rise]] = []

    /// - Parameter notesRises: whether `line(ofTimerDueAt:sequence:from:)` will be asked for.
    init(latenessMilliseconds: Int64, notesRises: Bool) {
        self.latenessMilliseconds = latenessMilliseconds
        self.notesRises = notesRises
    }

    /// Forgets the lines of the chunk before.
    mutating func beginChunk() {
        for index in rises.indices { rises[index].removeAll(keepingCapacity: true) }
    }

    /// Gives each event of the slice its sequence and watermark.
    mutating func place(_ slice: DecodedSlice) {
        place(slice.batch, firstLine: slice.firstLine, into: &slice.placementList)
    }

    private mutating func place(
        _ batch: borrowing EventBatch, firstLine: UInt32,
        into placements: inout PlainList<DecodedSlice.Placement>
    ) {
        let events = batch.events
        placements.removeAll()
        placements.reserve(events.count)
        // The watermark of the sequence at hand, kept out of the array while it stays the same sequence.
        var watermark = lastPartition == .min ? EventTime.distantPast : watermarks[lastIndex]
        for index in events.indices {
            let partition = events[index].partition
            if partition != lastPartition {
                if lastPartition != .min { watermarks[lastIndex] = watermark }
                lookUp(partition)
                watermark = watermarks[lastIndex]
            }
            let time = events[index].timestamp
            let reached = events[index].kind == .tick ? time : time - latenessMilliseconds
            if reached > watermark {
                watermark = reached
                if notesRises {
                    rises[lastIndex].append(Rise(watermark: reached, line: firstLine + events[index].line))
                }
            }
            placements.append(
                DecodedSlice.Placement(
                    watermark: watermark, sequence: Int32(truncatingIfNeeded: lastIndex)))
        }
        if lastPartition != .min { watermarks[lastIndex] = watermark }
    }

    private mutating func lookUp(_ partition: Int32) {
        if let known = indexOfPartition[partition] {
            lastIndex = known
        } else {
            lastIndex = watermarks.count
            indexOfPartition[partition] = lastIndex
            watermarks.append(.distantPast)
            rises.append([])
        }
        lastPartition = partition
    }

    /// The line within the chunk at which a timer of the sequence that is due at `due` fired.
    ///
    /// - Parameter rise: 0 at the beginning of a chunk, and then what the call before left for an earlier or equal due
    ///   time of this sequence: timers fire in order, so all calls of a chunk together go through it once.
    @inline(__always)
    func line(ofTimerDueAt due: EventTime, sequence: Int, from rise: inout Int) -> UInt32 {
        rises[sequence].withUnsafeBufferPointer { rises in
            while rise < rises.count, rises[rise].watermark < due { rise += 1 }
            precondition(rise < rises.count, "a timer fired that no event of the chunk made due")
            return rises[rise].line
        }
    }

    /// `--until`: every watermark rises to `time`.
    mutating func raiseAll(to time: EventTime) {
        for index in watermarks.indices { watermarks[index] = max(watermarks[index], time) }
    }

    /// The sequences, that of plain events first, then by partition.
    var sequencesByPartition: [Int] {
        indexOfPartition.sorted { $0.key < $1.key }.map(\.value)
    }

    /// The lowest watermark; nil before the first event.
    var lowest: EventTime? { watermarks.min() }
}
