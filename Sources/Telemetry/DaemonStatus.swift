/// Everything that can be seen of a running daemon, at one moment: a plain value for metrics, pages and commands.
///
/// In JSON the names are in snake case. Times are RFC 3339 texts, durations seconds, sizes bytes.
public struct DaemonStatus: Sendable, Codable, Equatable {
    /// What the daemon is about.
    public enum Phase: String, Sendable, Codable, CaseIterable {
        /// Before the group has given it anything.
        case starting
        /// State is being rebuilt.
        case recovering
        /// At work.
        case running
        /// No broker answers.
        case waitingForKafka = "waiting_for_kafka"
        /// On its way to the end.
        case stopping
    }

    /// The program's version.
    public var version = ""
    /// First 16 hex digits of a hash over all settings that decide records.
    public var configurationFingerprint = ""
    /// The consumer group.
    public var consumerGroup = ""
    /// The time of this status.
    public var at = ""
    /// Since the start of the process.
    public var uptimeSeconds: Double = 0
    /// What it is about.
    public var phase = Phase.starting
    /// For how long it has been about that.
    public var phaseSeconds: Double = 0
    /// Whether every shard's thread turns.
    public var isLive = true
    /// Whether it is recovered, assigned, in contact with Kafka and not lagging over the limit.
    public var isReady = false
    /// Why it is not live or not ready, in words.
    public var problems: [String] = []
    /// Sums over all shards since the start.
    public var totals = Totals()
    /// Records acknowledged since the start, by type, always all four.
    public var triggers: [TriggerCount] = []
    /// The shards that are here, by partition.
    public var shards: [Shard] = []
    /// How long commits took.
    public var commits = LatencyHistogram()
    /// Commits that failed and were tried again.
    public var commitFailureCount: Int64 = 0
    /// From the end of the step that emitted a record to its acknowledgement.
    public var triggerLatency = LatencyHistogram()
    /// The clients' own view of the brokers.
    public var kafka = Kafka()
    /// Snapshots on disk.
    public var snapshots = Snapshots()
    /// Rebuilding of state.
    public var recovery = Recovery()
    /// The admin service.
    public var http = HTTP()
    /// Resident memory of the process; nil where the system does not say.
    public var residentByteCount: Int64?

    /// An empty status.
    public init() {}

    /// Sums since the start; `customerCount` and sizes are of the shards that are here now.
    public struct Totals: Sendable, Codable, Equatable {
        /// Records read from the input topics.
        public var eventCount: Int64 = 0
        /// Those applied by an engine.
        public var appliedCount: Int64 = 0
        /// Those that went to the dead letters.
        public var rejectedCount: Int64 = 0
        /// Those of unknown types or without a value.
        public var ignoredCount: Int64 = 0
        /// Events that repeated an id or an order.
        public var duplicateCount: Int64 = 0
        /// Events older than the watermark.
        public var lateCount: Int64 = 0
        /// Skus that found no room in a cart.
        public var droppedItemCount: Int64 = 0
        /// Records acknowledged on the trigger topics.
        public var triggerCount: Int64 = 0
        /// Dead letters acknowledged.
        public var deadLetterCount: Int64 = 0
        /// Input that retention removed before it was read, at most.
        public var lostCount: Int64 = 0
        /// Customers in memory.
        public var customerCount: Int64 = 0
        /// Memory reserved for customers and timers.
        public var memoryByteCount: Int64 = 0
        /// Pending timers.
        public var timerCount: Int64 = 0
        /// Records that wait to be read; nil while unknown.
        public var lagCount: Int64?

        /// Sums at 0.
        public init() {}
    }

    /// How many records of one type.
    public struct TriggerCount: Sendable, Codable, Equatable {
        /// The record's type.
        public var type: String
        /// How many were acknowledged.
        public var count: Int64

        /// Makes a count.
        public init(type: String, count: Int64) {
            self.type = type
            self.count = count
        }
    }

    /// One partition of all input topics.
    public struct Shard: Sendable, Codable, Equatable {
        /// The partition.
        public var partition: Int32
        /// Records read.
        public var eventCount: Int64 = 0
        /// Those that went to the dead letters.
        public var rejectedCount: Int64 = 0
        /// Those of unknown types or without a value.
        public var ignoredCount: Int64 = 0
        /// Records that wait to be read; nil while unknown.
        public var lagCount: Int64?
        /// The watermark; nil before the first event.
        public var watermark: String?
        /// Wall clock minus watermark; nil before the first event.
        public var watermarkDelaySeconds: Double?
        /// Customers in memory.
        public var customerCount: Int64 = 0
        /// Memory reserved for customers and timers.
        public var memoryByteCount: Int64 = 0
        /// Pending timers.
        public var timerCount: Int64 = 0
        /// Since the shard last read or fired something; nil if it never did.
        public var lastStepAgeSeconds: Double?
        /// How long that step took.
        public var lastStepSeconds: Double = 0
        /// Since the shard's positions were last committed; nil if they never were.
        public var lastCommitAgeSeconds: Double?
        /// Whether its state is complete.
        public var isRecovered = true

        /// Makes the status of a shard that has done nothing yet.
        public init(partition: Int32) { self.partition = partition }
    }

    /// The clients' own view of the brokers.
    public struct Kafka: Sendable, Codable, Equatable {
        /// Whether a broker answers.
        public var isReachable = true
        /// For how long none has answered; nil while one does.
        public var unreachableSeconds: Double?
        /// Partitions of the group that are ours; nil before the first assignment.
        public var assignedPartitionCount: Int64?
        /// Times that partitions were given or taken away.
        public var rebalanceCount: Int64 = 0
        /// Records that are written and not acknowledged.
        public var unsentCount: Int64 = 0
        /// The slowest broker's 99th percentile of the round trip.
        public var roundTripP99Seconds: Double = 0

        /// A view of nothing.
        public init() {}
    }

    /// Snapshots on disk, over all shards.
    public struct Snapshots: Sendable, Codable, Equatable {
        /// Snapshots written since the start.
        public var count: Int64 = 0
        /// Those that failed.
        public var failureCount: Int64 = 0
        /// Age of the oldest of the shards' newest ones, of those shards that have changed since; nil if there is none.
        public var ageSeconds: Double?
        /// How long the last one took.
        public var lastSeconds: Double = 0
        /// Bytes of the last one.
        public var lastByteCount: Int64 = 0

        /// No snapshots.
        public init() {}
    }

    /// Rebuilding of state after a start or a move.
    public struct Recovery: Sendable, Codable, Equatable {
        /// Input records applied again so far, over the shards that are recovering.
        public var doneCount: Int64 = 0
        /// How many there are in all, over the shards that are recovering.
        public var totalCount: Int64 = 0
        /// How long the last finished one took.
        public var lastSeconds: Double = 0

        /// Nothing to recover.
        public init() {}
    }

    /// The admin service itself.
    public struct HTTP: Sendable, Codable, Equatable {
        /// Requests answered.
        public var requestCount: Int64 = 0
        /// Requests refused: not authorised, too large, too many.
        public var refusedCount: Int64 = 0
        /// Readers of the trigger stream at this moment.
        public var streamCount: Int64 = 0
        /// Readers that were dropped because they were too slow.
        public var droppedStreamCount: Int64 = 0

        /// Nobody there.
        public init() {}
    }
}
