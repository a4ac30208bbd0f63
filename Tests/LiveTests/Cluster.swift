import Glibc
import KafkaTransport
import Primitives
import Settings
import Testing

/// Generous: how long anything may take before a test gives up; sanitizers need more of it.
let patienceMilliseconds: Int64 =
    1_000 * (getenv("TETIK_PATIENCE_SECONDS").flatMap { Int64(String(cString: $0)) } ?? 30)

/// Calls `condition` until it says true.
func eventually(_ what: Comment, _ condition: () throws -> Bool) throws {
    let start = ContinuousClock.now
    while try !condition() {
        try #require(ContinuousClock.now - start < .milliseconds(patienceMilliseconds), what)
        usleep(5_000)
    }
}

/// Runs `body` with an embedded broker that has the topics of each of `settings`, and stops it whatever happens.
func withCluster(_ body: (MockCluster) throws -> Void) throws {
    let cluster = try MockCluster()
    defer { cluster.stop() }
    try body(cluster)
}

extension MockCluster {
    /// Settings of a daemon on this broker; `name` keeps its group and topics apart from those of others.
    func settings(_ name: String = "tetik", partitions: Int = 1) throws -> Settings {
        var settings = Settings()
        settings.kafka.bootstrapServers = bootstrapServers
        settings.kafka.groupID = name
        settings.delivery = .atLeastOnce
        settings.idleAfterMilliseconds = 3_600_000
        settings.shards.threadCount = 2
        // The embedded broker forgets a member that left only after its session timeout.
        settings.kafka.properties = [
            KafkaProperty(name: "session.timeout.ms", value: "4000"),
            KafkaProperty(name: "heartbeat.interval.ms", value: "200"),
        ]
        settings.topics.inputs = ["\(name).clicks", "\(name).carts", "\(name).emails"]
        settings.topics.abandonedCart = "\(name).abandoned-cart"
        settings.topics.churnRisk = "\(name).churn-risk"
        settings.topics.adSuppression = "\(name).ad-suppression"
        settings.topics.outcomes = "\(name).outcomes"
        settings.topics.deadLetters = "\(name).dead-letters"
        settings.topics.journal = "\(name).journal"
        try createTopic(settings.topics.journal, partitions: partitions)
        for topic in settings.topics.inputs { try createTopic(topic, partitions: partitions) }
        for topic in settings.outputTopics { try createTopic(topic, partitions: 1) }
        return settings
    }
}

extension Settings {
    var clicks: String { topics.inputs[0] }
    var carts: String { topics.inputs[1] }
    var emails: String { topics.inputs[2] }
    var triggerTopics: [String] {
        [topics.abandonedCart, topics.outcomes, topics.churnRisk, topics.adSuppression]
    }
    var outputTopics: [String] { triggerTopics + [topics.deadLetters] }
}

/// A record as it is written, and read back.
struct TestRecord: Equatable {
    struct Header: Equatable {
        var name: String
        var value: [UInt8]?

        init(_ name: String, _ value: String?) {
            self.name = name
            self.value = value.map { Array($0.utf8) }
        }
    }

    var topic: String
    var partition: Int32 = 0
    var key: [UInt8]?
    var value: [UInt8]?
    var timestamp: Int64
    var headers: [Header] = []

    var text: String { String(decoding: value ?? [], as: UTF8.self) }
}

extension TestRecord {
    init(_ topic: String, partition: Int32 = 0, key: String?, _ value: String?, at timestamp: Int64) {
        self.topic = topic
        self.partition = partition
        self.key = key.map { Array($0.utf8) }
        self.value = value.map { Array($0.utf8) }
        self.timestamp = timestamp
    }
}

/// Writes records in order and waits until all are there.
func writeRecords(_ records: [TestRecord], to cluster: MockCluster) throws {
    var configuration = ProducerConfiguration(bootstrapServers: cluster.bootstrapServers)
    configuration.properties = ["message.max.bytes": "\(8 << 20)"]
    let producer = try KafkaProducer(configuration)
    defer { producer.close() }
    for record in records {
        let topic = try producer.topic(named: record.topic)
        var headers = RecordHeaders()
        for header in record.headers {
            Array(header.name.utf8).withUnsafeBytes { name in
                withBytes(header.value) { headers.append(name: name, value: $0) }
            }
        }
        try withBytes(record.key) { key in
            try withBytes(record.value) { value in
                while try producer.produce(
                    to: topic, partition: record.partition, key: key, value: value, headers: headers,
                    timestampMilliseconds: record.timestamp) == .queueFull
                {
                    producer.poll(timeoutMilliseconds: 10)
                }
            }
        }
    }
    try producer.flush(timeoutMilliseconds: Int32(patienceMilliseconds))
    var reports: [DeliveryReport] = []
    producer.takeReports(into: &reports)
    #expect(reports.count == records.count)
    #expect(reports.allSatisfy { $0.error == nil })
}

private func withBytes<Result>(
    _ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) throws -> Result
) rethrows -> Result {
    guard let bytes else { return try body(nil) }
    return try bytes.withUnsafeBytes { try body($0) }
}

/// Follows partition 0 of topics from their beginning, until it is closed.
final class TopicReader {
    private let consumer: KafkaConsumer
    private var queues: [QueueBox] = []
    /// What was read, by topic, in order.
    private(set) var records: [String: [TestRecord]] = [:]

    init(_ cluster: MockCluster, _ topics: [String]) throws {
        consumer = try KafkaConsumer(
            ConsumerConfiguration(bootstrapServers: cluster.bootstrapServers, groupID: "reader"))
        for topic in topics {
            queues.append(
                QueueBox(try consumer.openQueue(for: TopicPartition(topic, 0), topicIndex: 0)))
        }
        try consumer.assign(topics.map { PartitionOffset(TopicPartition($0, 0), .beginning) })
    }

    /// Reads what is at hand.
    func read() throws {
        while try consumer.poll(timeoutMilliseconds: 0) != nil {}
        for queue in queues {
            try queue.readAll { records[$0.topic, default: []].append($0) }
        }
    }

    /// The records of all topics, read so far.
    var count: Int { records.values.reduce(0) { $0 + $1.count } }

    /// Reads until `condition` holds.
    func read(until what: Comment, _ condition: (TopicReader) throws -> Bool) throws {
        try eventually(what) {
            try read()
            return try condition(self)
        }
    }

    func close() {
        queues = []
        consumer.close()
    }
}

/// Runs `body` with a reader and closes it whatever happens.
func withReader(
    _ cluster: MockCluster, _ topics: [String], _ body: (TopicReader) throws -> Void
) throws {
    let reader = try TopicReader(cluster, topics)
    defer { reader.close() }
    try body(reader)
}

/// A partition queue that an array can hold.
private final class QueueBox {
    private let queue: PartitionQueue

    init(_ queue: consuming PartitionQueue) { self.queue = queue }

    /// Takes everything at hand.
    func readAll(_ body: (TestRecord) -> Void) throws {
        // BOUND: until nothing is at hand.
        while true {
            switch queue.next() {
            case .record(let record): body(try TestRecord(record, topic: queue.partition.topic))
            case .failed(let error): throw error
            case .endOfPartition: continue
            case .empty: return
            }
        }
    }
}

extension TestRecord {
    fileprivate init(_ record: borrowing ConsumerRecord, topic: String) throws {
        self.topic = topic
        partition = record.partition
        key = record.key.map { Array($0) }
        value = record.value.map { Array($0) }
        timestamp = record.timestampMilliseconds ?? -1
        var headers: [Header] = []
        try record.forEachHeader { name, value in
            var header = Header(String(decoding: name, as: UTF8.self), nil)
            header.value = value.map { Array($0) }
            headers.append(header)
        }
        self.headers = headers
    }
}

/// What a group has committed for partition 0 of topics; nil where nothing.
func committed(_ settings: Settings, _ cluster: MockCluster) throws -> [Int64?] {
    let consumer = try KafkaConsumer(
        ConsumerConfiguration(
            bootstrapServers: cluster.bootstrapServers, groupID: settings.kafka.groupID))
    defer { consumer.close() }
    return try consumer.committed(
        settings.topics.inputs.map { TopicPartition($0, 0) },
        timeoutMilliseconds: Int32(patienceMilliseconds)
    ).map(\.offset.value)
}
