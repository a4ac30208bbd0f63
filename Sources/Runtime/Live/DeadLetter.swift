import KafkaTransport
import Model
import Primitives

/// One rejected record, kept as it came until it is in the dead letters. Source: contract, section 7.
struct DeadLetter: Sendable {
    var rejection: Rejection
    var topic: String
    var partition: Int32
    var offset: Int64
    var timestampMilliseconds: Int64?
    var key: [UInt8]?
    var value: [UInt8]?
    var headers: [(name: [UInt8], value: [UInt8]?)]

    /// Copies what is to be kept of `record`.
    init<Record: FetchedRecord & ~Copyable>(
        _ record: borrowing Record, topic: String, rejection: Rejection
    ) {
        self.rejection = rejection
        self.topic = topic
        partition = record.partition
        offset = record.offset
        timestampMilliseconds = record.timestampMilliseconds
        key = record.key.map { Array($0) }
        value = record.value.map { Array($0) }
        var copied: [(name: [UInt8], value: [UInt8]?)] = []
        // Headers that cannot be read are left out; the value is what matters.
        try? record.forEachHeader { name, value in copied.append((Array(name), value.map { Array($0) })) }
        headers = copied
    }

    /// Bytes of what is kept.
    var byteCount: Int {
        headers.reduce((key?.count ?? 0) + (value?.count ?? 0)) {
            $0 + $1.name.count + ($1.value?.count ?? 0)
        }
    }

    /// The headers that came, then ours.
    func allHeaders() -> RecordHeaders {
        var all = RecordHeaders()
        for header in headers {
            header.name.withUnsafeBytes { name in
                if let value = header.value {
                    value.withUnsafeBytes { all.append(name: name, value: $0) }
                } else {
                    all.append(name: name, value: nil)
                }
            }
        }
        all.append("tetik.reason", rejection.reason.rawValue)
        all.append("tetik.detail", rejection.detail)
        all.append("tetik.topic", topic)
        all.append("tetik.partition", String(partition))
        all.append("tetik.offset", String(offset))
        all.append("tetik.timestamp", timestampMilliseconds.map { String($0) } ?? "")
        return all
    }
}
