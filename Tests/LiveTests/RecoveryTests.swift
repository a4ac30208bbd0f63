import Foundation
import KafkaTransport
import Runtime
import Settings
import Testing

/// Runs `body` with settings that keep their state in a directory which outlives a daemon.
private func withState(
    _ settings: Settings, _ body: (Settings) throws -> Void
) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "tetik-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    var settings = settings
    settings.state.directory = directory.path(percentEncoded: false)
    settings.state.snapshotIntervalMilliseconds = 200
    try body(settings)
}

extension LiveTests {
    /// The embedded broker forgets the offsets of transactions, so exactly once goes by the journal alone here.
    @Suite(.serialized) struct RecoveryTests {
        @Test(arguments: [DeliveryGuarantee.exactlyOnce, .atLeastOnce], [true, false])
        func `a cart from before a restart is abandoned after it, once`(
            _ delivery: DeliveryGuarantee, _ isSameHost: Bool
        ) throws {
            try withCluster { cluster in
                var settings = try cluster.settings()
                settings.delivery = delivery
                let topic = settings.topics.abandonedCart
                try withState(settings) { sameHost in
                    let settings = isSameHost ? sameHost : settings
                    try withReader(cluster, [topic]) { reader in
                        try withDaemon(settings) { running in
                            try writeRecords(
                                (0..<100).map { settings.add("c-\($0)", at: testDay + Int64($0)) },
                                to: cluster)
                            try eventually("the carts are read") { running.totals.eventCount == 100 }
                        }
                        try withDaemon(settings) { running in
                            try writeRecords([settings.click("z", at: testDay + 2 * hour)], to: cluster)
                            try reader.read(until: "all carts") { $0.customers(topic).count >= 100 }
                            // What was there before the start is not counted again.
                            #expect(running.totals.eventCount == 1)
                            #expect(running.totals.engine.appliedCount == 1)
                            #expect(running.totals.customerCount == 101)
                        }
                        // The third one has nothing more to say.
                        try withDaemon(settings) { running in
                            try writeRecords([settings.click("y", at: testDay + 2 * hour)], to: cluster)
                            try eventually("the click is read") { running.totals.eventCount == 1 }
                        }
                        try reader.read()
                        #expect(reader.customers(topic) == (0..<100).map { "c-\($0)" })
                    }
                }
            }
        }

        @Test func `rules that change over a restart hold from then on, and overdue steps fire at once`()
            throws
        {
            try withCluster { cluster in
                let settings = try cluster.settings()
                let topic = settings.topics.abandonedCart
                try withState(settings) { settings in
                    try withReader(cluster, [topic]) { reader in
                        try withDaemon(settings) { running in
                            try writeRecords(
                                [
                                    settings.add("early", at: testDay),
                                    settings.add("late", at: testDay + 25 * minute),
                                    settings.click("z", at: testDay + 35 * minute),
                                ], to: cluster)
                            try eventually("all is read") { running.totals.eventCount == 3 }
                        }
                        #expect(reader.count == 0)
                        var changed = settings
                        changed.rules.abandonedCart.stepMilliseconds = [30 * minute]
                        try withDaemon(changed) { running in
                            try reader.read(until: "the overdue cart") { $0.customers(topic) == ["early"] }
                            try writeRecords([settings.click("z", at: testDay + hour)], to: cluster)
                            try reader.read(until: "the other one") { $0.customers(topic).count == 2 }
                        }
                        // And once more: the journal holds the change.
                        try withDaemon(changed) { running in
                            try writeRecords([settings.click("z", at: testDay + 3 * hour)], to: cluster)
                            try eventually("all is read") { running.totals.eventCount == 1 }
                        }
                        try reader.read()
                        #expect(reader.customers(topic) == ["early", "late"])
                        #expect(
                            reader.records[topic]?.map(\.timestamp)
                                == [testDay + 30 * minute, testDay + 55 * minute])
                    }
                }
            }
        }

        @Test func `a damaged snapshot is named, and the state comes from elsewhere`() throws {
            try withCluster { cluster in
                let settings = try cluster.settings()
                let topic = settings.topics.abandonedCart
                try withState(settings) { settings in
                    try withDaemon(settings) { running in
                        try writeRecords([settings.add("c", at: testDay)], to: cluster)
                        try eventually("a snapshot is there") { running.daemon.status.snapshots.count > 0 }
                    }
                    let folder = URL(filePath: settings.state.directory).appending(path: "shard-0")
                    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path())
                    where name.hasSuffix(".snap") {
                        var bytes = try Data(contentsOf: folder.appending(path: name))
                        bytes[bytes.count / 2] ^= 4
                        try bytes.write(to: folder.appending(path: name))
                    }
                    try withReader(cluster, [topic]) { reader in
                        try withDaemon(settings) { running in
                            try writeRecords([settings.click("z", at: testDay + 2 * hour)], to: cluster)
                            try reader.read(until: "the cart") { $0.customers(topic) == ["c"] }
                            #expect(running.log.count(containing: "a snapshot cannot be used") > 0)
                            #expect(running.log.count(containing: "shard-0/") > 0)
                        }
                    }
                }
            }
        }

        @Test func `a snapshot without its journal stops the start with an explanation`() throws {
            try withCluster { cluster in
                var settings = try cluster.settings()
                settings.delivery = .exactlyOnce
                try withState(settings) { settings in
                    try withDaemon(settings) { running in
                        try writeRecords([settings.add("c", at: testDay)], to: cluster)
                        try eventually("a snapshot is there") { running.daemon.status.snapshots.count > 0 }
                    }
                    var changed = settings
                    changed.topics.journal = "tetik.other-journal"
                    try cluster.createTopic(changed.topics.journal, partitions: 1)
                    let running = RunningDaemon(changed)
                    let failure = try #require(try running.failure())
                    #expect("\(failure)".contains("the journal cannot be used"))
                }
            }
        }

        @Test func `without a disk processing goes on, and the failure is counted`() throws {
            try withCluster { cluster in
                let settings = try cluster.settings()
                try withState(settings) { settings in
                    try withDaemon(settings) { running in
                        try writeRecords([settings.add("c", at: testDay)], to: cluster)
                        try eventually("a snapshot is there") { running.daemon.status.snapshots.count > 0 }
                        try FileManager.default.removeItem(atPath: settings.state.directory)
                        // A file where the directory was: nothing can be made below it.
                        try Data().write(to: URL(filePath: settings.state.directory))
                        var count: Int64 = 1
                        try eventually("a failure is counted") {
                            count += 1
                            try writeRecords([settings.add("c", at: testDay + count)], to: cluster)
                            return running.daemon.status.snapshots.failureCount > 0
                        }
                        try eventually("processing goes on") { running.totals.eventCount == count }
                        #expect(running.log.count(containing: "a snapshot could not be written") > 0)
                    }
                }
            }
        }

        @Test func `a directory in use, and one that cannot be made, are refused with what to do`() throws {
            try withCluster { cluster in
                let settings = try cluster.settings()
                try withState(settings) { settings in
                    try withDaemon(settings) { running in
                        try eventually("it runs") { running.log.count(containing: "running") > 0 }
                        let second = RunningDaemon(settings)
                        let failure = try #require(try second.failure())
                        #expect("\(failure)".contains("give this one another state.directory"))
                    }
                }
                var nowhere = settings
                nowhere.state.directory = "/proc/tetik"
                let failure = try #require(try RunningDaemon(nowhere).failure())
                #expect("\(failure)".contains("state.directory must be a directory"))
            }
        }

        @Test func `a journal with too few partitions, and inputs that have grown, are refused`() throws {
            try withCluster { cluster in
                var settings = try cluster.settings(partitions: 2)
                try cluster.createTopic("short", partitions: 1)
                settings.topics.journal = "short"
                let failure = try #require(try RunningDaemon(settings).failure())
                #expect("\(failure)".contains("short has 1 partitions, fewer than the inputs (2)"))
            }
        }
    }
}
