import KafkaTransport
import Testing

private let timeout: Int32 = 20_000

@Suite(.serialized) struct TransactionTests {
    private let group: GroupMetadata
    private let offsets = [PartitionOffset(TopicPartition("in", 0), KafkaOffset(11), metadata: "3:beef:tx")]

    init() throws { group = try GroupMetadata(groupID: "g", generation: 1, memberID: "m") }

    private func withTransactions(_ body: (MockCluster, KafkaProducer) throws -> Void) throws {
        try withMockCluster(brokers: 1, topics: ["in": 1, "out": 1]) { cluster in
            try withProducer(cluster, transactionalID: "tx") { producer in
                try producer.initTransactions(timeoutMilliseconds: timeout)
                try body(cluster, producer)
            }
        }
    }

    @Test func `a commit delivers the records and sends the offsets`() throws {
        try withTransactions { cluster, producer in
            for round in 0..<3 {
                try producer.beginTransaction()
                #expect(try producer.send("out", value: "r\(round)", token: UInt64(round)) == .queued)
                try producer.sendOffsets(offsets, group: group, timeoutMilliseconds: timeout)
                try producer.commitTransaction(timeoutMilliseconds: timeout)
            }
            let reports = producer.reports()
            #expect(reports.map(\.token) == [0, 1, 2])
            #expect(reports.allSatisfy { $0.error == nil })
            try withReader(cluster, group: "g") { consumer in
                let queue = try consumer.openQueue(for: TopicPartition("out", 0), topicIndex: 0)
                try consumer.assign([PartitionOffset(TopicPartition("out", 0), .beginning)])
                #expect(try readToEnd(queue, of: consumer).0.map(\.value) == ["r0", "r1", "r2"])
            }
        }
    }

    @Test func `an aborted transaction drops what was not sent, and the next one works`() throws {
        try withTransactions { _, producer in
            try producer.beginTransaction()
            _ = try producer.send("out", value: "dropped", token: 1)
            try producer.abortTransaction(timeoutMilliseconds: timeout)
            try producer.beginTransaction()
            _ = try producer.send("out", value: "kept", token: 2)
            try producer.commitTransaction(timeoutMilliseconds: timeout)
            #expect(producer.reports().first { $0.token == 2 }?.error == nil)
        }
    }

    @Test func `a topic that may not be written requires an abort, after which it goes on`() throws {
        try withTransactions { cluster, producer in
            cluster.pushErrors([.topicAuthorizationFailed], to: .addPartitionsToTransaction)
            try producer.beginTransaction()
            _ = try producer.send("out", value: "refused")
            let error = #expect(throws: KafkaError.self) {
                try producer.commitTransaction(timeoutMilliseconds: timeout)
            }
            #expect(error?.requiresAbort == true)
            #expect(error?.isFatal == false)
            try producer.abortTransaction(timeoutMilliseconds: timeout)
            try producer.beginTransaction()
            _ = try producer.send("out", value: "accepted")
            try producer.commitTransaction(timeoutMilliseconds: timeout)
        }
    }

    @Test func `errors of a moving coordinator are retried and not seen`() throws {
        try withTransactions { cluster, producer in
            cluster.pushErrors([.coordinatorLoading, .notCoordinator], to: .endTransaction)
            cluster.pushErrors([.concurrentTransactions], to: .addPartitionsToTransaction)
            try producer.beginTransaction()
            _ = try producer.send("out", value: "kept")
            try producer.sendOffsets(offsets, group: group, timeoutMilliseconds: timeout)
            try producer.commitTransaction(timeoutMilliseconds: timeout)
            #expect(producer.fatalError == nil)
        }
    }

    @Test func `a group generation that is over requires an abort`() throws {
        try withTransactions { cluster, producer in
            cluster.pushErrors([.illegalGeneration], to: .transactionOffsetCommit)
            try producer.beginTransaction()
            let error = #expect(throws: KafkaError.self) {
                try producer.sendOffsets(offsets, group: group, timeoutMilliseconds: timeout)
            }
            #expect(error?.kind == .groupChanged)
            #expect(error?.requiresAbort == true)
            try producer.abortTransaction(timeoutMilliseconds: timeout)
        }
    }

    @Test func `being fenced is fatal`() throws {
        try withTransactions { cluster, producer in
            cluster.pushErrors([.producerFenced], to: .endTransaction)
            try producer.beginTransaction()
            _ = try producer.send("out", value: "late")
            let error = #expect(throws: KafkaError.self) {
                try producer.commitTransaction(timeoutMilliseconds: timeout)
            }
            #expect(error?.isFatal == true)
            #expect(error?.kind == .fenced)
            #expect(producer.fatalError?.kind == .fenced)
        }
    }

    @Test func `a commit that takes longer than it may is called again`() throws {
        try withTransactions { cluster, producer in
            try producer.beginTransaction()
            _ = try producer.send("out", value: "slow")
            try producer.flush(timeoutMilliseconds: timeout)
            try cluster.setRoundTripDelay(milliseconds: 300)
            let error = #expect(throws: KafkaError.self) {
                try producer.commitTransaction(timeoutMilliseconds: 50)
            }
            #expect(error?.isRetriable == true)
            #expect(error?.kind == .timedOut)
            try cluster.setRoundTripDelay(milliseconds: 0)
            try producer.commitTransaction(timeoutMilliseconds: timeout)
        }
    }
}
