import KafkaTransport
import Settings

extension Settings {
    /// What the user set for librdkafka.
    var kafkaProperties: KafkaProperties { KafkaProperties(kafka.properties.map { ($0.name, $0.value) }) }

    /// How the daemon reads its input; with `acceptsDataLoss` it goes on with the oldest record there is.
    ///
    /// A member with a name keeps its partitions over a restart within the session timeout, so nothing moves and it is
    /// at work again at once. What is fetched ahead is bounded over all partitions, which librdkafka bounds one by one.
    func consumerConfiguration(
        instance: String, acceptsDataLoss: Bool, topicPartitionCount: Int
    ) -> ConsumerConfiguration {
        var configuration = ConsumerConfiguration(
            bootstrapServers: kafka.bootstrapServers, groupID: kafka.groupID)
        configuration.clientID = kafka.clientID
        configuration.groupInstanceID = instance
        configuration.offsetReset = acceptsDataLoss ? .earliest : .error
        let kilobytes = min(max(Self.fetchedKilobyteCountMax / max(topicPartitionCount, 1), 1_024), 65_536)
        let fetching: KafkaProperties = [
            "queued.max.messages.kbytes": "\(kilobytes)",
            // Below this many records more are fetched; of 200 bytes each, half of the bytes.
            "queued.min.messages": "\(kilobytes * 1_024 / 400)",
            // A fetch waits until there is a good deal to bring, but not long: a broker answers hundreds of requests a
            // second instead of thousands, which is what its processor time is made of.
            "fetch.min.bytes": "1000000",
            "fetch.wait.max.ms": "10",
        ]
        configuration.properties = fetching.overridden(by: kafkaProperties)
        configuration.statisticsIntervalMilliseconds = Self.statisticsIntervalMilliseconds
        return configuration
    }

    /// BOUND: what all partitions together hold fetched and unread: 256 MiB, but at least 1 MiB each.
    private static let fetchedKilobyteCountMax = 256 << 10
    private static let statisticsIntervalMilliseconds = 10_000

    /// How the daemon writes records and dead letters.
    var producerConfiguration: ProducerConfiguration {
        var configuration = ProducerConfiguration(bootstrapServers: kafka.bootstrapServers)
        configuration.clientID = kafka.clientID
        configuration.properties = Self.producerDefaults.overridden(by: kafkaProperties)
        configuration.statisticsIntervalMilliseconds = Self.statisticsIntervalMilliseconds
        return configuration
    }

    private static let producerDefaults: KafkaProperties = [
        // A dead letter is as large as the record that was rejected, and its headers come on top.
        "message.max.bytes": "\(deadLetterByteCountMax)",
        // BOUND: what waits for a slow broker (librdkafka: 1 GiB); two of the largest dead letters.
        "queue.buffering.max.kbytes": "\(2 * deadLetterByteCountMax >> 10)",
    ]

    /// BOUND: the largest dead letter, headers included: 32 MiB, many times the default limit of input topics.
    static let deadLetterByteCountMax = 32 << 20

    /// A consumer beside the daemon's own: of the same group, but no member of it.
    var observerConfiguration: ConsumerConfiguration {
        var configuration = ConsumerConfiguration(
            bootstrapServers: kafka.bootstrapServers, groupID: kafka.groupID)
        configuration.clientID = "\(kafka.clientID)-observer"
        configuration.properties = kafkaProperties
        return configuration
    }

    /// All topics that the daemon writes to for others.
    var outputTopics: [String] {
        [topics.abandonedCart, topics.churnRisk, topics.adSuppression, topics.outcomes, topics.deadLetters]
    }
}
