package import KafkaTransport

/// A record as it was fetched; its bytes live as long as it does.
package protocol FetchedRecord: ~Copyable {
    /// The partition's number.
    var partition: Int32 { get }
    /// The record's offset in its partition.
    var offset: Int64 { get }
    /// Milliseconds since 1970, or nil.
    var timestampMilliseconds: Int64? { get }
    /// The key, or nil if it is null.
    var key: UnsafeRawBufferPointer? { get }
    /// The value, or nil if it is null.
    var value: UnsafeRawBufferPointer? { get }
    /// Calls `body` for each header, in order.
    func forEachHeader(
        _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) -> Void
    ) throws(KafkaError)
}

extension ConsumerRecord: FetchedRecord {}

/// Whoever takes records on.
package protocol RecordSink: AnyObject {
    /// Takes on one record, which is gone after the call.
    func add<Record: FetchedRecord & ~Copyable>(_ record: borrowing Record)
}

/// What reading a queue once gave.
package enum QueueNews {
    /// A record, which the sink has.
    case record
    /// Everything before this offset was read.
    case endOfPartition(Int64)
    /// The partition cannot be read now.
    case failed(KafkaError)
    /// Nothing at hand.
    case empty
}

/// The fetched records of one topic partition: librdkafka's in the daemon, a model's in simulation.
///
/// Isolation: one thread at a time. Everything that is generic over it is specialised for each kind in this module.
package protocol RecordQueue: AnyObject {
    /// The partition it reads.
    var partition: TopicPartition { get }
    /// Gives the next record at hand to `sink`, without waiting.
    func next<Sink: RecordSink>(into sink: Sink) -> QueueNews
    /// The range that the last fetch told, or nil if none was seen.
    func cachedWatermarks() -> Watermarks?
}

/// librdkafka's queue of a partition.
final class KafkaRecordQueue: RecordQueue {
    private let queue: PartitionQueue

    init(_ queue: consuming PartitionQueue) { self.queue = queue }

    var partition: TopicPartition { queue.partition }

    @inline(__always)
    func next<Sink: RecordSink>(into sink: Sink) -> QueueNews {
        switch queue.next() {
        case .record(let record):
            sink.add(record)
            return .record
        case .endOfPartition(let offset): return .endOfPartition(offset)
        case .failed(let error): return .failed(error)
        case .empty: return .empty
        }
    }

    func cachedWatermarks() -> Watermarks? { queue.cachedWatermarks() }
}
