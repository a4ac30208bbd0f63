import KafkaTransport
import Testing

@Suite(.serialized) struct ObservationTests {
    @Test func `a consumer's statistics and logs arrive on its own thread`() throws {
        try withMockCluster { cluster in
            try withProducer(cluster) { producer in
                for _ in 0..<10 { _ = try producer.send("t", partition: 0, value: "x") }
                try producer.flush(timeoutMilliseconds: 10_000)
            }
            try withReader(cluster, properties: ["debug": "consumer"], statistics: 100) { consumer in
                let queue = try consumer.openQueue(for: TopicPartition("t", 0), topicIndex: 0)
                try consumer.assign([PartitionOffset(TopicPartition("t", 0), .beginning)])
                var logLines = 0
                var statistics: KafkaStatistics?
                try eventually("statistics of ten records, and logs") {
                    while case .record = queue.next() {}
                    switch try consumer.poll(timeoutMilliseconds: pollMilliseconds) {
                    case .log(let line): logLines += line.message.isEmpty ? 0 : 1
                    case .statistics(let json): statistics = KafkaStatistics(json: json)
                    default: break
                    }
                    return logLines > 0 && statistics?.messagesReceived == 10
                }
                #expect(statistics?.brokers.contains { $0.number == 1 && $0.state == "UP" } == true)
                #expect(statistics?.partitions.map(\.partition).contains(TopicPartition("t", 0)) == true)
            }
        }
    }

    @Test func `a producer's statistics and logs arrive on its own thread`() throws {
        try withMockCluster { cluster in
            try withProducer(cluster, properties: ["debug": "msg"], statistics: 100) { producer in
                _ = try producer.send("t", partition: 0, value: "x")
                var hasLogs = false
                var statistics: KafkaStatistics?
                try eventually("statistics of a record, and logs") {
                    producer.poll(timeoutMilliseconds: pollMilliseconds)
                    for event in producer.takeEvents() {
                        if case .log = event { hasLogs = true }
                        if case .statistics(let json) = event { statistics = KafkaStatistics(json: json) }
                    }
                    return hasLogs && statistics?.messagesSent == 1
                }
            }
        }
    }

    @Test func `a question to a broker that went away ends in its time`() throws {
        try withMockCluster(topics: ["t": 1]) { cluster in
            try withReader(cluster) { consumer in
                let partition = TopicPartition("t", 0)
                _ = try consumer.queryWatermarks(of: partition, timeoutMilliseconds: 10_000)
                try cluster.setBrokerDown()
                let begun = ContinuousClock.now
                #expect(throws: KafkaError.self) {
                    try consumer.queryWatermarks(of: partition, timeoutMilliseconds: 200)
                }
                // A request by itself may take 60 s, and is tried again.
                #expect(ContinuousClock.now - begun < .seconds(30))
            }
        }
    }

    @Test func `metadata tells brokers, cluster and the partitions of the topics there are`() throws {
        try withMockCluster(brokers: 2, topics: ["a": 3, "b": 1]) { cluster in
            let admin = try KafkaAdmin(bootstrapServers: cluster.bootstrapServers)
            defer { admin.close() }
            let metadata = try admin.metadata(timeoutMilliseconds: 10_000)
            #expect(metadata.brokers.map(\.number) == [1, 2])
            #expect(metadata.partitionCounts == ["a": 3, "b": 1])
            #expect(metadata.clusterID?.isEmpty == false)
        }
    }

    @Test func `a broker that cannot administer topics is an error in time`() throws {
        try withMockCluster { cluster in
            let admin = try KafkaAdmin(bootstrapServers: cluster.bootstrapServers)
            defer { admin.close() }
            let attempts: [() throws -> Void] = [
                { try admin.createTopics([NewTopic("n", partitionCount: 1)], timeoutMilliseconds: 1_000) },
                { _ = try admin.describeTopicConfiguration("t", timeoutMilliseconds: 1_000) },
                {
                    _ = try admin.deleteRecords(
                        before: [PartitionOffset(TopicPartition("t", 0), KafkaOffset(1))],
                        timeoutMilliseconds: 1_000)
                },
            ]
            for attempt in attempts {
                let error = #expect(throws: KafkaError.self) { try attempt() }
                #expect(error?.kind == .unsupported || error?.kind == .timedOut)
            }
        }
    }

    @Test func `an address nobody listens at is unreachable or times out`() throws {
        let admin = try KafkaAdmin(bootstrapServers: "127.0.0.1:1")
        defer { admin.close() }
        let error = #expect(throws: KafkaError.self) { _ = try admin.metadata(timeoutMilliseconds: 500) }
        #expect(error?.kind == .brokerUnreachable || error?.kind == .timedOut)
    }
}
