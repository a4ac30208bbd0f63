import Coordination
import KafkaTransport
import Primitives

/// One topic partition that is being read, with its next record copied out. One thread.
///
/// It must be gone before its consumer is closed.
final class PartitionHead {
    /// What is known of the next record.
    enum State: Equatable {
        /// There may be one, and it has not come yet.
        case waiting
        /// There is none: everything up to the end was taken.
        case ended
        /// It is here.
        case ready
    }

    let partition: TopicPartition
    private let queue: PartitionQueue
    /// The offset that is not read any more; nil: whatever comes is read.
    private let endOffset: Int64?
    private(set) var state = State.waiting
    /// The offset after the last record at hand; nil before the first.
    private(set) var nextOffset: Int64?

    /// Offset of the record.
    private(set) var offset: Int64 = 0
    /// Kafka timestamp of the record in milliseconds; nil if it has none.
    private(set) var timestampMilliseconds: Int64?
    private var keyBytes = ByteWriter(capacity: 256)
    private var valueBytes = ByteWriter(capacity: 4_096)
    private var hasKey = false
    private var hasValue = false

    /// Opens the queue of a partition that is assigned afterwards.
    init(
        _ partition: TopicPartition, of consumer: KafkaConsumer, topicIndex: Int, endOffset: Int64? = nil
    ) throws(KafkaError) {
        self.partition = partition
        self.endOffset = endOffset
        queue = try consumer.openQueue(for: partition, topicIndex: topicIndex)
    }

    var topicIndex: Int { queue.topicIndex }

    /// The record's key, valid until the next `fill`; nil: it has none.
    var key: UnsafeRawBufferPointer? { hasKey ? keyBytes.bytes : nil }

    /// The record's value, readable for `JSONScanner.paddingByteCount` bytes past its end and valid until the
    /// next `fill`; nil: it is null.
    var value: UnsafeRawBufferPointer? { hasValue ? valueBytes.bytes : nil }

    /// Looks for the next record, unless there is one or will be none; returns whether the state changed.
    ///
    /// Throws what the client does not mend by itself.
    func fill() throws(KafkaError) -> Bool {
        if state == .ready || (state == .ended && endOffset != nil) { return false }
        let before = state
        // BOUND: what the queue holds, until the first record.
        while true {
            switch queue.next() {
            case .record(let record):
                if let endOffset, record.offset >= endOffset {
                    state = .ended
                } else {
                    copy(record)
                    state = .ready
                }
                return true
            case .endOfPartition(let offset):
                if offset >= endOffset ?? 0 { state = .ended }
                if endOffset != nil, state == .ended { return true }
            case .failed(let error):
                if error.retryHint != .afterBackoff || error.isFatal { throw error }
            case .empty: return state != before
            }
        }
    }

    /// What a sequencer is to know of it, where `time` is that of the record at hand.
    func sequencerHead(time: EventTime) -> ShardSequencer.Head {
        switch state {
        case .waiting: .unknown
        case .ended: .end
        // A Kafka timestamp may be anything; the ends of the range are no times.
        case .ready: .record(min(max(time, .distantPast + 1), .never - 1))
        }
    }

    /// The record was used: makes room for the next one.
    func take() {
        precondition(state == .ready, "there is no record to take")
        if let endOffset, offset + 1 >= endOffset { state = .ended } else { state = .waiting }
    }

    private func copy(_ record: borrowing ConsumerRecord) {
        offset = record.offset
        nextOffset = offset + 1
        // Kafka's own way to say that a record has no timestamp. Source: Kafka protocol, RecordBatch.
        timestampMilliseconds = record.timestampMilliseconds.flatMap { $0 == -1 ? nil : $0 }
        keyBytes.removeAll()
        valueBytes.removeAll()
        hasKey = record.key != nil
        hasValue = record.value != nil
        if let key = record.key { keyBytes.append(key) }
        if let value = record.value { valueBytes.append(value) }
        valueBytes.reserve(JSONScanner.paddingByteCount)
    }
}
