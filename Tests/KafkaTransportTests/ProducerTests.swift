import KafkaTransport
import Testing

@Suite(.serialized) struct ProducerTests {
    /// Java's murmur2 of keys. Source: UtilsTest.testMurmur2 of Apache Kafka.
    static let javaHashes: [(key: String, hash: Int32)] = [
        ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971), ("abc", 479_470_107),
    ]

    @Test func `a key goes to the partition that the Java client would choose`() throws {
        let partitionCount: Int32 = 17
        try withMockCluster(topics: ["wide": Int(partitionCount)]) { cluster in
            try withProducer(cluster) { producer in
                for (index, vector) in Self.javaHashes.enumerated() {
                    _ = try producer.send("wide", key: vector.key, value: "", token: UInt64(index))
                }
                try producer.flush(timeoutMilliseconds: 10_000)
                let reports = producer.reports()
                #expect(reports.count == Self.javaHashes.count)
                for report in reports {
                    let vector = Self.javaHashes[Int(report.token)]
                    #expect(report.partition == (vector.hash & 0x7FFF_FFFF) % partitionCount, "\(vector.key)")
                }
            }
        }
    }

    @Test func `a full queue is a value, and has room again once deliveries are served`() throws {
        try withMockCluster { cluster in
            try cluster.setBrokerDown()
            try withProducer(cluster, properties: ["queue.buffering.max.messages": "10"]) { producer in
                for _ in 0..<10 { #expect(try producer.send("t", partition: 0, value: "x") == .queued) }
                #expect(try producer.send("t", partition: 0, value: "x") == .queueFull)
                try cluster.setBrokerUp()
                try eventually("room") {
                    producer.poll(timeoutMilliseconds: pollMilliseconds)
                    return try producer.send("t", partition: 0, value: "y") == .queued
                }
                try producer.flush(timeoutMilliseconds: 20_000)
                #expect(producer.reports().count == 11)
            }
        }
    }

    @Test func `a record over the limit is refused at once, one of a MiB is not`() throws {
        try withMockCluster { cluster in
            try withProducer(cluster) { producer in
                let large = String(repeating: "x", count: 3 << 20)
                let error = #expect(throws: KafkaError.self) {
                    try producer.send("t", partition: 0, value: large)
                }
                #expect(error?.kind == .messageTooLarge)
                #expect(error?.retryHint == .never)
                let allowed = String(repeating: "x", count: 1 << 20)
                #expect(try producer.send("t", partition: 0, key: "k", value: allowed) == .queued)
                try producer.flush(timeoutMilliseconds: 10_000)
                #expect(producer.reports().map { $0.error == nil } == [true])
            }
        }
    }

    @Test func `a broker that refuses a record's size is reported with the record's token`() throws {
        try withMockCluster { cluster in
            cluster.pushErrors([.messageTooLarge], to: .produce)
            try withProducer(cluster) { producer in
                _ = try producer.send("t", partition: 0, value: "x", token: UInt64.max)
                try? producer.flush(timeoutMilliseconds: 10_000)
                let report = try #require(producer.reports().first)
                #expect(report.token == UInt64.max)
                #expect(report.error?.kind == .messageTooLarge)
                #expect(report.offset == nil)
            }
        }
    }

    @Test func `records wait for a broker that is down and arrive when it is up`() throws {
        try withMockCluster { cluster in
            try withProducer(cluster) { producer in
                _ = try producer.send("t", partition: 0, value: "before", token: 1)
                try producer.flush(timeoutMilliseconds: 10_000)
                try cluster.setBrokerDown()
                _ = try producer.send("t", partition: 0, value: "during", token: 2)
                var kinds: Set<KafkaErrorKind> = []
                try eventually("an error says so") {
                    producer.poll(timeoutMilliseconds: pollMilliseconds)
                    for case .error(let error) in producer.takeEvents() { kinds.insert(error.kind) }
                    return kinds.contains(.brokerUnreachable)
                }
                #expect(producer.queueLength >= 1)
                try cluster.setBrokerUp()
                try producer.flush(timeoutMilliseconds: 20_000)
                #expect(producer.reports().filter { $0.error == nil }.map(\.token) == [1, 2])
            }
        }
    }

    @Test func `purged records are reported as cancelled`() throws {
        try withMockCluster { cluster in
            try cluster.setBrokerDown()
            try withProducer(cluster) { producer in
                _ = try producer.send("t", partition: 0, value: "x", token: 9)
                try producer.purge()
                try producer.flush(timeoutMilliseconds: 10_000)
                let reports = producer.reports()
                #expect(reports.map(\.token) == [9])
                #expect(reports.first?.error?.kind == .cancelled)
            }
        }
    }

    @Test func `a producer with records undelivered closes all the same`() throws {
        try withMockCluster { cluster in
            try cluster.setBrokerDown()
            try withProducer(cluster) { producer in
                for _ in 0..<100 { _ = try producer.send("t", partition: 0, value: "x") }
            }
        }
    }
}
