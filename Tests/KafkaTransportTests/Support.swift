import Glibc
import KafkaTransport
import Testing

/// Runs `body` with a mock cluster and stops it whatever happens.
func withMockCluster(
    brokers: Int = 1, topics: [String: Int] = ["t": 1], _ body: (MockCluster) throws -> Void
) throws {
    let cluster = try MockCluster(brokerCount: brokers)
    defer { cluster.stop() }
    for (name, partitions) in topics { try cluster.createTopic(name, partitions: partitions) }
    try body(cluster)
}

/// Generous: how long anything may take before a test gives up.
let patience = Duration.seconds(30)
let pollMilliseconds: Int32 = 50

/// Calls `step` until it says true.
func eventually(_ what: Comment, _ step: () throws -> Bool) throws {
    let start = ContinuousClock.now
    while ContinuousClock.now - start < patience { if try step() { return } }
    Issue.record(what)
    throw KafkaError(code: .timedOut, operation: "test")
}

/// Text as bytes for the length of a call.
func withBytes<Result>(_ text: String?, _ body: (UnsafeRawBufferPointer?) throws -> Result) rethrows -> Result
{
    guard let text else { return try body(nil) }
    return try Array(text.utf8).withUnsafeBytes { try body($0) }
}

func text(_ bytes: UnsafeRawBufferPointer?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

extension KafkaProducer {
    func send(
        _ topic: String, partition: Int32? = nil, key: String? = nil, value: String?, timestamp: Int64? = nil,
        token: UInt64 = 0
    ) throws -> ProduceOutcome {
        let topic = try self.topic(named: topic)
        return try withBytes(key) { key in
            try withBytes(value) { value in
                try produce(
                    to: topic, partition: partition, key: key, value: value,
                    timestampMilliseconds: timestamp, token: token)
            }
        }
    }

    func reports() -> [DeliveryReport] {
        var reports: [DeliveryReport] = []
        takeReports(into: &reports)
        return reports
    }
}

/// Runs `body` with a producer and closes it whatever happens.
func withProducer(
    _ cluster: MockCluster, transactionalID: String? = nil, properties: KafkaProperties = [:],
    statistics: Int = 0, _ body: (KafkaProducer) throws -> Void
) throws {
    var configuration = ProducerConfiguration(
        bootstrapServers: cluster.bootstrapServers, transactionalID: transactionalID)
    configuration.properties = properties
    configuration.statisticsIntervalMilliseconds = statistics
    let producer = try KafkaProducer(configuration)
    defer { producer.close() }
    try body(producer)
}

/// Runs `body` with a consumer without a subscription and closes it whatever happens.
func withReader(
    _ cluster: MockCluster, group: String = "reader", properties: KafkaProperties = [:], statistics: Int = 0,
    _ body: (KafkaConsumer) throws -> Void
) throws {
    var configuration = ConsumerConfiguration(bootstrapServers: cluster.bootstrapServers, groupID: group)
    configuration.properties = properties
    configuration.statisticsIntervalMilliseconds = statistics
    let consumer = try KafkaConsumer(configuration)
    defer { consumer.close() }
    try body(consumer)
}

/// A record copied out, for comparing.
struct Copy: Equatable {
    var key: String?
    var value: String?
    var offset: Int64
    var headers: [String] = []
    var timestamp: Int64?

    init(_ record: borrowing ConsumerRecord) throws {
        key = text(record.key)
        value = text(record.value)
        offset = record.offset
        timestamp = record.timestampMilliseconds
        var headers: [String] = []
        try record.forEachHeader { name, value in
            headers.append("\(text(name) ?? "")=\(text(value) ?? "null")")
        }
        self.headers = headers
    }
}

/// Reads a queue, and serves its consumer, up to the end of the partition.
func readToEnd(_ queue: borrowing PartitionQueue, of consumer: KafkaConsumer) throws -> ([Copy], end: Int64) {
    var copies: [Copy] = []
    let start = ContinuousClock.now
    while ContinuousClock.now - start < patience {
        _ = try consumer.poll(timeoutMilliseconds: 0)
        switch queue.next(timeoutMilliseconds: pollMilliseconds) {
        case .record(let record): copies.append(try Copy(record))
        case .endOfPartition(let end): return (copies, end)
        case .failed(let error): throw error
        case .empty: break
        }
    }
    throw KafkaError(code: .timedOut, operation: "test")
}

/// A thread of the operating system that runs one function.
final class Thread {
    private var handle = pthread_t()

    init(_ body: @escaping @Sendable () -> Void) throws {
        // SAFETY: the box is retained here and released by the thread, which takes it over.
        let box = Unmanaged.passRetained(Box(body)).toOpaque()
        let result = pthread_create(
            &handle, nil,
            { box in
                if let box { Unmanaged<Box>.fromOpaque(box).takeRetainedValue().body() }
                return nil
            }, box)
        try #require(result == 0)
    }

    func join() { pthread_join(handle, nil) }

    private final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
