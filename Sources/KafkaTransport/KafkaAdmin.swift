internal import CRdKafka

/// What a cluster is made of.
public struct ClusterMetadata: Sendable {
    /// A broker as it presents itself to clients.
    public struct Broker: Hashable, Sendable {
        /// Its number.
        public let number: Int32
        /// Its advertised host name.
        public let host: String
        /// Its advertised port.
        public let port: Int32
    }

    /// The cluster's id, or nil if the brokers are older than that.
    public let clusterID: String?
    /// All brokers, by number.
    public let brokers: [Broker]
    /// Partitions per topic; a topic that is missing, or not visible to us, is not in it.
    public let partitionCounts: [String: Int]
    /// Partitions of these topics that have no leader at present, in order.
    public let leaderless: [TopicPartition]
}

/// A topic to be made.
public struct NewTopic: Sendable {
    /// Its name.
    public var name: String
    /// Its partitions, at least 1.
    public var partitionCount: Int
    /// Its replicas; -1 for the broker's default.
    public var replicationFactor: Int
    /// Its configuration, such as `cleanup.policy`.
    public var configuration: [(name: String, value: String)]

    /// Describes a topic.
    public init(
        _ name: String, partitionCount: Int, replicationFactor: Int = -1,
        configuration: [(name: String, value: String)] = []
    ) {
        self.name = name
        self.partitionCount = partitionCount
        self.replicationFactor = replicationFactor
        self.configuration = configuration
    }
}

/// Asks about topics and changes them. For start-up and commands: every call blocks.
///
/// One thread owns it: the first that calls anything. It must be closed explicitly.
public final class KafkaAdmin {
    internal let client: OpaquePointer
    internal private(set) var queue: OpaquePointer
    private let inbox = ProducerInbox()
    private var owner = ThreadOwner()
    private var isClosed = false

    /// Makes an admin client. Throws `.configuration`.
    public init(bootstrapServers: String, properties: KafkaProperties = KafkaProperties()) throws(KafkaError)
    {
        let operation = "make admin client"
        try properties.refuseReserved(operation: operation)
        let all = KafkaProperties.defaults(for: .admin).overridden(by: properties)
            .overridden(by: [
                "bootstrap.servers": bootstrapServers, "client.id": "tetik", "log.queue": "true",
            ])
        let settings = try ClientHandle.configuration(all, operation: operation)
        inbox.receive(from: settings)
        let client = try ClientHandle.make(RD_KAFKA_PRODUCER, settings, operation: operation)
        guard let queue = rd_kafka_queue_new(client) else {
            rd_kafka_destroy(client)
            throw KafkaError(code: .resourceFailed, operation: operation)
        }
        self.client = client
        self.queue = queue
    }

    deinit { precondition(isClosed, "an admin client must be closed before it is let go") }

    internal func enter() {
        owner.check()
        precondition(!isClosed, "the admin client is closed")
        rd_kafka_poll(client, 0)
    }

    /// Gives answers that are still to come a queue that nobody reads.
    internal func abandonAnswers() {
        guard let fresh = rd_kafka_queue_new(client) else { return }
        rd_kafka_queue_destroy(queue)
        queue = fresh
    }

    /// The errors and log lines that came since the last time; the oldest beyond 1,000 are lost.
    public func takeEvents() -> [KafkaEvent] {
        enter()
        return inbox.takeEvents()
    }

    /// Brokers, cluster id and topics. Throws `.brokerUnreachable` or `.timedOut` if no broker answers in time.
    public func metadata(timeoutMilliseconds: Int32) throws(KafkaError) -> ClusterMetadata {
        enter()
        let deadline = Deadline(milliseconds: timeoutMilliseconds)
        var pointer: UnsafePointer<rd_kafka_metadata>?
        try check(rd_kafka_metadata(client, 1, nil, &pointer, timeoutMilliseconds), "read cluster metadata")
        guard let pointer else { throw KafkaError(code: .timedOut, operation: "read cluster metadata") }
        defer { rd_kafka_metadata_destroy(pointer) }
        let metadata = pointer.pointee
        let brokers = UnsafeBufferPointer(start: metadata.brokers, count: Int(metadata.broker_cnt)).map {
            ClusterMetadata.Broker(number: $0.id, host: String(cString: $0.host), port: $0.port)
        }
        var partitionCounts: [String: Int] = [:]
        var leaderless: [TopicPartition] = []
        for topic in UnsafeBufferPointer(start: metadata.topics, count: Int(metadata.topic_cnt))
        where topic.err == RD_KAFKA_RESP_ERR_NO_ERROR {
            let name = String(cString: topic.topic)
            partitionCounts[name] = Int(topic.partition_cnt)
            for partition in UnsafeBufferPointer(start: topic.partitions, count: Int(topic.partition_cnt))
            where partition.leader < 0 {
                leaderless.append(TopicPartition(name, partition.id))
            }
        }
        let clusterID = rd_kafka_clusterid(client, max(deadline.remainingMilliseconds(), 1))
        defer { rd_kafka_mem_free(client, clusterID) }
        return ClusterMetadata(
            clusterID: clusterID.map { String(cString: $0) },
            brokers: brokers.sorted { $0.number < $1.number },
            partitionCounts: partitionCounts, leaderless: leaderless.sorted())
    }

    /// Asks a partition's leader for its readable range. Blocks up to `timeoutMilliseconds`.
    public func queryWatermarks(
        of partition: TopicPartition, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> Watermarks {
        enter()
        return try WatermarkQuery(client: client).run(partition, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Destroys the client.
    public func close() {
        enter()
        isClosed = true
        rd_kafka_queue_destroy(queue)
        rd_kafka_destroy(client)
    }
}
