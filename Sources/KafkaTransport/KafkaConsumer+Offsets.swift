internal import CRdKafka

/// The readable range of a partition.
public struct Watermarks: Hashable, Sendable {
    /// Offset of the oldest record.
    public let low: Int64
    /// The offset after the newest record. Asked for by a read_committed client: before the oldest open transaction;
    /// remembered from a fetch: after it, whatever is open. Measured on Apache Kafka 3.8.
    public let high: Int64

    /// Makes a range.
    public init(low: Int64, high: Int64) {
        self.low = low
        self.high = high
    }

    /// What librdkafka remembers of the last fetch response; it locks its own memory.
    internal static func cached(_ client: OpaquePointer, _ partition: TopicPartition) -> Watermarks? {
        var low: Int64 = 0
        var high: Int64 = 0
        let result = rd_kafka_get_watermark_offsets(
            client, partition.topic, partition.partition, &low, &high)
        guard result == RD_KAFKA_RESP_ERR_NO_ERROR, low >= 0, high >= 0 else { return nil }
        return Watermarks(low: low, high: high)
    }
}

extension KafkaConsumer {
    /// The offset after the last record or control record read, per partition; `.none` before the first.
    ///
    /// Local and cheap: asks no broker. Control records and aborted ones advance it.
    public func positions(of partitions: [TopicPartition]) throws(KafkaError) -> [PartitionOffset] {
        enter()
        let list = PartitionList(partitions)
        try check(rd_kafka_position(client, list.pointer), "read positions")
        try list.checkEach("read positions")
        return list.offsets
    }

    /// The range told by the last fetch response, or nil if none was seen, which is not "at the end".
    ///
    /// Local and cheap. Stale while disconnected.
    public func cachedWatermarks(of partition: TopicPartition) -> Watermarks? {
        enter()
        return Watermarks.cached(client, partition)
    }

    /// Asks the broker for the range. Blocks up to `timeoutMilliseconds`.
    public func queryWatermarks(
        of partition: TopicPartition, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> Watermarks {
        enter()
        return try WatermarkQuery(client: client).run(partition, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// For asking for ranges from another thread than the owner's, until the consumer is closed.
    public var watermarkQuery: WatermarkQuery { WatermarkQuery(client: client) }

    /// The group's committed offsets with their metadata; `.none` where nothing is committed. Blocks.
    ///
    /// Until an open transaction's offsets are settled it fails, with `.timedOut`: so success means that the
    /// previous owner's transaction is over.
    public func committed(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [PartitionOffset] {
        enter()
        let list = PartitionList(partitions)
        try check(rd_kafka_committed(client, list.pointer, timeoutMilliseconds), "read committed offsets")
        try list.checkEach("read committed offsets")
        return list.offsets
    }

    /// Commits offsets outside of any transaction and waits for the broker. Blocks up to `timeoutMilliseconds`.
    ///
    /// The list must not be empty. After `.timedOut` the offsets may yet be committed.
    public func commit(_ offsets: [PartitionOffset], timeoutMilliseconds: Int32) throws(KafkaError) {
        enter()
        precondition(!offsets.isEmpty, "nothing to commit")
        let operation = "commit offsets"
        let list = PartitionList(offsets)
        guard let answers = rd_kafka_queue_new(client) else {
            throw KafkaError(code: .resourceFailed, operation: operation)
        }
        defer { rd_kafka_queue_destroy(answers) }
        try check(rd_kafka_commit_queue(client, list.pointer, answers, nil, nil), operation)
        guard let event = rd_kafka_queue_poll(answers, timeoutMilliseconds) else {
            throw KafkaError(code: .timedOut, operation: operation, message: "no broker answered")
        }
        defer { rd_kafka_event_destroy(event) }
        try check(rd_kafka_event_error(event), operation)
        let results = rd_kafka_event_topic_partition_list(event)
        for result in PartitionList.elements(of: results) where result.err != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw KafkaError(
                result.err, "\(operation) of \(String(cString: result.topic))/\(result.partition)")
        }
    }

    /// The first offset at or after a time, in milliseconds since 1970 UTC, per partition; `.end` where all
    /// records are older. Blocks up to `timeoutMilliseconds`.
    public func offsets(
        forTimes times: [(partition: TopicPartition, milliseconds: Int64)], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [PartitionOffset] {
        enter()
        let list = PartitionList(times.map { PartitionOffset($0.partition, KafkaOffset($0.milliseconds)) })
        try check(
            rd_kafka_offsets_for_times(client, list.pointer, timeoutMilliseconds), "find offsets for times")
        try list.checkEach("find offsets for times")
        return list.offsets
    }

    /// Membership at this moment: take it in the assign conversation, not at commit time.
    ///
    /// Throws `.groupChanged` while there is no membership.
    public func groupMetadata() throws(KafkaError) -> GroupMetadata {
        enter()
        return try GroupMetadata(client: client)
    }

    /// Whether the assignment is gone without a revoke yet: others may own the partitions already.
    public var isAssignmentLost: Bool {
        enter()
        return rd_kafka_assignment_lost(client) != 0
    }

    /// The error that ended the consumer for good, if there was one.
    public var fatalError: KafkaError? {
        enter()
        return ClientHandle.fatalError(of: client)
    }
}

/// Asks the broker for the readable range of partitions, from a thread other than the consumer's owner.
public struct WatermarkQuery: @unchecked Sendable {
    // SAFETY: librdkafka allows the call from any thread; the user stops before the consumer is closed.
    internal let client: OpaquePointer

    /// Asks for one partition. Blocks up to `timeoutMilliseconds`.
    public func run(
        _ partition: TopicPartition, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> Watermarks {
        let deadline = Deadline(milliseconds: timeoutMilliseconds)
        let low = try offset(at: .beginning, of: partition, deadline.remainingMilliseconds())
        let high = try offset(at: .end, of: partition, deadline.remainingMilliseconds())
        return Watermarks(low: low, high: high)
    }

    /// Both ends are times too in the protocol. `rd_kafka_query_watermark_offsets` would ask for both at once, but
    /// waits for a broker that went away far longer than it is told to (librdkafka 2.0.2).
    private func offset(
        at end: KafkaOffset, of partition: TopicPartition, _ timeoutMilliseconds: Int32
    ) throws(KafkaError) -> Int64 {
        let operation = "query watermarks of \(partition)"
        let list = PartitionList([PartitionOffset(partition, end)])
        try check(rd_kafka_offsets_for_times(client, list.pointer, timeoutMilliseconds), operation)
        try list.checkEach(operation)
        return list.offsets[0].offset.rawValue
    }
}
