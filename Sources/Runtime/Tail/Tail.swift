import KafkaTransport
public import Model
import Primitives
public import Settings

/// Follows the trigger topics and writes each record as a line. No group is joined. One thread.
public struct Tail {
    /// How records are written.
    public enum Format {
        /// The value as it is.
        case json
        /// Aligned columns, cut at the terminal's width, which is asked for again and again.
        case columns(isColoured: Bool, columnCountMax: () -> Int?)
    }

    /// What to follow, and how to show it.
    public struct Options {
        /// Of these, `kafka` and `topics` matter.
        public var settings: Settings
        /// The kinds to show; empty: all.
        public var kinds: Set<RecordKind> = []
        /// The one customer to show; nil: all. Only the partitions of its key are read.
        public var customer: String?
        /// Where to begin in topics and partitions that exist at the start; later ones begin at their oldest.
        public var start = ReadingStart.latest
        /// How to write.
        public var format = Format.json
        /// Where to.
        public var output: FileOutput

        /// Makes options; everything else has a default.
        public init(settings: Settings, output: FileOutput) {
            self.settings = settings
            self.output = output
        }
    }

    /// Fetched ahead, per partition.
    private static let queuedKilobyteCountMax = 1_024
    /// How long to wait for news in one go; a stop is noticed that late.
    private static let waitMilliseconds: Int32 = 100
    /// One question to the brokers.
    private static let requestMilliseconds: Int32 = 2_500
    /// Between questions for new topics and partitions.
    private static let lookInterval = Duration.seconds(30)
    /// The same while a topic or Kafka itself is waited for.
    private static let waitingLookInterval = Duration.seconds(2)

    private let options: Options
    private let partitions = TailPartitions()
    private var news: TailNews
    private var line: TailLine
    private var lookedAt = ContinuousClock.now

    /// Prepares; `note` is told, in words, what is waited for.
    public init(_ options: Options, note: @escaping (String) -> Void) {
        self.options = options
        news = TailNews(servers: options.settings.kafka.bootstrapServers, note: note)
        if case .columns(let isColoured, _) = options.format {
            line = TailLine(isColoured: isColoured)
        } else {
            line = TailLine(isColoured: false)
        }
    }

    /// Follows until `isStopped` says to stop.
    ///
    /// Throws `KafkaReadingError.unreachable` if no broker answers at the start, `KafkaError`, and
    /// `SystemError` from writing. Once begun it waits for brokers and topics for ever.
    public consuming func run(isStopped: () -> Bool) throws {
        let access = KafkaAccess(options.settings.kafka)
        let admin = try access.admin()
        defer { admin.close() }
        guard let metadata = try access.firstMetadata(of: admin, isStopped: isStopped) else { return }
        let consumer = try access.reader(
            queuedKilobyteCountMax: Self.queuedKilobyteCountMax, offsetReset: .earliest)
        defer { consumer.close() }
        defer { partitions.removeAll() }
        try follow(metadata, from: options.start, consumer)
        // BOUND: until stopped; that is what following means.
        while !isStopped() {
            try serve(consumer)
            try look(admin, consumer)
            if try !writeAtHand(isStopped) {
                _ = consumer.signal.wait(timeoutMilliseconds: Self.waitMilliseconds)
            }
        }
        try options.output.flush()
    }

    /// The topics of the kinds to show, each once.
    private var topics: [String] {
        let topics = options.settings.topics
        var names: [String] = []
        for kind in RecordKind.allCases where options.kinds.isEmpty || options.kinds.contains(kind) {
            let name =
                switch kind {
                case .abandonedCart: topics.abandonedCart
                case .cartRecovered: topics.outcomes
                case .churnRisk: topics.churnRisk
                case .adSuppression: topics.adSuppression
                }
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// Takes on the partitions that are not followed yet.
    private mutating func follow(
        _ metadata: ClusterMetadata, from start: ReadingStart, _ consumer: KafkaConsumer
    ) throws {
        var fresh: [TopicPartition] = []
        for topic in topics {
            let count = metadata.partitionCounts[topic] ?? 0
            news.topic(topic, exists: count > 0)
            guard count > 0 else { continue }
            fresh += numbers(partitionCount: Int32(clamping: count)).map { TopicPartition(topic, $0) }
                .filter { !partitions.contains($0) }
        }
        try partitions.add(try Self.offsets(of: fresh, at: start, consumer), of: consumer)
    }

    /// The partitions of a topic that can hold what is to be shown.
    private func numbers(partitionCount: Int32) -> [Int32] {
        guard var customer = options.customer else { return Array(0..<partitionCount) }
        return [
            customer.withUTF8 {
                Murmur2.partition(of: UnsafeRawBufferPointer($0), partitionCount: partitionCount)
            }
        ]
    }

    private static func offsets(
        of partitions: [TopicPartition], at start: ReadingStart, _ consumer: KafkaConsumer
    ) throws -> [PartitionOffset] {
        guard !partitions.isEmpty else { return [] }
        if start == .earliest { return partitions.map { PartitionOffset($0, .beginning) } }
        var offsets = partitions.map { PartitionOffset($0, .end) }
        if case .time(let time) = start {
            offsets = try consumer.offsets(
                forTimes: partitions.map { ($0, time.milliseconds) }, timeoutMilliseconds: 10_000)
        }
        // The end as a number: another assignment before the first record must not skip what came meanwhile.
        for index in offsets.indices where offsets[index].offset.value == nil {
            let range = try consumer.queryWatermarks(
                of: offsets[index].partition, timeoutMilliseconds: 10_000)
            offsets[index].offset = KafkaOffset(range.high)
        }
        return offsets
    }

    /// Takes what the client tells besides records.
    private mutating func serve(_ consumer: KafkaConsumer) throws {
        // BOUND: the events at hand.
        while let event = try consumer.poll(timeoutMilliseconds: 0) {
            guard case .error(let error) = event else { continue }
            if error.isFatal { throw error }
            if error.code == .allBrokersDown {
                lookedAt = .now - Self.lookInterval
            } else if error.kind == .authentication {
                news.trouble(error)
            }
        }
    }

    /// Looks now and then for new topics and partitions, and whether Kafka answers at all.
    private mutating func look(_ admin: KafkaAdmin, _ consumer: KafkaConsumer) throws {
        let interval = news.isWaiting ? Self.waitingLookInterval : Self.lookInterval
        guard ContinuousClock.now - lookedAt >= interval else { return }
        defer { lookedAt = .now }
        do {
            let metadata = try admin.metadata(timeoutMilliseconds: Self.requestMilliseconds)
            news.reached(true)
            try follow(metadata, from: .earliest, consumer)
        } catch let error as KafkaError {
            if error.isFatal { throw error }
            if error.kind == .brokerUnreachable || error.kind == .timedOut {
                news.reached(false)
            } else {
                news.trouble(error)
            }
        }
    }

    /// Writes the records at hand; returns whether there were any.
    private mutating func writeAtHand(_ isStopped: () -> Bool) throws -> Bool {
        partitions.fill { news.trouble($0) }
        var count = 0
        while try !isStopped() && takeNext() { count += 1 }
        if count > 0 { try options.output.flush() }
        return count > 0
    }

    private mutating func takeNext() throws -> Bool {
        var troubles: [KafkaError] = []
        defer { for error in troubles { news.trouble(error) } }
        return try partitions.takeNext({ troubles.append($0) }, { try write($0) })
    }

    private mutating func write(_ head: PartitionHead) throws {
        guard isWanted(head) else { return }
        switch options.format {
        case .json:
            try writeJSON(head.value)
        case .columns(_, let columnCountMax):
            let text = line.text(
                value: head.value, key: head.key, timestampMilliseconds: head.timestampMilliseconds,
                columnCountMax: columnCountMax())
            try options.output.write(text: text + "\n")
        }
    }

    private func isWanted(_ head: PartitionHead) -> Bool {
        if let customer = options.customer {
            guard let key = head.key, key.elementsEqual(customer.utf8) else { return false }
        }
        guard !options.kinds.isEmpty else { return true }
        // Topics may be one and the same.
        let type = head.value.flatMap { TriggerFields($0)?.text("type") }
        return type.flatMap(TailLine.kind).map(options.kinds.contains) ?? false
    }

    /// The value as it is, on one line whatever somebody wrote to the topic.
    private func writeJSON(_ value: UnsafeRawBufferPointer?) throws {
        var line = ByteWriter(capacity: (value?.count ?? 4) + 1)
        if let value {
            for byte in value { line.append(byte == 0x0A || byte == 0x0D ? 0x20 : byte) }
        } else {
            line.append("null")
        }
        line.append("\n")
        try options.output.write(line.bytes)
    }
}
