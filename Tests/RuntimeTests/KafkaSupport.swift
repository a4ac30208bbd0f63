import Foundation
import KafkaTransport
import Primitives
import Settings
import Testing

@testable import Runtime

/// Generous: how long anything may take before a test gives up.
let patience = Duration.seconds(30)

/// Runs `body` with a mock cluster and stops it whatever happens.
func withMockCluster(_ topics: [String: Int], _ body: (MockCluster) throws -> Void) throws {
    let cluster = try MockCluster()
    defer { cluster.stop() }
    for (name, partitions) in topics { try cluster.createTopic(name, partitions: partitions) }
    try body(cluster)
}

/// The default settings for a mock cluster.
func settings(for cluster: MockCluster) -> Settings {
    var settings = Settings()
    settings.kafka.bootstrapServers = cluster.bootstrapServers
    return settings
}

/// A record to write.
struct TestRecord {
    var topic: String
    var partition: Int32?
    var key: String?
    var value: String?
    var timestamp: Int64?
}

/// Writes records in order and waits until all are there.
func produce(_ records: [TestRecord], to cluster: MockCluster) throws {
    let producer = try KafkaProducer(ProducerConfiguration(bootstrapServers: cluster.bootstrapServers))
    defer { producer.close() }
    for record in records {
        let topic = try producer.topic(named: record.topic)
        let key = record.key.map { Array($0.utf8) }
        let value = record.value.map { Array($0.utf8) }
        _ = try (key ?? []).withUnsafeBytes { keyBytes in
            try (value ?? []).withUnsafeBytes { valueBytes in
                try producer.produce(
                    to: topic, partition: record.partition, key: key == nil ? nil : keyBytes,
                    value: value == nil ? nil : valueBytes, timestampMilliseconds: record.timestamp)
            }
        }
    }
    try producer.flush(timeoutMilliseconds: 10_000)
}

/// A file that is gone after the test.
struct TemporaryFile {
    let path = NSTemporaryDirectory() + "tetik-\(UUID().uuidString)"

    func output() throws -> FileOutput { try FileOutput(path: path) }

    func lines() throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
