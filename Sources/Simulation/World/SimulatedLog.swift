import KafkaTransport
import Runtime

/// One partition of a topic on the simulated broker: records, and markers of transactions between them.
final class SimulatedLog {
    private struct Entry {
        /// nil for a marker.
        var record: SteppedRecord?
        /// 0: outside of transactions.
        var transaction: Int
    }

    let partition: TopicPartition
    private var entries: [Entry] = []
    /// The first offset of each open transaction.
    private var open: [Int: Int64] = [:]
    private var aborted: Set<Int> = []
    /// The oldest offset that readers still get; what is before it stays here for the checker.
    private(set) var low: Int64 = 0

    init(_ partition: TopicPartition) { self.partition = partition }

    /// The offset after the newest entry.
    var high: Int64 { Int64(entries.count) }

    /// The offset before which every transaction is decided.
    var stable: Int64 { open.values.min() ?? high }

    /// Retention: readers get nothing before `offset` any more.
    func remove(before offset: Int64) { low = max(low, min(offset, stable)) }

    /// Appends a record; returns its offset.
    @discardableResult
    func append(key: [UInt8]?, value: [UInt8]?, timestamp: Int64, transaction: Int = 0) -> Int64 {
        let offset = high
        if transaction != 0, open[transaction] == nil { open[transaction] = offset }
        entries.append(
            Entry(
                record: SteppedRecord(
                    partition: partition.partition, offset: offset, timestampMilliseconds: timestamp,
                    key: key, value: value), transaction: transaction))
        return offset
    }

    /// Writes the marker of a transaction.
    func mark(_ transaction: Int, isCommitted: Bool) {
        guard open.removeValue(forKey: transaction) != nil else { return }
        if !isCommitted { aborted.insert(transaction) }
        entries.append(Entry(record: nil, transaction: transaction))
    }

    /// What a reader of committed data gets from `offset` on, at most `countMax` entries, and where it stands then.
    func read(from offset: Int64, countMax: Int = .max) -> (records: [SteppedRecord], next: Int64) {
        let start = min(max(offset, 0), stable)
        let end = stable - start > Int64(countMax) ? start + Int64(countMax) : stable
        var records: [SteppedRecord] = []
        for entry in entries[Int(start)..<Int(end)] {
            if let record = entry.record, !aborted.contains(entry.transaction) { records.append(record) }
        }
        return (records, max(end, offset))
    }
}
