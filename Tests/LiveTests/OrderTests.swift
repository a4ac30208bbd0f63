import KafkaTransport
import Runtime
import Settings
import Testing

/// Runs `body` with two brokers, of which the second leads the partitions 0 of `slow` and no more.
private func withTwoBrokers(
    slow: (Settings) -> [String], _ body: (MockCluster, Settings) throws -> Void
) throws {
    let cluster = try MockCluster(brokerCount: 2)
    defer { cluster.stop() }
    let settings = try cluster.settings(partitions: 2)
    try cluster.setCoordinator(ofGroup: settings.kafka.groupID, broker: 1)
    for topic in settings.topics.inputs + settings.outputTopics {
        try cluster.setLeader(of: TopicPartition(topic, 0), broker: slow(settings).contains(topic) ? 2 : 1)
    }
    for topic in settings.topics.inputs + [settings.topics.journal] {
        try cluster.setLeader(of: TopicPartition(topic, 1), broker: 1)
    }
    try cluster.setLeader(of: TopicPartition(settings.topics.journal, 0), broker: 1)
    try body(cluster, settings)
}

extension LiveTests {
    @Suite(.serialized) struct OrderTests {
        @Test func `a topic that lags a day behind is waited for, so what it settles is not abandoned`()
            throws
        {
            try withTwoBrokers(slow: { [$0.carts] }) { cluster, settings in
                var settings = settings
                settings.kafka.properties.append(
                    KafkaProperty(name: "fetch.message.max.bytes", value: "1000"))
                var carts: [TestRecord] = []
                for number in 0..<60 {
                    carts.append(settings.add("c-\(number)", at: testDay + Int64(number)))
                }
                for number in 0..<50 {
                    carts.append(settings.order("c-\(number)", at: testDay + 30 * minute + Int64(number)))
                }
                let clicks = (0..<150).map { settings.click("z", at: testDay + Int64($0) * 10 * minute) }
                // The other partition has records in one topic alone, and in the others never had one.
                let elsewhere = (0..<5).map { settings.click("y", at: testDay + Int64($0), partition: 1) }
                try writeRecords(carts + clicks + elsewhere, to: cluster)
                try cluster.setBrokerDown(2)
                let sequence = (carts + clicks).enumerated().sorted {
                    // Clicks come first in the order of topics.
                    ($0.element.timestamp, -$0.offset) < ($1.element.timestamp, -$1.offset)
                }.map(\.element)
                let expectation = try Expectation(sequence, settings)
                #expect(expectation.records[settings.topics.abandonedCart]?.count == 20)
                try withReader(cluster, settings.outputTopics) { reader in
                    try withDaemon(settings) { running in
                        try eventually("the other partition is read") { running.totals.eventCount == 5 }
                        try cluster.setRoundTripDelay(milliseconds: 30, broker: 2)
                        try cluster.setBrokerUp(2)
                        try reader.read(until: expectation)
                        #expect(running.totals.eventCount == Int64(sequence.count + 5))
                    }
                    try reader.compare(with: expectation)
                }
                #expect(try committed(settings, cluster) == [150, 110, 0])
            }
        }

        @Test
        func `the wall clock fires the timers of quiet customers, but not while a topic is out of sight`()
            throws
        {
            try withTwoBrokers(slow: { [$0.clicks] }) { cluster, settings in
                var settings = settings
                settings.idleAfterMilliseconds = 200
                settings.rules.allowedLatenessMilliseconds = 100
                settings.rules.abandonedCart.stepMilliseconds = [300]
                settings.rules.abandonedCart.cooldownMilliseconds = 300
                let topic = settings.topics.abandonedCart
                try withReader(cluster, [topic]) { reader in
                    try withDaemon(settings) { running in
                        try writeRecords(
                            [settings.add("first", at: SystemClock.wallClock().milliseconds)], to: cluster)
                        try reader.read(until: "the first cart") { $0.customers(topic) == ["first"] }
                        try cluster.setBrokerDown(2)
                        let written = SystemClock.wallClock().milliseconds
                        try writeRecords([settings.add("second", at: written)], to: cluster)
                        try eventually("the second event is read") { running.totals.eventCount == 2 }
                        try reader.read(until: "some ticks would have come") { _ in
                            SystemClock.wallClock().milliseconds > written + 3_000
                        }
                        #expect(reader.customers(topic) == ["first"])
                        try cluster.setBrokerUp(2)
                        try reader.read(until: "the second cart") { $0.customers(topic).count == 2 }
                        let record = try #require(reader.records[topic]?.last)
                        #expect(record.timestamp == written + 300)
                        #expect(record.text.contains("\"cause\":\"timer\""))
                    }
                }
            }
        }
    }
}
