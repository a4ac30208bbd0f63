internal import Primitives

/// The longest duration, as an upper bound.
private let durationMax = DurationText.millisecondsMax

/// All keys of the configuration, in the order in which they are shown and documented.
public enum SettingRegistry {
    /// Every key. Made once, when it is first asked for.
    public static let keys: [SettingKey] =
        SettingKey.currency() + SettingKey.kafka() + SettingKey.topics() + SettingKey.running()
        + SettingKey.rules() + SettingKey.serving()

    /// The key of the free map of librdkafka's properties.
    public static let propertiesPath = "kafka.properties"

    /// The key at `path`.
    /// - Complexity: linear; for loading and showing only.
    public static func key(_ path: String) -> SettingKey? { keys.first { $0.path == path } }
}

extension SettingKey {
    fileprivate static func currency() -> [SettingKey] {
        [
            SettingKey(
                path: "currency", kind: .text(.currency),
                summary: "The currency of events that name none, and of a customer's spend.", example: "EUR",
                read: { .text($0.rules.currency.description) },
                write: {
                    guard case .text(let text) = $1, let currency = Currency(text) else { mismatch() }
                    $0.rules.currency = currency
                })
        ]
    }

    fileprivate static func kafka() -> [SettingKey] {
        [
            .text(
                "kafka.bootstrap_servers", \.kafka.bootstrapServers, .brokers,
                "The brokers that are asked first.", example: "kafka-1:9092,kafka-2:9092"),
            .text(
                "kafka.group_id", \.kafka.groupID, .nonEmpty,
                "The consumer group, the same for all daemons that share the work.", example: "tetik-shop"),
            .text(
                "kafka.client_id", \.kafka.clientID, .nonEmpty,
                "The name under which the brokers log and meter this client.", example: "tetik-a"),
            SettingKey(
                path: "kafka.group_instance_id", kind: .text(.optional),
                summary:
                    "A name of its own for each daemon, instead of that in state.directory: it keeps its partitions.",
                example: "tetik-1",
                read: { .text($0.kafka.groupInstanceID ?? "") },
                write: {
                    guard case .text(let text) = $1 else { mismatch() }
                    $0.kafka.groupInstanceID = text.isEmpty ? nil : text
                }),
            .duration(
                "kafka.give_up_after", \.kafka.giveUpAfterMilliseconds, 0...durationMax,
                "How long Kafka may be unreachable before the daemon exits with 69; 0s waits for ever.",
                example: "10m"),
            SettingKey(
                path: SettingRegistry.propertiesPath, kind: .properties,
                summary:
                    "Properties that are handed to librdkafka as they are, such as those of TLS and SASL.",
                example: "{security.protocol: SASL_SSL}",
                read: { .properties($0.kafka.properties) },
                write: {
                    guard case .properties(let properties) = $1 else { mismatch() }
                    $0.kafka.properties = properties
                }),
        ]
    }

    fileprivate static func topics() -> [SettingKey] {
        [
            SettingKey(
                path: "topics.inputs", kind: .topics(count: 1...16),
                summary: "The topics that are read; their order decides between events of the same time.",
                example: "shop-events",
                read: { .texts($0.topics.inputs) },
                write: {
                    guard case .texts(let names) = $1 else { mismatch() }
                    $0.topics.inputs = names
                }),
            .text(
                "topics.abandoned_cart", \.topics.abandonedCart, .topic,
                "Where abandoned_cart records go.", example: "crm.carts"),
            .text(
                "topics.churn_risk", \.topics.churnRisk, .topic, "Where churn_risk records go.",
                example: "crm.churn"),
            .text(
                "topics.ad_suppression", \.topics.adSuppression, .topic, "Where ad_suppression records go.",
                example: "ads.suppressed"),
            .text(
                "topics.outcomes", \.topics.outcomes, .topic, "Where cart_recovered records go.",
                example: "crm.outcomes"),
            .text(
                "topics.dead_letters", \.topics.deadLetters, .topic,
                "Where rejected events go, unchanged and with the reason.", example: "crm.rejected"),
            .text(
                "topics.journal", \.topics.journal, .topic,
                "Where it is kept what each shard did, for recovery; not to be deleted or compacted.",
                example: "shop.tetik-journal"),
            .boolean(
                "topics.auto_create", \.topics.createsMissing,
                "Whether missing topics are created at the start; if not, they stop it."),
            .integer(
                "topics.partitions", \.topics.partitionCount, 0...10_000,
                "How many partitions a created topic gets; 0: as many as the inputs, or 6 without any.",
                example: "12"),
            .integer(
                "topics.replication_factor", \.topics.replicationFactor, -1...32_767,
                "How many replicas a created topic gets, at least 1; -1: the default of the broker.",
                example: "3"),
        ]
    }

    fileprivate static func running() -> [SettingKey] {
        [
            .choice(
                "delivery", \.delivery,
                "Whether each record appears once to readers of committed data, or may be repeated.",
                example: "at_least_once"),
            // Half of transaction.timeout.ms (10 s): a later commit would be in danger of being aborted.
            .duration(
                "commit_interval", \.commitIntervalMilliseconds, 1...5_000,
                "About how long a record waits for its commit; at most half of its timeout of 10s.",
                example: "1s"),
            .duration(
                "event_time.allowed_lateness", \.rules.allowedLatenessMilliseconds, 0...durationMax,
                "How far the watermark stays behind the newest event, to wait for late ones.", example: "1m"),
            .duration(
                "event_time.idle_after", \.idleAfterMilliseconds, 1...durationMax,
                "How long nothing may arrive before the wall clock moves the watermark.", example: "1m"),
            .duration(
                "event_time.max_ahead", \.rules.aheadMillisecondsMax, 0...durationMax,
                "How far an event's time may lie past that of its Kafka record.", example: "5m"),
            .text(
                "state.directory", \.state.directory, .nonEmpty, "Where snapshots are kept.",
                example: "/data/tetik"),
            .duration(
                "state.snapshot_interval", \.state.snapshotIntervalMilliseconds, 100...durationMax,
                "How often a snapshot is begun.", example: "5m"),
            .integer(
                "state.snapshots_kept", \.state.snapshotsKept, 1...1_000,
                "How many full snapshots of each shard are kept, each with the smaller ones that follow it.",
                example: "10"),
            SettingKey(
                path: "state.shared_directory", kind: .text(.optional),
                summary:
                    "A directory that all daemons of the group reach (NFS and the like), where snapshots go too.",
                example: "/mnt/shared/tetik",
                read: { .text($0.state.sharedDirectory ?? "") },
                write: {
                    guard case .text(let text) = $1 else { mismatch() }
                    $0.state.sharedDirectory = text.isEmpty ? nil : text
                }),
            .integer(
                "shards.threads", \.shards.threadCount, 0...1_024,
                "How many threads work on shards; 0: one per core.", example: "4"),
        ]
    }

    fileprivate static func serving() -> [SettingKey] {
        [
            SettingKey(
                path: "http.listen", kind: .text(.listen),
                summary: "Where the admin service listens; port 0 takes any free one.",
                example: "[::1]:8080",
                read: { .text($0.http.listen.description) },
                write: {
                    guard case .text(let text) = $1, let address = ListenAddress(text) else { mismatch() }
                    $0.http.listen = address
                }),
            .text(
                "http.token_file", \.http.tokenFile, .optional,
                "A file whose first line each request must bring; needed where others can connect.",
                example: "/etc/tetik/http-token"),
            .integer(
                "http.ready_lag_max", \.http.readyLagCountMax, 0...1_000_000_000_000,
                "With more records than this waiting to be read, /readyz says no.", example: "100000"),
            .choice(
                "log.level", \.log.level, "The least severe messages that are logged.", example: "debug"),
            .choice(
                "log.format", \.log.format,
                "How messages look; auto is text on a terminal and JSON lines otherwise.", example: "json"),
            .choice(
                "log.customers", \.log.customers,
                "How ids of customers look in messages above debug.", example: "plain"),
        ]
    }
}
