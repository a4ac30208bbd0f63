import KafkaTransport
import Model
@testable import Runtime
import Settings
import Telemetry
import Testing

extension LiveTests {
    @Suite(.serialized) struct ObservationTests {
        @Test func `every number agrees with what the topics hold`() throws {
            try withCluster { cluster in
                let settings = try cluster.settings()
                let count = 500
                var records = (0..<count).map { settings.order("c-\($0)", at: testDay + Int64($0)) }
                records.append(settings.click("c-1", at: testDay + 1))
                records.append(
                    TestRecord(settings.topics.inputs[0], partition: 0, key: "x", "no json", at: testDay))
                records.append(
                    TestRecord(
                        settings.topics.inputs[0], partition: 0, key: "x", "{\"type\":\"unknown\"}",
                        at: testDay))
                try writeRecords(records, to: cluster)
                let topics = [settings.topics.adSuppression, settings.topics.deadLetters]
                try withReader(cluster, topics) { reader in
                    try withDaemon(settings) { running in
                        try reader.read(until: "all triggers") { $0.count >= count + 1 }
                        try eventually("all is read, acknowledged and committed") {
                            let status = running.daemon.status
                            return status.totals.lagCount == 0 && status.totals.triggerCount == Int64(count)
                                && status.totals.deadLetterCount == 1
                                && status.shards[0].lastCommitAgeSeconds != nil
                        }
                        let status = running.daemon.status
                        #expect(status.totals.eventCount == Int64(records.count))
                        #expect(status.totals.rejectedCount == 1 && status.totals.ignoredCount == 1)
                        #expect(status.shards.map(\.eventCount).reduce(0, +) == status.totals.eventCount)
                        #expect(status.totals.customerCount == Int64(count))
                        let suppressed = status.triggers.first { $0.type == "ad_suppression" }?.count
                        #expect(suppressed == Int64(reader.customers(settings.topics.adSuppression).count))
                        #expect(status.triggerLatency.count == Int64(count))
                        #expect(status.phase == .running && status.isReady && status.isLive)
                        // What the feed shows is what readers of the topic see, in their order.
                        let shown = running.daemon.observer.feed.read(after: 0, .init(), countMax: count * 2)
                        #expect(
                            shown.entries.map { String(decoding: $0.customer, as: UTF8.self) }
                                == reader.customers(settings.topics.adSuppression))
                    }
                }
            }
        }

        @Test func `a shard answers questions between its steps`() throws {
            try withCluster { cluster in
                let settings = try cluster.settings()
                try writeRecords([settings.add("c-1", at: testDay)], to: cluster)
                try withDaemon(settings) { running in
                    try eventually("it is read") { running.totals.eventCount == 1 }
                    let replies = Monitor<[CustomerDesk.Reply]>([])
                    let desk = running.daemon.observer.desk
                    for key in ["c-1", "nobody"] {
                        #expect(
                            desk.ask(key: Array(key.utf8)) { reply in replies.change { $0.append(reply) } }
                                != nil)
                    }
                    let all = try #require(
                        replies.wait(milliseconds: patienceMilliseconds) { $0.count == 2 ? $0 : nil })
                    #expect(all.filter { !$0.isComplete }.isEmpty)
                    let views = all.flatMap(\.answers).map(\.view)
                    #expect(views.map(\.key) == ["c-1"])
                    #expect(views.first?.cart?.items.map(\.sku) == ["A"])
                }
            }
        }

        @Test func `a stuck shard is not live and feeds no watchdog, and a lost broker is not ready`() throws
        {
            try withCluster { cluster in
                let settings = try cluster.settings()
                try writeRecords([settings.add("c-1", at: testDay)], to: cluster)
                try withDaemon(settings) { running in
                    let observer = running.daemon.observer
                    try eventually("it works") {
                        running.totals.eventCount == 1 && running.daemon.status.isReady
                    }
                    #expect(observer.areLoopsTurning)
                    observer.state.change { $0.turnMillisecondsMax = 5_000 }
                    observer.setHeld(true, loop: 0)
                    defer { observer.setHeld(false, loop: 0) }
                    try eventually("it is stuck") { !observer.areLoopsTurning }
                    #expect(!running.daemon.status.isLive && !running.daemon.status.isReady)
                    observer.setHeld(false, loop: 0)
                    try eventually("it goes on") { observer.areLoopsTurning && running.daemon.status.isReady }
                    try cluster.setBrokerDown()
                    try eventually("it is not ready") { running.daemon.status.phase == .waitingForKafka }
                    #expect(running.daemon.status.isLive && !running.daemon.status.isReady)
                    try cluster.setBrokerUp()
                    try eventually("it is ready again") { running.daemon.status.isReady }
                }
            }
        }
    }
}
