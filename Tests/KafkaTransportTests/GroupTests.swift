import KafkaTransport
import Testing

/// A member of a group that begins where the group committed, and notes what it was asked.
private struct Member: RebalanceHandler {
    let name: String
    var assignments: [[TopicPartition]] = []
    var revocations: [[TopicPartition]] = []
    var wasLost = false
    var metadata: GroupMetadata?
    var queueCount = 0
    /// What is called while partitions are being given up.
    var onRevoke: ([TopicPartition], KafkaConsumer) -> Void = { _, _ in }

    init(_ name: String) { self.name = name }

    mutating func assigned(_ partitions: [TopicPartition], consumer: KafkaConsumer) -> AssignDecision {
        assignments.append(partitions)
        metadata = try? consumer.groupMetadata()
        let committed = try? consumer.committed(partitions, timeoutMilliseconds: 10_000)
        return .start(
            partitions.map { partition in
                let offset = committed?.first { $0.partition == partition }?.offset ?? .none
                return PartitionOffset(partition, offset == .none ? .beginning : offset)
            })
    }

    mutating func revoked(_ partitions: [TopicPartition], isLost: Bool, consumer: KafkaConsumer) {
        revocations.append(partitions)
        wasLost = wasLost || isLost
        onRevoke(partitions, consumer)
    }
}

private func makeMember(_ cluster: MockCluster, group: String) throws -> KafkaConsumer {
    var configuration = ConsumerConfiguration(bootstrapServers: cluster.bootstrapServers, groupID: group)
    // The mock's first rebalance takes 3 s, and it forgets members that are silent for a session timeout.
    configuration.properties = [
        "session.timeout.ms": "4000", "heartbeat.interval.ms": "100", "max.poll.interval.ms": "60000",
    ]
    return try KafkaConsumer(configuration)
}

@Suite(.serialized) struct GroupTests {
    @Test func `a member sees its partitions before they move to another one`() throws {
        try withMockCluster(topics: ["t": 2]) { cluster in
            let first = try makeMember(cluster, group: "g")
            var one = Member("one")
            defer { first.close(timeoutMilliseconds: 20_000, handler: &one) }
            try first.subscribe(to: ["t"])
            try eventually("one gets all partitions") {
                _ = try first.poll(timeoutMilliseconds: pollMilliseconds, handler: &one)
                return one.assignments.last?.count == 2
            }
            var heldWhileRevoked: [TopicPartition] = []
            one.onRevoke = { partitions, consumer in
                #expect(!consumer.isAssignmentLost)
                guard heldWhileRevoked.isEmpty else { return }
                heldWhileRevoked = (try? consumer.positions(of: partitions).map(\.partition)) ?? []
            }
            let second = try makeMember(cluster, group: "g")
            var two = Member("two")
            defer { second.close(timeoutMilliseconds: 20_000, handler: &two) }
            try second.subscribe(to: ["t"])
            try eventually("two gets one partition") {
                _ = try first.poll(timeoutMilliseconds: pollMilliseconds, handler: &one)
                _ = try second.poll(timeoutMilliseconds: pollMilliseconds, handler: &two)
                if two.assignments.last?.isEmpty == false {
                    #expect(one.revocations.first?.count == 2, "revoked before another member has them")
                }
                return two.assignments.last?.count == 1 && one.assignments.last?.count == 1
            }
            #expect(!one.wasLost)
            let metadata = try #require(two.metadata)
            #expect(metadata.groupID == "g")
            #expect(!metadata.memberID.isEmpty)
            #expect(metadata.memberID != one.metadata?.memberID)
            #expect(heldWhileRevoked == [TopicPartition("t", 0), TopicPartition("t", 1)])
        }
    }

    @Test func `closing revokes, and the handler may drop its queues then`() throws {
        try withMockCluster { cluster in
            let consumer = try makeMember(cluster, group: "g")
            var member = Member("only")
            do {
                defer { consumer.close(timeoutMilliseconds: 20_000, handler: &member) }
                try consumer.subscribe(to: ["t"])
                try eventually("assigned") {
                    _ = try consumer.poll(timeoutMilliseconds: pollMilliseconds, handler: &member)
                    return !member.assignments.isEmpty
                }
            }
            #expect(member.revocations == [[TopicPartition("t", 0)]])
        }
    }

    @Test func `offsets are committed with metadata and read back, and an unknown one is none`() throws {
        try withMockCluster(topics: ["t": 2]) { cluster in
            try withReader(cluster, group: "offsets") { consumer in
                let kept = PartitionOffset(
                    TopicPartition("t", 0), KafkaOffset(42), metadata: "7:00ff:tetik/g/a")
                try consumer.commit([kept], timeoutMilliseconds: 10_000)
                let read = try consumer.committed(
                    [TopicPartition("t", 0), TopicPartition("t", 1)], timeoutMilliseconds: 10_000)
                #expect(read.first == kept)
                #expect(read.last?.offset == KafkaOffset.none)
            }
        }
    }

    @Test func `without a membership there is no group metadata`() throws {
        try withMockCluster { cluster in
            try withReader(cluster) { consumer in
                let error = #expect(throws: KafkaError.self) { _ = try consumer.groupMetadata() }
                #expect(error?.kind == .groupChanged)
            }
        }
        let error = #expect(throws: KafkaError.self) {
            _ = try GroupMetadata(groupID: "g", generation: -1, memberID: "")
        }
        #expect(error?.kind == .groupChanged)
    }
}
