/// What a client is for: decides its defaults and which properties are ours alone.
public enum KafkaRole: String, Sendable {
    /// Reads records.
    case consumer
    /// Writes records.
    case producer
    /// Asks about and changes topics.
    case admin
}

extension KafkaProperties {
    /// What we set where librdkafka's own default does not fit. Users may override every one of these.
    ///
    /// Measured with librdkafka 2.0.2 on Apache Kafka 3.8: with `retry.backoff.ms` at its default of 100 each
    /// commit takes 103 ms, as the broker answers CONCURRENT_TRANSACTIONS once; with 5 it takes 4 ms.
    public static func defaults(for role: KafkaRole) -> KafkaProperties {
        switch role {
        case .consumer: shared.overridden(by: consumerDefaults)
        case .producer: shared.overridden(by: producerDefaults)
        case .admin: shared
        }
    }

    private static let shared: KafkaProperties = [
        // Small requests go at once instead of waiting for an acknowledgement of the one before.
        "socket.nagle.disable": "true",
        // librdkafka's 10 s would add as much to every broker restart.
        "reconnect.backoff.max.ms": "1000",
        // A topic misspelt in a configuration is an error, not a new topic. (librdkafka: true for producers.)
        "allow.auto.create.topics": "false",
        // Found dead connections: a broker host that vanished without a FIN.
        "socket.keepalive.enable": "true",
    ]

    private static let consumerDefaults: KafkaProperties = [
        // An empty fetch, and so the news of a partition's end, takes at most this long (librdkafka: 500).
        "fetch.wait.max.ms": "50",
        // How long a host that died keeps its partitions from the others (librdkafka: 45 s).
        "session.timeout.ms": "10000",
        // A flipped bit on the way must not become a customer's cart.
        "check.crcs": "true",
    ]

    private static let producerDefaults: KafkaProperties = [
        "retry.backoff.ms": "5",
        "linger.ms": "0",
        // A dead owner's open transaction blocks readers for this long and up to 10 s more.
        "transaction.timeout.ms": "10000",
        // The contract's 1 MiB of value, with key and headers, is over librdkafka's 1,000,000.
        "message.max.bytes": "2097152",
    ]

    /// Properties a user may not set, with the reason. Fixed values are in `ConsumerConfiguration` and
    /// `ProducerConfiguration`.
    public static let reserved: [(name: String, reason: String)] = [
        ("bootstrap.servers", "it has a setting of its own"),
        ("metadata.broker.list", "it is another name of bootstrap.servers, which has a setting of its own"),
        ("group.id", "it has a setting of its own"),
        ("group.instance.id", "it is made from the instance's name"),
        ("transactional.id", "it is made from the group and the instance, so that takeover finds it"),
        ("enable.idempotence", "exactly once needs it on"),
        ("acks", "exactly once needs all replicas"),
        ("request.required.acks", "exactly once needs all replicas"),
        ("max.in.flight", "order within a partition needs at most 5"),
        ("max.in.flight.requests.per.connection", "order within a partition needs at most 5"),
        ("enable.gapless.guarantee", "it makes errors fatal that are repaired by aborting"),
        ("partitioner", "records are partitioned as the Java client does"),
        ("enable.auto.commit", "offsets are committed in the transaction of their records"),
        ("auto.commit.enable", "offsets are committed in the transaction of their records"),
        ("enable.auto.offset.store", "offsets are committed in the transaction of their records"),
        ("auto.offset.reset", "it has a setting of its own"),
        ("isolation.level", "aborted records must not be read"),
        ("partition.assignment.strategy", "range puts partition p of every topic on the same member"),
        ("group.protocol.type", "the range assignor needs the consumer protocol"),
        ("enable.partition.eof", "the watermark waits for partitions that are not read to their end"),
        ("log.queue", "logs are served on the client's own thread"),
        ("statistics.interval.ms", "it has a setting of its own"),
        ("client.id", "it has a setting of its own"),
    ]

    /// Throws a `.configuration` error that names the first reserved property and why it is.
    public func refuseReserved(operation: String) throws(KafkaError) {
        for entry in entries {
            guard let rule = Self.reserved.first(where: { $0.name == entry.name }) else { continue }
            throw KafkaError(
                code: .invalidArgument, operation: operation,
                message: "property \(entry.name) cannot be set: \(rule.reason); remove it")
        }
    }
}
