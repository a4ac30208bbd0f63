import Foundation
import KafkaTransport
import Runtime
import Settings
import Testing

/// Commits positions for a group that nobody is a member of.
private func commit(
    _ position: Int64, of topic: String, _ settings: Settings, _ cluster: MockCluster
) throws {
    let consumer = try KafkaConsumer(
        ConsumerConfiguration(
            bootstrapServers: cluster.bootstrapServers, groupID: settings.kafka.groupID))
    defer { consumer.close() }
    try consumer.commit(
        [PartitionOffset(TopicPartition(topic, 0), KafkaOffset(position))],
        timeoutMilliseconds: Int32(patienceMilliseconds))
}

extension LiveTests {
    @Suite(.serialized) struct StartTests {
        @Test func `input topics with unequal partition counts are refused, naming the counts`() throws {
            try withCluster { cluster in
                var settings = try cluster.settings()
                try cluster.createTopic("wide", partitions: 3)
                settings.topics.inputs[2] = "wide"
                guard case .configuration(let text) = try RunningDaemon(settings).failure() else {
                    Issue.record("it was not refused")
                    return
                }
                #expect(text.contains("\(settings.carts) has 1") && text.contains("wide has 3"))
            }
        }

        @Test func `missing topics are refused, naming them, where they are not to be created`() throws {
            try withCluster { cluster in
                var settings = try cluster.settings()
                settings.topics.inputs[0] = "gone"
                settings.topics.outcomes = "gone-too"
                settings.topics.createsMissing = false
                guard case .configuration(let text) = try RunningDaemon(settings).failure() else {
                    Issue.record("it was not refused")
                    return
                }
                #expect(text.contains("gone, gone-too"))
                #expect(!text.contains(settings.carts))
            }
        }

        @Test func `input that retention removed stops the daemon, unless that is accepted`() throws {
            try withCluster { cluster in
                let settings = try cluster.settings()
                let filler = String(repeating: " ", count: 500_000)
                // The embedded broker keeps 5 MiB of a partition.
                let records = (0..<20).map { number in
                    var record = settings.order("c-\(number)", at: testDay + Int64(number))
                    record.value?.append(contentsOf: Array(filler.utf8))
                    return record
                }
                try writeRecords(records, to: cluster)
                try commit(2, of: settings.carts, settings, cluster)
                guard case .dataLoss(let text) = try RunningDaemon(settings).failure() else {
                    Issue.record("it was not refused")
                    return
                }
                #expect(
                    text.contains("\(settings.carts)/0") && text.contains("from offset 2 on were removed"))
                #expect(text.contains("--accept-data-loss"))
                try withDaemon(settings, acceptsDataLoss: true) { running in
                    try eventually("what is left is read") {
                        running.totals.lostCount > 0
                            && running.totals.eventCount == 18 - running.totals.lostCount
                    }
                }
            }
        }

        @Test func `a topic that ends before the committed position was recreated, which stops the daemon`()
            throws
        {
            try withCluster { cluster in
                let settings = try cluster.settings()
                try writeRecords([settings.order("c", at: testDay)], to: cluster)
                try commit(100, of: settings.carts, settings, cluster)
                guard case .dataLoss(let text) = try RunningDaemon(settings).failure() else {
                    Issue.record("it was not refused")
                    return
                }
                #expect(text.contains("ends at offset 1, before the committed position 100"))
                try withDaemon(settings, acceptsDataLoss: true) { running in
                    try eventually("it is read from its beginning") { running.totals.eventCount == 1 }
                }
            }
        }

        @Test func `after a clean stop it goes on from its snapshot, though the group's positions are gone`()
            throws
        {
            try withCluster { cluster in
                var settings = try cluster.settings()
                // The embedded broker forgets the positions that a transaction commits.
                settings.delivery = .exactlyOnce
                let directory = FileManager.default.temporaryDirectory.appending(
                    path: "tetik-\(UUID().uuidString)")
                defer { try? FileManager.default.removeItem(at: directory) }
                settings.state.directory = directory.path(percentEncoded: false)
                for number in 0..<2 {
                    let order = settings.order("c-\(number)", at: testDay + Int64(number))
                    try writeRecords([order], to: cluster)
                    try withDaemon(settings) { running in
                        try eventually("the order is processed, and not the one before") {
                            running.totals.eventCount == 1
                        }
                    }
                }
            }
        }
    }
}
