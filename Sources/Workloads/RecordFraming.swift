public import Primitives

/// Turns plain events into recorded records, counting the offsets of every partition.
///
/// Source of the form: contract, section 8. One owner at a time.
public struct RecordFraming: Sendable {
    private let partitionCount: Int32
    private var offsets: [Int]

    /// Starts every partition at offset 0; `partitionCount` is per topic, at least 1.
    public init(partitionCount: Int32) {
        precondition(partitionCount >= 1)
        self.partitionCount = partitionCount
        offsets = Array(repeating: 0, count: WorkloadTopic.allCases.count * Int(partitionCount))
    }

    /// Appends the record, without a line feed, of an `event` whose bytes are in `source`.
    ///
    /// The record's timestamp is when the event was delivered, its partition the Java client's for the customer.
    public mutating func append(
        _ event: GeneratedEvent, from source: borrowing ByteWriter, to writer: inout ByteWriter
    ) {
        let key = UnsafeRawBufferPointer(rebasing: source.bytes[event.customer])
        let partition = Int(Murmur2.partition(of: key, partitionCount: partitionCount))
        let index = event.topic.rawValue * Int(partitionCount) + partition
        writer.append("{\"topic\":\"")
        writer.append(event.topic.name)
        writer.put("\",\"partition\":", partition)
        writer.put(",\"offset\":", offsets[index])
        writer.put(",\"timestamp\":", Int(event.deliveredAt.milliseconds))
        writer.append(",\"key\":\"")
        writer.append(key)
        let value = UnsafeRawBufferPointer(rebasing: source.bytes[event.value])
        if event.isJSON {
            writer.append("\",\"value\":")
            writer.append(value)
        } else {
            writer.append("\",\"value_base64\":\"")
            writer.append(base64: value)
            writer.append("\"")
        }
        writer.append("}")
        offsets[index] += 1
    }
}
