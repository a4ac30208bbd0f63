import KafkaTransport
import Primitives
import Settings
import Testing

@testable import Runtime

@Suite(.serialized) struct RecordTests {
    private static let start: Int64 = 1_764_547_200_000

    /// Events with increasing times per topic and partition, from a seed.
    private func records(seed: UInt64, count: Int, partitions: Int32) -> [TestRecord] {
        var random = RandomStream(seed: seed)
        return (0..<count).map { index in
            let topic = ["clicks", "carts", "emails"][Int(random.next() % 3)]
            let time = Self.start + Int64(random.next() % 50) * 100
            return TestRecord(
                topic: topic, partition: Int32(random.next() % UInt64(partitions)), key: "c-\(index % 7)",
                value: #"{"type":"cart.clear","ts":\#(time)}"#, timestamp: Self.start + Int64(index))
        }
    }

    /// The merge as the contract says it, done the slow way.
    private func expectedLines(_ records: [TestRecord], partitions: Int32) -> [[String]] {
        let topics = ["clicks", "carts", "emails"]
        return (0..<partitions).map { partition in
            var queues = topics.map { topic in
                records.filter { $0.topic == topic && $0.partition == partition }.enumerated().map {
                    (offset: $0.offset, record: $0.element)
                }
            }
            var lines: [String] = []
            while true {
                let heads = queues.indices.filter { !queues[$0].isEmpty }
                guard
                    let next = heads.min(by: {
                        (time(queues[$0][0].record), $0) < (time(queues[$1][0].record), $1)
                    })
                else { return lines }
                let (offset, record) = queues[next].removeFirst()
                lines.append(
                    #"{"topic":"\#(record.topic)","partition":\#(partition),"offset":\#(offset),"#
                        + #""timestamp":\#(record.timestamp ?? 0),"key":"\#(record.key ?? "")","#
                        + #""value":\#(record.value ?? "")}"#)
            }
        }
    }

    private func time(_ record: TestRecord) -> Int64 {
        Int64(record.value?.split(separator: ":").last?.dropLast() ?? "") ?? 0
    }

    private func record(
        _ cluster: MockCluster, start: ReadingStart = .earliest, end: Int64? = nil,
        change: (inout Settings) -> Void = { _ in }, isStopped: () -> Bool = { false },
        note: (String) -> Void = { _ in }
    ) throws -> [String] {
        let file = TemporaryFile()
        defer { file.remove() }
        var settings = settings(for: cluster)
        change(&settings)
        var recording = Recording(
            Recording.Options(
                settings: settings, start: start, end: end.map { EventTime(milliseconds: $0) },
                output: try file.output()))
        let progress = try recording.run(isStopped: isStopped, note: note)
        let lines = try file.lines()
        #expect(progress.recordCount == lines.count)
        return lines
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `each partition's records come in the order of the live run`(seed: UInt64) throws {
        let records = records(seed: seed, count: 600, partitions: 3)
        try withMockCluster(["clicks": 3, "carts": 3, "emails": 3]) { cluster in
            try produce(records, to: cluster)
            let lines = try record(cluster)
            let expected = expectedLines(records, partitions: 3)
            for partition in 0..<3 {
                let own = lines.filter { $0.contains("\"partition\":\(partition),") }
                #expect(own == expected[partition])
            }
            #expect(lines.count == records.count)
        }
    }

    @Test func `more partitions than are read at a time are recorded one group after another`() throws {
        let records = records(seed: 9, count: 900, partitions: 30)
        try withMockCluster(["clicks": 30, "carts": 30, "emails": 30]) { cluster in
            try produce(records, to: cluster)
            let lines = try record(cluster)
            let expected = expectedLines(records, partitions: 30)
            #expect(lines.count == records.count)
            for partition in 0..<30 {
                #expect(lines.filter { $0.contains("\"partition\":\(partition),") } == expected[partition])
            }
        }
    }

    @Test func `only records before the end of the time asked for are recorded`() throws {
        let records = (0..<10).map { index in
            TestRecord(
                topic: "carts", partition: 0, key: "c", value: "\(index)", timestamp: Int64(1_000 + index % 5)
            )
        }
        try withMockCluster(["carts": 1]) { cluster in
            try produce(records, to: cluster)
            let lines = try record(cluster, end: 1_003, change: { $0.topics.inputs = ["carts"] })
            #expect(lines.count == 6)
            #expect(
                lines.allSatisfy { !$0.contains("\"timestamp\":1003") && !$0.contains("\"timestamp\":1004") })
        }
    }

    @Test func `empty topics give nothing, and a missing one is said to be missing`() throws {
        try withMockCluster(["clicks": 2, "carts": 1]) { cluster in
            var notes: [String] = []
            let lines = try record(cluster, note: { notes.append($0) })
            #expect(lines.isEmpty)
            #expect(notes == ["topic emails does not exist: there is nothing of it to record"])
            #expect(throws: KafkaReadingError.self) { try recordNowhere(cluster) }
        }
    }

    @Test func `a stop leaves whole lines`() throws {
        let records = records(seed: 4, count: 5_000, partitions: 1)
        try withMockCluster(["clicks": 1, "carts": 1, "emails": 1]) { cluster in
            try produce(records, to: cluster)
            var questionCount = 0
            let lines = try record(
                cluster,
                isStopped: {
                    questionCount += 1
                    return questionCount > 10
                })
            #expect(lines.count < 5_000)
            #expect(lines.allSatisfy { $0.hasPrefix("{\"topic\":") && $0.hasSuffix("}}") })
        }
    }

    @Test func `a property that the client refuses is named`() throws {
        try withMockCluster(["carts": 1]) { cluster in
            let error = #expect(throws: KafkaError.self) { try recordWithBadProperty(cluster) }
            #expect(error?.kind == .configuration)
            #expect(error?.message.contains("no.such.property") == true)
        }
    }

    private func recordNowhere(_ cluster: MockCluster) throws {
        _ = try record(cluster, change: { $0.topics.inputs = ["nowhere"] })
    }

    private func recordWithBadProperty(_ cluster: MockCluster) throws {
        _ = try record(
            cluster, change: { $0.kafka.properties = [KafkaProperty(name: "no.such.property", value: "1")] })
    }
}
