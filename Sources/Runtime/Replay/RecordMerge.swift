import Model
import Primitives

/// Puts the records of several workers into the contract's order of output.
///
/// By line; at one line timers by (`at`, customer) before the event's own records. Records of one customer
/// come from one worker and keep their order.
enum RecordMerge {
    /// Calls `emit` for each record of `parts`, in order, with its part and index there.
    static func forEach<Failure: Error>(
        _ parts: [ReplayPart], _ emit: (Int, Int) throws(Failure) -> Void
    ) throws(Failure) {
        var next = [Int](repeating: 0, count: parts.count)
        // BOUND: each round emits one record.
        while true {
            var best = -1
            for part in parts.indices where next[part] < parts[part].records.count {
                if best < 0 || precedes(parts, part, next[part], best, next[best]) { best = part }
            }
            guard best >= 0 else { return }
            try emit(best, parts[best].index(atRank: next[best]))
            next[best] += 1
        }
    }

    private static func precedes(
        _ parts: [ReplayPart], _ leftPart: Int, _ left: Int, _ rightPart: Int, _ right: Int
    ) -> Bool {
        precedes(
            parts[leftPart].records.entries[parts[leftPart].index(atRank: left)], parts[leftPart].records,
            parts[rightPart].records.entries[parts[rightPart].index(atRank: right)], parts[rightPart].records)
    }

    /// Whether record `a` comes out before `b`; false for both ways round if one event or timer emitted them.
    static func precedes(
        _ a: RecordBuffer.Entry, _ aRecords: borrowing RecordBuffer, _ b: RecordBuffer.Entry,
        _ bRecords: borrowing RecordBuffer
    ) -> Bool {
        if a.line != b.line { return a.line < b.line }
        if a.isTimer != b.isTimer { return a.isTimer }
        guard a.isTimer else { return false }
        if a.at != b.at { return a.at < b.at }
        return aRecords.customer(of: a).precedes(bRecords.customer(of: b))
    }
}
