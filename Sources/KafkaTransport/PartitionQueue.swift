internal import CRdKafka

/// What reading one partition once gave.
public enum PartitionRead: ~Copyable {
    /// The next record.
    case record(ConsumerRecord)
    /// Everything before this offset was read. Comes once per position, up to `fetch.wait.max.ms` late.
    case endOfPartition(Int64)
    /// The partition cannot be read further now; librdkafka goes on trying unless the hint says otherwise.
    case failed(KafkaError)
    /// Nothing at hand.
    case empty
}

/// The records fetched from one assigned partition, apart from all others.
///
/// Opened before the partition is assigned. Left unread, it fills up to `queued.max.messages.kbytes` and only
/// its own fetching stops: that is the back pressure. One thread at a time may read it, and it must be gone
/// before its consumer is closed.
public struct PartitionQueue: ~Copyable, @unchecked Sendable {
    // SAFETY: the queue handle is owned by this value alone, and librdkafka locks the queue behind it.
    private let queue: OpaquePointer
    private let client: OpaquePointer
    private let signal: QueueSignal
    private let live: LiveCount
    /// The partition it reads.
    public let partition: TopicPartition
    /// The caller's number for the topic, given to every record.
    public let topicIndex: Int

    internal init(
        client: OpaquePointer, partition: TopicPartition, topicIndex: Int, signal: QueueSignal,
        live: LiveCount
    ) throws(KafkaError) {
        guard let queue = rd_kafka_queue_get_partition(client, partition.topic, partition.partition) else {
            throw KafkaError(
                code: .unknownTopicOrPartition, operation: "open partition queue",
                message: "\(partition) cannot be opened")
        }
        self.queue = queue
        self.client = client
        self.partition = partition
        self.topicIndex = topicIndex
        self.signal = signal
        self.live = live
        live.increment()
        rd_kafka_queue_forward(queue, nil)
        signal.enable(on: queue)
    }

    deinit {
        // The signal's descriptor may be closed, and its number given to another file, right after this.
        QueueSignal.disable(on: queue)
        rd_kafka_queue_destroy(queue)
        live.decrement()
    }

    /// Records and notices at hand.
    public var count: Int { rd_kafka_queue_length(queue) }

    /// The range told by the last fetch response, or nil if none was seen, which is not "at the end".
    ///
    /// Local and cheap. Stale while disconnected.
    public func cachedWatermarks() -> Watermarks? {
        Watermarks.cached(client, partition)
    }

    /// Takes the next record or notice; waits for one up to `timeoutMilliseconds`, with 0 not at all.
    public func next(timeoutMilliseconds: Int32 = 0) -> PartitionRead {
        guard let message = rd_kafka_consume_queue(queue, timeoutMilliseconds) else { return .empty }
        let code = message.pointee.err
        if code == RD_KAFKA_RESP_ERR_NO_ERROR {
            return .record(ConsumerRecord(message: message, topicIndex: topicIndex, live: live))
        }
        defer { rd_kafka_message_destroy(message) }
        if code == RD_KAFKA_RESP_ERR__PARTITION_EOF { return .endOfPartition(message.pointee.offset) }
        let detail = rd_kafka_message_errstr(message).map { String(cString: $0) }
        return .failed(KafkaError(code, "read \(partition)", message: detail))
    }
}

extension QueueSignal {
    /// Has librdkafka add to the signal when `queue` gets its first entry.
    internal func enable(on queue: OpaquePointer) {
        var one: UInt64 = 1
        rd_kafka_queue_io_event_enable(queue, descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Ends that.
    internal static func disable(on queue: OpaquePointer) {
        rd_kafka_queue_io_event_enable(queue, -1, nil, 0)
    }
}
