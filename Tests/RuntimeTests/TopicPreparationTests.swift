import KafkaTransport
import Logging
import Settings
import Testing

@testable import Runtime

/// New topics, before anything is written to them.
struct TopicPreparationTests {
    private func wait(for topics: [NewTopic], _ cluster: MockCluster) throws(DaemonFailure) -> Bool {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let settings = settings(for: cluster)
        let preparation = TopicPreparation(
            settings: settings, lifecycle: Lifecycle(), logger: logger, events: KafkaEventLog(logger),
            observer: DaemonObserver())
        let admin: KafkaAdmin
        do throws(KafkaError) {
            admin = try KafkaAdmin(bootstrapServers: settings.kafka.bootstrapServers)
        } catch {
            throw .fault("\(error)")
        }
        defer { admin.close() }
        return try preparation.waitUntilReady(topics, admin, withinMilliseconds: 1_000)
    }

    private func refusal(_ topics: [NewTopic], _ cluster: MockCluster) -> String {
        do throws(DaemonFailure) {
            return "ready: \(try wait(for: topics, cluster))"
        } catch {
            return error.description
        }
    }

    @Test func `they are waited for until each partition has a leader`() throws {
        try withMockCluster(["a": 2, "b": 1]) { cluster in
            let topics = [NewTopic("a", partitionCount: 2), NewTopic("b", partitionCount: 1)]
            #expect(refusal(topics, cluster) == "ready: true")
            try cluster.setLeader(of: TopicPartition("a", 1), broker: nil)
            #expect(refusal(topics, cluster).contains("after 1 s no broker serves a/1;"))
            try cluster.setLeader(of: TopicPartition("a", 1), broker: 1)
            #expect(refusal(topics, cluster) == "ready: true")
            // All partitions count, and all topics.
            let more = [NewTopic("a", partitionCount: 3), NewTopic("c", partitionCount: 1)]
            #expect(refusal(more, cluster).contains("no broker serves a, c;"))
        }
    }
}
