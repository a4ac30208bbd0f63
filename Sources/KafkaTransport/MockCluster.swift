internal import CRdKafka

/// A request of the Kafka protocol, for injecting errors. Numbers are the protocol's API keys.
public enum KafkaRequest: Int16, Sendable {
    /// Write records.
    case produce = 0
    /// Read records.
    case fetch = 1
    /// Offsets by time.
    case listOffsets = 2
    /// Topics and brokers.
    case metadata = 3
    /// Commit offsets outside of transactions.
    case offsetCommit = 8
    /// Read committed offsets.
    case offsetFetch = 9
    /// Which broker coordinates a group or transactional id.
    case findCoordinator = 10
    /// Join a group.
    case joinGroup = 11
    /// Stay in a group.
    case heartbeat = 12
    /// Leave a group.
    case leaveGroup = 13
    /// Get the assignment.
    case syncGroup = 14
    /// Get a producer id and epoch.
    case initProducerID = 22
    /// Begin to write a partition in a transaction.
    case addPartitionsToTransaction = 24
    /// Begin to commit a group's offsets in a transaction.
    case addOffsetsToTransaction = 25
    /// Commit or abort.
    case endTransaction = 26
    /// Commit offsets in a transaction.
    case transactionOffsetCommit = 28
}

/// librdkafka's broker in this process: listens on the loopback interface and speaks the real protocol.
///
/// For tests and for `tetik demo`. What differs from Apache Kafka in 2.0.2: it keeps only the newest 5 MiB or
/// 100,000 messages of a partition; aborted records stay readable; offsets sent to a transaction are accepted and
/// forgotten, with no check of the generation; there are no requests to administer topics. Topics that a client may
/// create by naming them get `automaticPartitionCount` partitions.
///
/// May be used from any one thread at a time, and must be stopped explicitly, after all clients are closed.
public final class MockCluster {
    /// Partitions of a topic that was not created by `createTopic`. Source: rdkafka_mock.c.
    public static let automaticPartitionCount = 4
    /// The bytes of a partition that are kept. Source: rdkafka_mock.c.
    public static let partitionByteCountMax = 5 << 20

    private let client: OpaquePointer
    private let cluster: OpaquePointer
    private let replicaCount: Int32
    private var isStopped = false

    /// Starts `brokerCount` brokers, numbered from 1. Throws `.hostTrouble`.
    public init(brokerCount: Int = 1) throws(KafkaError) {
        precondition(brokerCount > 0)
        let operation = "start mock cluster"
        let settings = try ClientHandle.configuration(["log_level": "0"], operation: operation)
        client = try ClientHandle.make(RD_KAFKA_PRODUCER, settings, operation: operation)
        guard let cluster = rd_kafka_mock_cluster_new(client, Int32(brokerCount)) else {
            rd_kafka_destroy(client)
            throw KafkaError(
                code: .resourceFailed, operation: operation, message: "no listener could be opened")
        }
        self.cluster = cluster
        replicaCount = Int32(min(brokerCount, 3))
    }

    deinit { precondition(isStopped, "a mock cluster must be stopped before it is let go") }

    /// Where clients begin, as `host:port,host:port`.
    public var bootstrapServers: String {
        rd_kafka_mock_cluster_bootstraps(cluster).map { String(cString: $0) } ?? ""
    }

    /// Makes a topic, replicated on all brokers up to 3.
    public func createTopic(_ name: String, partitions: Int) throws(KafkaError) {
        try check(
            rd_kafka_mock_topic_create(cluster, name, Int32(partitions), replicaCount),
            "create mock topic \(name)")
    }

    /// Has the next requests of a kind fail, each with one of `errors`; `.transport` drops the connection.
    public func pushErrors(_ errors: [KafkaErrorCode], to request: KafkaRequest) {
        let codes = errors.map(\.response)
        rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, codes.count, codes)
    }

    /// The same for one broker only, each answer `delayMilliseconds` late.
    public func pushErrors(
        _ errors: [KafkaErrorCode], to request: KafkaRequest, broker: Int32, delayMilliseconds: Int32 = 0
    ) throws(KafkaError) {
        for error in errors {
            try check(
                tetik_mock_broker_push_error(
                    cluster, broker, request.rawValue, error.response, delayMilliseconds),
                "push mock errors")
        }
    }

    /// How many of the errors pushed to one broker for a request have not been given out yet.
    public func pendingErrorCount(of request: KafkaRequest, broker: Int32) throws(KafkaError) -> Int {
        var count = 0
        try check(
            rd_kafka_mock_broker_error_stack_cnt(cluster, broker, request.rawValue, &count),
            "count mock errors")
        return count
    }

    /// Has requests about a topic fail, until `.none` is set.
    public func setTopicError(_ topic: String, _ error: KafkaErrorCode) {
        rd_kafka_mock_topic_set_error(cluster, topic, error.response)
    }

    /// Drops a broker's connections and refuses new ones; nil for all brokers. Leaders do not move.
    public func setBrokerDown(_ broker: Int32? = nil) throws(KafkaError) {
        try check(rd_kafka_mock_broker_set_down(cluster, broker ?? -1), "set mock broker down")
    }

    /// Lets a broker accept connections again; nil for all brokers.
    public func setBrokerUp(_ broker: Int32? = nil) throws(KafkaError) {
        try check(rd_kafka_mock_broker_set_up(cluster, broker ?? -1), "set mock broker up")
    }

    /// Makes every answer of a broker late; nil for all brokers.
    public func setRoundTripDelay(milliseconds: Int32, broker: Int32? = nil) throws(KafkaError) {
        try check(rd_kafka_mock_broker_set_rtt(cluster, broker ?? -1, milliseconds), "set mock delay")
    }

    /// Moves a partition's leadership; nil for none.
    public func setLeader(of partition: TopicPartition, broker: Int32?) throws(KafkaError) {
        try check(
            rd_kafka_mock_partition_set_leader(
                cluster, partition.topic, partition.partition, broker ?? -1), "set mock leader")
    }

    /// Moves the coordination of a group.
    public func setCoordinator(ofGroup group: String, broker: Int32) throws(KafkaError) {
        try check(rd_kafka_mock_coordinator_set(cluster, "group", group, broker), "set mock coordinator")
    }

    /// Moves the coordination of a transactional id.
    public func setCoordinator(ofTransactionalID id: String, broker: Int32) throws(KafkaError) {
        try check(rd_kafka_mock_coordinator_set(cluster, "transaction", id, broker), "set mock coordinator")
    }

    /// Ends the brokers; all records are lost.
    public func stop() {
        precondition(!isStopped, "the mock cluster is stopped already")
        isStopped = true
        rd_kafka_mock_cluster_destroy(cluster)
        rd_kafka_destroy(client)
    }
}
