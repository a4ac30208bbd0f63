/// What is worth a metric in librdkafka's statistics.
///
/// Source of the names and units: librdkafka 2.0.2, STATISTICS.md. Totals count from the client's start.
public struct KafkaStatistics: Sendable, Equatable {
    /// One connection to a broker.
    public struct Broker: Sendable, Equatable {
        /// `host:port/number`, or the name of a logical connection such as `GroupCoordinator`.
        public var name = ""
        /// The broker's number, or -1 before it is known.
        public var number: Int64 = -1
        /// `UP`, `DOWN`, `INIT` and so on.
        public var state = ""
        /// Requests waiting to be sent.
        public var requestsQueued: Int64 = 0
        /// 99th percentile of the round trip, in microseconds, of the last interval.
        public var roundTripP99Microseconds: Int64 = 0
        /// Longest throttling in the last interval, in milliseconds.
        public var throttleMaxMilliseconds: Int64 = 0
    }

    /// One partition.
    public struct Partition: Sendable, Equatable {
        /// Which one.
        public var partition = TopicPartition("", 0)
        /// Records between the application's position and the partition's end; -1 if not known.
        public var consumerLag: Int64 = -1
        /// Records fetched and not read.
        public var fetchQueueCount: Int64 = 0
        /// Bytes fetched and not read.
        public var fetchQueueBytes: Int64 = 0
    }

    /// Records waiting in the producer's queue, or on their way.
    public var queueCount: Int64 = 0
    /// Their bytes.
    public var queueBytes: Int64 = 0
    /// Events not yet served by the application.
    public var eventQueueCount: Int64 = 0
    /// Requests sent in all.
    public var requestsSent: Int64 = 0
    /// Bytes sent in all.
    public var bytesSent: Int64 = 0
    /// Responses received in all.
    public var responsesReceived: Int64 = 0
    /// Bytes received in all.
    public var bytesReceived: Int64 = 0
    /// Records sent in all.
    public var messagesSent: Int64 = 0
    /// Bytes of the records sent.
    public var messageBytesSent: Int64 = 0
    /// Records received in all.
    public var messagesReceived: Int64 = 0
    /// Bytes of the records received.
    public var messageBytesReceived: Int64 = 0
    /// Connections, in librdkafka's order.
    public var brokers: [Broker] = []
    /// Partitions known to the client, in librdkafka's order.
    public var partitions: [Partition] = []

    /// Reads librdkafka's JSON text; nil if it is malformed.
    public init?(json: String) {
        var scanner = JSONScanner(json)
        var result = Self()
        scanner.object { scanner, name in result.read(name, &scanner) }
        guard !scanner.failed else { return nil }
        self = result
    }

    private init() {}

    private static var totals: [String: WritableKeyPath<KafkaStatistics, Int64>] {
        [
            "msg_cnt": \.queueCount, "msg_size": \.queueBytes, "replyq": \.eventQueueCount,
            "tx": \.requestsSent, "tx_bytes": \.bytesSent, "rx": \.responsesReceived,
            "rx_bytes": \.bytesReceived, "txmsgs": \.messagesSent, "txmsg_bytes": \.messageBytesSent,
            "rxmsgs": \.messagesReceived, "rxmsg_bytes": \.messageBytesReceived,
        ]
    }

    private mutating func read(_ name: String, _ scanner: inout JSONScanner) {
        if let total = Self.totals[name] {
            self[keyPath: total] = scanner.integer()
            return
        }
        var brokers: [Broker] = []
        var partitions: [Partition] = []
        switch name {
        case "brokers":
            scanner.object { scanner, name in brokers.append(Self.broker(name, &scanner)) }
            self.brokers = brokers
        case "topics":
            scanner.object { scanner, topic in partitions += Self.partitions(of: topic, &scanner) }
            self.partitions = partitions
        default: scanner.skip()
        }
    }

    private static func broker(_ name: String, _ scanner: inout JSONScanner) -> Broker {
        var broker = Broker(name: name)
        scanner.object { scanner, name in
            switch name {
            case "nodeid": broker.number = scanner.integer()
            case "state": broker.state = scanner.string() ?? ""
            case "outbuf_cnt": broker.requestsQueued = scanner.integer()
            case "rtt": broker.roundTripP99Microseconds = member("p99", &scanner)
            case "throttle": broker.throttleMaxMilliseconds = member("max", &scanner)
            default: scanner.skip()
            }
        }
        return broker
    }

    private static func member(_ wanted: String, _ scanner: inout JSONScanner) -> Int64 {
        var result: Int64 = 0
        scanner.object { scanner, name in
            if name == wanted { result = scanner.integer() } else { scanner.skip() }
        }
        return result
    }

    private static func partitions(of topic: String, _ scanner: inout JSONScanner) -> [Partition] {
        var result: [Partition] = []
        scanner.object { scanner, name in
            guard name == "partitions" else { return scanner.skip() }
            scanner.object { scanner, number in
                var partition = Partition(partition: TopicPartition(topic, Int32(number) ?? -1))
                scanner.object { scanner, name in
                    switch name {
                    case "consumer_lag": partition.consumerLag = scanner.integer()
                    case "fetchq_cnt": partition.fetchQueueCount = scanner.integer()
                    case "fetchq_size": partition.fetchQueueBytes = scanner.integer()
                    default: scanner.skip()
                    }
                }
                // Partition -1 is librdkafka's own, for records without a partition yet.
                if partition.partition.partition >= 0 { result.append(partition) }
            }
        }
        return result
    }
}
