import Model
import Primitives

/// Puts the records of several workers into the contract's order of output.
///
/// By line; at one line timers by (`at`, customer) before the event's own records. Records of one customer
/// come from one worker and keep their order.
struct RecordMerge {
    /// The records of one worker, and how far they have been emitted.
    private struct Lane {
        let lines: RecordBuffer.Lines
        /// Indices in the order of output; empty if the records stand in it already.
        let order: [Int]
        var rank = 0

        @inline(__always)
        var isOver: Bool { rank == lines.count }

        @inline(__always)
        var head: RecordBuffer.Entry { lines[order.isEmpty ? rank : order[rank]] }
    }

    private var lanes: [Lane] = []

    /// Calls `emit` with the lines of all records of `parts`, in order, in pieces of one record or more.
    static func forEach<Failure: Error>(
        _ parts: [ReplayPart], _ emit: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        try gather(parts[...], RecordMerge()) { (merge) throws(Failure) in
            var merge = merge
            try merge.run(emit)
        }
    }

    /// Opens the memory of all parts, one within the other.
    private static func gather<Failure: Error>(
        _ parts: ArraySlice<ReplayPart>, _ merge: RecordMerge,
        _ body: (RecordMerge) throws(Failure) -> Void
    ) throws(Failure) {
        guard let part = parts.first else { return try body(merge) }
        let result = part.records.withLines { lines -> Result<Void, Failure> in
            var merge = merge
            merge.lanes.append(Lane(lines: lines, order: part.order))
            do throws(Failure) {
                return .success(try gather(parts.dropFirst(), merge, body))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private mutating func run<Failure: Error>(
        _ emit: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        // BOUND: each round emits one record at least.
        while let best = firstLane() {
            let first = lanes[best].head
            var last = first
            lanes[best].rank += 1
            // What follows in the same memory goes out with it.
            while !lanes[best].isOver, case let next = lanes[best].head,
                next.valueStart == last.valueStart + last.valueCount + 1, isFirst(best)
            {
                last = next
                lanes[best].rank += 1
            }
            try emit(lanes[best].lines.bytes(from: first, through: last))
        }
    }

    /// The lane whose head comes out next; nil if all are over.
    private func firstLane() -> Int? {
        var best: Int?
        for lane in lanes.indices where !lanes[lane].isOver {
            guard let other = best else {
                best = lane
                continue
            }
            if precedes(lane, other) { best = lane }
        }
        return best
    }

    /// Whether `lane` is the one whose head comes out next; of equals the first is.
    private func isFirst(_ lane: Int) -> Bool {
        for other in lanes.indices where other != lane && !lanes[other].isOver {
            if other < lane ? !precedes(lane, other) : precedes(other, lane) { return false }
        }
        return true
    }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
        Self.precedes(lanes[left].head, lanes[left].lines, lanes[right].head, lanes[right].lines)
    }

    /// Whether record `a` comes out before `b`; false for both ways round if one event or timer emitted them.
    @inline(__always)
    static func precedes(
        _ a: RecordBuffer.Entry, _ aLines: RecordBuffer.Lines, _ b: RecordBuffer.Entry,
        _ bLines: RecordBuffer.Lines
    ) -> Bool {
        if a.line != b.line { return a.line < b.line }
        if a.isTimer != b.isTimer { return a.isTimer }
        guard a.isTimer else { return false }
        if a.at != b.at { return a.at < b.at }
        return aLines.customer(of: a).precedes(bLines.customer(of: b))
    }
}
