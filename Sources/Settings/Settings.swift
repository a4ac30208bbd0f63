public import Model

/// Everything that can be tuned, checked and ready to use; a value that any thread may hold.
///
/// The defaults here and in `Rules` are the only place where a default is written. Durations are
/// milliseconds. Source of keys, defaults and meaning: contract, section 9.
public struct Settings: Sendable, Equatable {
    /// What decides records: `currency`, `rules.*`, `event_time.allowed_lateness` and `event_time.max_ahead`.
    public var rules = Rules()
    /// `kafka.*`.
    public var kafka = KafkaSettings()
    /// `topics.*`.
    public var topics = TopicSettings()
    /// `delivery`.
    public var delivery = DeliveryGuarantee.exactlyOnce
    /// `commit_interval`: how often a transaction is committed, 1 ms to 5 s.
    public var commitIntervalMilliseconds: Int64 = 100
    /// `event_time.idle_after`: how long nothing may arrive before the wall clock moves the watermark.
    public var idleAfterMilliseconds: Int64 = 30_000
    /// `state.*`.
    public var state = StateSettings()
    /// `shards.*`.
    public var shards = ShardSettings()
    /// `http.*`.
    public var http = HTTPSettings()
    /// `log.*`.
    public var log = LogSettings()

    /// The defaults.
    public init() {}
}

/// How to reach Kafka, and as whom.
public struct KafkaSettings: Sendable, Equatable {
    /// `bootstrap_servers`: host:port, several with commas.
    public var bootstrapServers = "localhost:9092"
    /// `group_id`, never empty.
    public var groupID = "tetik"
    /// `client_id`, never empty.
    public var clientID = "tetik"
    /// `group_instance_id`, or nil for dynamic membership.
    public var groupInstanceID: String?
    /// `give_up_after`: how long Kafka may be unreachable before the daemon exits with 69; 0 is for ever.
    public var giveUpAfterMilliseconds: Int64 = 0
    /// `properties`, by name.
    public var properties: [KafkaProperty] = []

    /// The defaults.
    public init() {}
}

/// One property that is handed to librdkafka as it is; a secret one describes itself as hidden.
public struct KafkaProperty: Sendable, Equatable {
    /// The name, such as `sasl.username`.
    public var name: String
    /// The value; librdkafka checks it.
    public var value: String
    /// What is shown for a secret value.
    public static let hidden = "[hidden]"

    /// Makes a property.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// Whether the value must never be shown, by the words in its name.
    ///
    /// `oauthbearer.config` may hold credentials without saying so in its name.
    public var isSecret: Bool {
        let name = name.lowercased()
        return ["password", "secret", "key", "token", "oauthbearer.config"].contains {
            name.containsText($0)
        }
    }

    /// The value, or `[hidden]`.
    public var shownValue: String { isSecret ? Self.hidden : value }
}

extension KafkaProperty: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `name=value`, or `name=[hidden]`.
    public var description: String { "\(name)=\(shownValue)" }
    /// The same as `description`.
    public var debugDescription: String { description }
    /// Without children, so that `dump` and crash reports show no secret either.
    public var customMirror: Mirror { Mirror(self, children: [(label: String?, value: Any)]()) }
}

/// Names of topics, and what to do about missing ones.
public struct TopicSettings: Sendable, Equatable {
    /// `inputs`, 1 to 16 distinct topics; their order breaks ties of event time.
    public var inputs = ["clicks", "carts", "emails"]
    /// `abandoned_cart`.
    public var abandonedCart = "triggers.abandoned-cart"
    /// `churn_risk`.
    public var churnRisk = "triggers.churn-risk"
    /// `ad_suppression`.
    public var adSuppression = "triggers.ad-suppression"
    /// `outcomes`, where `cart_recovered` goes.
    public var outcomes = "triggers.outcomes"
    /// `dead_letters`.
    public var deadLetters = "tetik.dead-letters"
    /// `journal`: what each shard did, for recovery.
    public var journal = "tetik.journal"
    /// `auto_create`: whether missing topics are created, rather than refused.
    public var createsMissing = true
    /// `partitions` of created topics; 0: as many as the input topics have, or 6 if there are none yet.
    public var partitionCount: Int64 = 0
    /// `replication_factor` of created topics; -1: the broker's default.
    public var replicationFactor: Int64 = -1

    /// The defaults.
    public init() {}
}

/// What a reader of the trigger topics can rely on. Source: contract, section 7.
public enum DeliveryGuarantee: String, Sendable, CaseIterable {
    /// Each record once, for readers with `isolation.level=read_committed`.
    case exactlyOnce = "exactly_once"
    /// None missing; repeats carry the same id.
    case atLeastOnce = "at_least_once"
}

/// Where and how often snapshots are written.
public struct StateSettings: Sendable, Equatable {
    /// `directory`.
    public var directory = "/var/lib/tetik"
    /// `snapshot_interval`.
    public var snapshotIntervalMilliseconds: Int64 = 60_000
    /// `snapshots_kept` of each shard, at least 1.
    public var snapshotsKept: Int64 = 3
    /// `shared_directory`: where snapshots go too, for other hosts; nil for nowhere.
    public var sharedDirectory: String?

    /// The defaults.
    public init() {}
}

/// How the work is spread over threads.
public struct ShardSettings: Sendable, Equatable {
    /// `threads`; 0: one per core.
    public var threadCount: Int64 = 0

    /// The defaults.
    public init() {}
}

/// Where the admin service listens.
public struct HTTPSettings: Sendable, Equatable {
    /// `listen`.
    public var listen = ListenAddress(host: "127.0.0.1", port: 8_080)
    /// `token_file`: whose first line every request has to bring; empty for none.
    public var tokenFile = ""
    /// `ready_lag_max`: with more records than this waiting to be read the daemon is not ready.
    public var readyLagCountMax: Int64 = 1_000_000

    /// The defaults.
    public init() {}
}

/// How the daemon logs.
public struct LogSettings: Sendable, Equatable {
    /// `level`: the least severe messages that are written.
    public var level = LogLevel.info
    /// `format`.
    public var format = LogFormat.auto
    /// `customers`: how ids of customers look above debug.
    public var customers = LoggedCustomers.hashed

    /// The defaults.
    public init() {}
}

/// How ids of customers look in log lines above debug.
public enum LoggedCustomers: String, Sendable, CaseIterable {
    /// As a hash, which tells customers apart and does not name them.
    case hashed
    /// As they are.
    case plain
}

/// Severities, named as in swift-log.
public enum LogLevel: String, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error
}

/// How log lines look.
public enum LogFormat: String, Sendable, CaseIterable {
    /// Text on a terminal, JSON lines otherwise.
    case auto
    case text, json
}
