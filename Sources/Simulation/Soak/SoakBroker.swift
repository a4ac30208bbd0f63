import Foundation
import KafkaTransport
import Settings

/// The broker of a soak, with its topics, and the configuration of its members. One thread.
final class SoakBroker {
    /// The unit of the customers' model of buying, in milliseconds.
    static let purchaseUnitMilliseconds: Int64 = 86_400_000
    /// A dead letter is somewhat larger than the record that it holds, at most 1 MiB by default.
    private static let deadLetterByteCountMax = "4194304"
    private static let timeoutMilliseconds: Int32 = 30_000

    private let cluster: MockCluster?
    let settings: Settings
    /// The file that members are started with.
    let configurationPath: String

    /// Makes the topics of a run of its own and writes the configuration into `folder`.
    init(_ options: SoakOptions, folder: String) throws {
        let cluster = options.isEmbedded ? try MockCluster() : nil
        self.cluster = cluster
        do {
            let servers = options.bootstrapServers ?? cluster?.bootstrapServers ?? ""
            let name = "soak-\(UUID().uuidString.prefix(8).lowercased())"
            configurationPath = "\(folder)/tetik.yaml"
            let yaml = Self.configuration(name: name, servers: servers, options)
            try Data(yaml.utf8).write(to: URL(filePath: configurationPath))
            settings = try SettingsLoader.load(file: configurationPath, environment: [:], overrides: [])
                .settings
            try createTopics(options.partitionCount)
            try waitForLeaders(options.partitionCount)
        } catch {
            cluster?.stop()
            throw error
        }
    }

    /// To be called after all clients are closed and all members have ended.
    func stop() { cluster?.stop() }

    /// The trigger topics.
    var triggerTopics: [String] {
        let topics = settings.topics
        return [topics.abandonedCart, topics.outcomes, topics.churnRisk, topics.adSuppression]
    }

    private var allTopics: [String] {
        settings.topics.inputs + triggerTopics + [settings.topics.deadLetters, settings.topics.journal]
    }

    /// The end of each partition of each input topic.
    func inputEnds(partitionCount: Int) throws -> [[Int64]] {
        try withConsumer { consumer in
            try settings.topics.inputs.map { topic in
                try (0..<Int32(partitionCount)).map {
                    try consumer.queryWatermarks(
                        of: TopicPartition(topic, $0), timeoutMilliseconds: Self.timeoutMilliseconds
                    ).high
                }
            }
        }
    }

    /// Waits until every partition is served.
    ///
    /// Until then one batch of a producer may be refused and the next one taken, as the first of all. Librdkafka 2.0.2
    /// then takes the refused one for written, and it is lost. Measured with Apache Kafka 3.8.
    private func waitForLeaders(_ partitionCount: Int) throws {
        try withConsumer { consumer in
            let deadline = SoakClock.monotonicMilliseconds() + Int64(Self.timeoutMilliseconds)
            for topic in allTopics {
                for partition in 0..<Int32(partitionCount) {
                    // BOUND: the deadline.
                    while true {
                        do throws(KafkaError) {
                            _ = try consumer.queryWatermarks(
                                of: TopicPartition(topic, partition), timeoutMilliseconds: 1_000)
                            break
                        } catch {
                            guard SoakClock.monotonicMilliseconds() < deadline else { throw error }
                            SoakClock.sleep(milliseconds: 50)
                        }
                    }
                }
            }
        }
    }

    private func withConsumer<Result>(_ body: (KafkaConsumer) throws -> Result) throws -> Result {
        let consumer = try KafkaConsumer(
            ConsumerConfiguration(
                bootstrapServers: settings.kafka.bootstrapServers, groupID: settings.kafka.groupID))
        defer { consumer.close() }
        return try body(consumer)
    }

    private func createTopics(_ partitionCount: Int) throws {
        let names = allTopics
        if let cluster {
            for name in names { try cluster.createTopic(name, partitions: partitionCount) }
            return
        }
        let admin = try KafkaAdmin(bootstrapServers: settings.kafka.bootstrapServers)
        defer { admin.close() }
        let topics = names.map { name in
            // Records have the time of the shop's events, which lie far back.
            var configuration = [(name: "retention.ms", value: "-1")]
            if name == settings.topics.deadLetters {
                configuration.append((name: "max.message.bytes", value: Self.deadLetterByteCountMax))
            }
            return NewTopic(name, partitionCount: partitionCount, configuration: configuration)
        }
        try admin.createTopics(topics, timeoutMilliseconds: Self.timeoutMilliseconds)
    }

    private static func configuration(name: String, servers: String, _ options: SoakOptions) -> String {
        let properties =
            options.isEmbedded
            ? "{session.timeout.ms: \"\(options.sessionTimeoutMilliseconds)\", heartbeat.interval.ms: \"200\"}"
            : "{}"
        // The embedded broker shows the journal record of a transaction that a kill cut short, though the other records
        // of it are missing. At least once writes them first.
        let delivery = options.isEmbedded ? DeliveryGuarantee.atLeastOnce : .exactlyOnce
        return """
            kafka:
              bootstrap_servers: "\(servers)"
              group_id: \(name)
              properties: \(properties)
            topics:
              inputs: [\(name).clicks, \(name).carts, \(name).emails]
              abandoned_cart: \(name).abandoned-cart
              churn_risk: \(name).churn-risk
              ad_suppression: \(name).ad-suppression
              outcomes: \(name).outcomes
              dead_letters: \(name).dead-letters
              journal: \(name).journal
            delivery: \(delivery.rawValue)
            event_time: {idle_after: 1h, max_ahead: 30000d}
            rules:
              churn_risk: {time_unit: \(purchaseUnitMilliseconds)ms}
            state: {snapshot_interval: 2s}
            log: {format: text}
            http: {listen: "127.0.0.1:0"}

            """
    }
}
