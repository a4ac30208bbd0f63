import KafkaTransport
import Runtime
import Settings
import Testing

extension LiveTests {
    @Suite(.serialized) struct DeliveryTests {
        @Test func `a stop under load commits what was produced, and a restart reads nothing twice`() throws {
            try withCluster { cluster in
                var settings = try cluster.settings()
                settings.kafka.properties.append(
                    KafkaProperty(name: "fetch.message.max.bytes", value: "5000"))
                let topic = settings.topics.adSuppression
                let count = 30_000
                let orders = (0..<count).map { settings.order("c-\($0)", at: testDay + Int64($0)) }
                try writeRecords(orders, to: cluster)
                try cluster.setRoundTripDelay(milliseconds: 200)
                try withReader(cluster, [topic]) { reader in
                    var first: Int64 = 0
                    try withDaemon(settings) { running in
                        try eventually("some triggers") { running.totals.triggerCount >= 100 }
                        running.daemon.lifecycle.stop()
                        #expect(try running.failure() == nil)
                        first = running.totals.eventCount
                        #expect(first < Int64(count), "it was to be stopped in the middle")
                        #expect(running.totals.triggerCount == first)
                    }
                    #expect(try committed(settings, cluster)[1] == first)
                    try cluster.setRoundTripDelay(milliseconds: 0)
                    try withDaemon(settings) { running in
                        try reader.read(until: "all triggers") { $0.count >= count }
                        #expect(running.totals.eventCount == Int64(count) - first)
                    }
                    try reader.read()
                    #expect(reader.customers(topic) == (0..<count).map { "c-\($0)" })
                }
                #expect(try committed(settings, cluster)[1] == Int64(count))
            }
        }

        @Test func `Kafka may be down at the start and go away under load, and nothing is lost`() throws {
            try withCluster { cluster in
                let settings = try cluster.settings()
                let topic = settings.topics.adSuppression
                try cluster.setBrokerDown()
                try withReader(cluster, [topic]) { reader in
                    try withDaemon(settings) { running in
                        try eventually("it says that it waits") {
                            running.log.count(containing: "waiting for Kafka at") > 0
                        }
                        let status = running.daemon.status
                        #expect(status.phase == .waitingForKafka && !status.isReady && status.isLive)
                        #expect(status.problems.first?.hasPrefix("no Kafka broker has answered") == true)
                        try cluster.setBrokerUp()
                        let orders = (0..<4_000).map { settings.order("c-\($0)", at: testDay + Int64($0)) }
                        try writeRecords(Array(orders[..<2_000]), to: cluster)
                        try reader.read(until: "some triggers") { $0.count > 0 }
                        try cluster.setBrokerDown()
                        try eventually("it says that Kafka is gone") {
                            running.log.count(containing: "Kafka is unreachable, waiting") > 0
                        }
                        try cluster.setBrokerUp()
                        try eventually("it says that Kafka is back") {
                            running.log.count(containing: "Kafka is back") > 0
                        }
                        try writeRecords(Array(orders[2_000...]), to: cluster)
                        let wanted = Set((0..<4_000).map { "c-\($0)" })
                        try reader.read(until: "a trigger for each order") {
                            $0.count >= wanted.count && Set($0.customers(topic)) == wanted
                        }
                        // What was repeated is the same record.
                        #expect(Set((reader.records[topic] ?? []).map(\.text)).count == wanted.count)
                        try cluster.setBrokerDown()
                        let asked = ContinuousClock.now
                        running.daemon.lifecycle.stop()
                        #expect(try running.failure() == nil)
                        #expect(ContinuousClock.now - asked < .seconds(10))
                    }
                }
            }
        }

        @Test func `it gives up when Kafka stays away for as long as the configuration says`() throws {
            try withCluster { cluster in
                var settings = try cluster.settings()
                settings.kafka.giveUpAfterMilliseconds = 1_500
                let running = RunningDaemon(settings)
                try eventually("it runs") { running.log.count(containing: "partitions assigned") > 0 }
                try cluster.setBrokerDown()
                guard case .kafkaUnreachable = try running.failure() else {
                    Issue.record("it did not give up")
                    return
                }
                guard case .kafkaUnreachable(let text) = try RunningDaemon(settings).failure() else {
                    Issue.record("it did not give up at the start")
                    return
                }
                #expect(text.contains(settings.kafka.bootstrapServers))
            }
        }

        @Test func `while records cannot be written, no more is read than there is room for`() throws {
            let cluster = try MockCluster(brokerCount: 2)
            defer { cluster.stop() }
            let partitionCount = 15
            var settings = try cluster.settings(partitions: partitionCount)
            settings.kafka.properties.append(
                KafkaProperty(name: "queue.buffering.max.messages", value: "10"))
            try cluster.setCoordinator(ofGroup: settings.kafka.groupID, broker: 1)
            for topic in settings.topics.inputs + [settings.topics.journal] {
                for partition in 0..<Int32(partitionCount) {
                    try cluster.setLeader(of: TopicPartition(topic, partition), broker: 1)
                }
            }
            for topic in settings.outputTopics {
                try cluster.setLeader(of: TopicPartition(topic, 0), broker: 2)
            }
            let poison = String(repeating: "x", count: 80_000)
            let backlog = (0..<60 * partitionCount).map { number in
                TestRecord(
                    settings.carts, partition: Int32(number % partitionCount), key: "c", poison,
                    at: testDay)
            }
            try writeRecords(backlog, to: cluster)
            try cluster.setBrokerDown(2)
            try withDaemon(settings) { running in
                var last = (count: Int64(0), since: ContinuousClock.now)
                try eventually("the reading stops") {
                    let count = running.totals.eventCount
                    if count != last.count || count == 0 { last = (count, .now) }
                    return ContinuousClock.now - last.since > .seconds(1)
                }
                // 32 batches and two for each shard, of 1 MiB and one poison record more, and what the producer has.
                #expect(last.count < (32 + 2 * partitionCount) * 14 + 10 + 14)
                try cluster.setBrokerUp(2)
                try eventually("everything is read and written") {
                    running.totals.deadLetterCount == Int64(backlog.count)
                }
            }
        }
    }
}
