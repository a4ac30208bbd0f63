import KafkaTransport
import Primitives

/// Which records of which topic partitions are recorded, fixed before the first is read.
struct RecordingPlan {
    /// A piece of one topic partition.
    struct Range: Equatable {
        let partition: TopicPartition
        /// The topic's place in `topics.inputs`.
        let topicIndex: Int
        /// Where reading begins; `.beginning` where nothing later was asked for.
        let start: KafkaOffset
        /// The offset of `start`, as it was when the plan was made.
        let startOffset: Int64
        /// The offset after the last record, as it was when the plan was made; of committed ones only.
        let endOffset: Int64
    }

    /// Milliseconds that one question to the brokers may take.
    private static let requestMilliseconds: Int32 = 10_000
    /// Topic partitions that are read at a time, which bounds memory.
    static let partitionCountMax = 32

    /// What is read, by partition number and then in the order of the topics; empty pieces left out.
    private(set) var ranges: [Range] = []

    /// Asks for what there is. Throws `KafkaError`; returns early, with a part, if `isStopped` says so.
    init(
        topics: [(index: Int, name: String, partitionCount: Int)], from start: ReadingStart,
        consumer: KafkaConsumer, isStopped: () -> Bool
    ) throws {
        let partitions = Self.partitions(of: topics)
        let starts: [KafkaOffset?] =
            if case .time(let time) = start {
                try Self.offsets(of: partitions.map(\.partition), at: time, consumer)
            } else {
                partitions.map { _ in nil }
            }
        for (index, entry) in partitions.enumerated() {
            if isStopped() { return }
            let watermarks = try consumer.queryWatermarks(
                of: entry.partition, timeoutMilliseconds: Self.requestMilliseconds)
            var startOffset = watermarks.low
            if let asked = starts[index] { startOffset = max(asked.value ?? watermarks.high, startOffset) }
            guard startOffset < watermarks.high else { continue }
            ranges.append(
                Range(
                    partition: entry.partition, topicIndex: entry.topicIndex,
                    start: starts[index] == nil ? .beginning : KafkaOffset(startOffset),
                    startOffset: startOffset, endOffset: watermarks.high))
        }
    }

    /// By partition number, then in the order of the topics.
    private static func partitions(
        of topics: [(index: Int, name: String, partitionCount: Int)]
    ) -> [(partition: TopicPartition, topicIndex: Int)] {
        let countMax = topics.map(\.partitionCount).max() ?? 0
        return (0..<countMax).flatMap { number in
            topics.filter { number < $0.partitionCount }.map {
                (TopicPartition($0.name, Int32(number)), $0.index)
            }
        }
    }

    /// An offset of each partition before which all timestamps are earlier than `time`; `.end` if all are.
    ///
    /// Brokers also count the markers of transactions, which have the wall clock's time, so earlier records
    /// may follow it where timestamps lie in the past (seen with Apache Kafka 3.8).
    private static func offsets(
        of partitions: [TopicPartition], at time: EventTime, _ consumer: KafkaConsumer
    ) throws -> [KafkaOffset?] {
        let found = try consumer.offsets(
            forTimes: partitions.map { ($0, time.milliseconds) }, timeoutMilliseconds: requestMilliseconds)
        let offsets = Dictionary(found.map { ($0.partition, $0.offset) }, uniquingKeysWith: { $1 })
        return partitions.map { offsets[$0] ?? .end }
    }

    /// How many offsets are to be read. Transactions and compaction make the records fewer.
    var offsetCount: Int64 { ranges.reduce(0) { $0 + $1.endOffset - $1.startOffset } }

    /// The ranges in groups that are read at a time; all of one partition number stay together.
    var groups: [[Range]] {
        var groups: [[Range]] = []
        for range in ranges {
            let isSameNumber = groups.last?.last?.partition.partition == range.partition.partition
            if let last = groups.last, isSameNumber || last.count < Self.partitionCountMax {
                groups[groups.count - 1].append(range)
            } else {
                groups.append([range])
            }
        }
        return groups
    }
}
