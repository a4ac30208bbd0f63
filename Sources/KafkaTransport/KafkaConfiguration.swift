/// Where a consumer begins in a partition without a usable offset.
public enum OffsetReset: String, Sendable {
    /// At the oldest record.
    case earliest
    /// At the next record written.
    case latest
    /// Nowhere: it is an error, so that records removed by retention show.
    case error
}

/// How to make a consumer.
public struct ConsumerConfiguration: Sendable {
    /// Brokers to begin with, as `host:port,host:port`.
    public var bootstrapServers: String
    /// The consumer group. Needed even without a subscription.
    public var groupID: String
    /// The name of a static member, which keeps its partitions over a restart; nil for a dynamic one.
    public var groupInstanceID: String?
    /// Name in the brokers' logs and quotas.
    public var clientID = "tetik"
    /// Where to begin without a usable offset.
    public var offsetReset = OffsetReset.error
    /// Whether records and offsets of open and aborted transactions are seen; never for input.
    public var readsUncommitted = false
    /// Milliseconds between statistics; 0 for none.
    public var statisticsIntervalMilliseconds = 0
    /// Further librdkafka properties; see `KafkaProperties.reserved`.
    public var properties = KafkaProperties()

    /// Makes a configuration; everything else has a default.
    public init(bootstrapServers: String, groupID: String) {
        self.bootstrapServers = bootstrapServers
        self.groupID = groupID
    }

    /// All properties in effect: defaults, overridden by the user's, overridden by what guarantees rest on.
    ///
    /// Throws `.configuration` if a reserved property was set.
    public func effectiveProperties() throws(KafkaError) -> KafkaProperties {
        try properties.refuseReserved(operation: "configure consumer")
        var fixed: KafkaProperties = [
            "bootstrap.servers": bootstrapServers,
            "client.id": clientID,
            "group.id": groupID,
            "enable.auto.commit": "false",
            "enable.auto.offset.store": "false",
            "auto.offset.reset": offsetReset.rawValue,
            "isolation.level": readsUncommitted ? "read_uncommitted" : "read_committed",
            "partition.assignment.strategy": "range",
            "enable.partition.eof": "true",
            "log.queue": "true",
            "statistics.interval.ms": String(statisticsIntervalMilliseconds),
        ]
        fixed["group.instance.id"] = groupInstanceID
        return KafkaProperties.defaults(for: .consumer).overridden(by: properties).overridden(by: fixed)
    }
}

/// How to make a producer.
public struct ProducerConfiguration: Sendable {
    /// Brokers to begin with, as `host:port,host:port`.
    public var bootstrapServers: String
    /// Makes the producer transactional; nil for an idempotent one without transactions.
    public var transactionalID: String?
    /// Name in the brokers' logs and quotas.
    public var clientID = "tetik"
    /// Milliseconds between statistics; 0 for none.
    public var statisticsIntervalMilliseconds = 0
    /// Further librdkafka properties; see `KafkaProperties.reserved`.
    public var properties = KafkaProperties()

    /// Makes a configuration; everything else has a default.
    public init(bootstrapServers: String, transactionalID: String? = nil) {
        self.bootstrapServers = bootstrapServers
        self.transactionalID = transactionalID
    }

    /// All properties in effect: defaults, overridden by the user's, overridden by what guarantees rest on.
    ///
    /// Throws `.configuration` if a reserved property was set.
    public func effectiveProperties() throws(KafkaError) -> KafkaProperties {
        try properties.refuseReserved(operation: "configure producer")
        var fixed: KafkaProperties = [
            "bootstrap.servers": bootstrapServers,
            "client.id": clientID,
            "enable.idempotence": "true",
            "partitioner": "murmur2_random",
            "log.queue": "true",
            "statistics.interval.ms": String(statisticsIntervalMilliseconds),
        ]
        fixed["transactional.id"] = transactionalID
        return KafkaProperties.defaults(for: .producer).overridden(by: properties).overridden(by: fixed)
    }
}
