import Coordination
import KafkaTransport
import Runtime
import Settings

/// A record that was found on a topic.
struct FoundRecord: Sendable {
    /// The topic's place among those that are followed.
    var topicIndex: Int
    var partition: Int32
    var key: String
    var value: [UInt8]
    /// `ce_id` of a trigger; of a dead letter where it came from and why.
    var identity: String
}

/// Follows output topics and the journal from their beginning, as their users read them, on a thread of its own.
///
/// From the start on, since the embedded broker forgets.
final class TopicFollower: @unchecked Sendable {
    // SAFETY: `records` belongs to the thread until it is joined, `thread` to the owner's; the rest is constant or a
    // monitor.

    /// What others see while it follows.
    struct Progress: Sendable {
        /// Per partition of the journal what its last record says: the next offset to read, by input topic.
        var positions: [Int32: [Int64]] = [:]
        var recordCount = 0
        var failure: String?
    }

    private static let drainMillisecondsMax: Int64 = 60_000
    private static let requestMilliseconds: Int32 = 15_000

    private let settings: Settings
    private let topics: [String]
    private let partitionCount: Int
    private let shared = Monitor(Progress())
    private let isFinishing = Monitor(false)
    private var thread: SystemThread?
    private var records: [FoundRecord] = []

    /// - Parameter topics: what is followed; the last is the journal.
    init(_ settings: Settings, topics: [String], partitionCount: Int) {
        self.settings = settings
        self.topics = topics
        self.partitionCount = partitionCount
    }

    var progress: Progress { shared.read { $0 } }

    func start() { thread = SystemThread(name: "soak-follow") { [self] in run() } }

    /// Reads up to the present ends of all topics and returns everything, in the order of each partition.
    func finish() throws -> [FoundRecord] {
        isFinishing.change { $0 = true }
        thread?.join()
        thread = nil
        if let failure = progress.failure { throw SoakFailure("the topics cannot be read: \(failure)") }
        return records
    }

    private func run() {
        do {
            var configuration = ConsumerConfiguration(
                bootstrapServers: settings.kafka.bootstrapServers, groupID: settings.kafka.groupID)
            configuration.offsetReset = .error
            let consumer = try KafkaConsumer(configuration)
            defer { consumer.close() }
            try follow(consumer)
        } catch {
            shared.change { $0.failure = "\(error)" }
        }
    }

    private func follow(_ consumer: KafkaConsumer) throws {
        let partitions = topics.indices.flatMap { index in
            (0..<Int32(partitionCount)).map { (index, TopicPartition(topics[index], $0)) }
        }
        let queues = try partitions.map { index, partition in
            FollowedPartition(try consumer.openQueue(for: partition, topicIndex: index))
        }
        try consumer.assign(partitions.map { PartitionOffset($1, .beginning) })
        // BOUND: until it is told to finish.
        while !isFinishing.read({ $0 }) {
            if try readOnce(queues, consumer) == 0 { _ = consumer.signal.wait(timeoutMilliseconds: 50) }
        }
        let ends = try partitions.map {
            try consumer.queryWatermarks(of: $1, timeoutMilliseconds: Self.requestMilliseconds).high
        }
        let deadline = SoakClock.monotonicMilliseconds() + Self.drainMillisecondsMax
        // BOUND: the deadline.
        while zip(queues, ends).contains(where: { $0.reached < $1 }) {
            if try readOnce(queues, consumer) == 0 { _ = consumer.signal.wait(timeoutMilliseconds: 20) }
            if SoakClock.monotonicMilliseconds() > deadline {
                throw SoakFailure("the ends of the output topics were not reached in time")
            }
        }
    }

    /// Takes what is at hand; returns how much.
    private func readOnce(_ queues: [FollowedPartition], _ consumer: KafkaConsumer) throws -> Int {
        while let event = try consumer.poll(timeoutMilliseconds: 0) {
            if case .error(let error) = event, error.isFatal { throw error }
        }
        var count = 0
        for queue in queues {
            count += try queue.readAll { record, topicIndex in
                if topicIndex == topics.count - 1 {
                    try noteJournal(record)
                } else {
                    records.append(try FoundRecord(record, topicIndex: topicIndex))
                }
            }
        }
        let total = records.count
        shared.change { $0.recordCount = total }
        return count
    }

    private func noteJournal(_ record: borrowing ConsumerRecord) throws {
        guard let value = record.value else { return }
        let partition = record.partition
        let journal: JournalRecord
        do throws(JournalError) { journal = try JournalRecord.decode(value).0 } catch {
            throw SoakFailure("the journal of partition \(partition) at offset \(record.offset): \(error)")
        }
        shared.change { $0.positions[partition] = journal.positions }
    }
}

/// One partition that is followed.
private final class FollowedPartition {
    private let queue: PartitionQueue
    /// The offset up to which everything was read.
    private(set) var reached: Int64 = 0

    init(_ queue: consuming PartitionQueue) { self.queue = queue }

    /// Takes everything at hand; returns how much.
    func readAll(_ body: (borrowing ConsumerRecord, Int) throws -> Void) throws -> Int {
        var count = 0
        // BOUND: until nothing is at hand.
        while true {
            switch queue.next() {
            case .record(let record):
                try body(record, queue.topicIndex)
                reached = max(reached, record.offset + 1)
                count += 1
            case .endOfPartition(let offset): reached = max(reached, offset)
            case .failed(let error):
                if error.isFatal || error.retryHint != .afterBackoff { throw error }
            case .empty: return count
            }
        }
    }
}

extension FoundRecord {
    fileprivate init(_ record: borrowing ConsumerRecord, topicIndex: Int) throws {
        self.topicIndex = topicIndex
        partition = record.partition
        key = record.key.map { String(decoding: $0, as: UTF8.self) } ?? ""
        value = record.value.map { Array($0) } ?? []
        var headers: [String: String] = [:]
        try record.forEachHeader { name, value in
            headers[String(decoding: name, as: UTF8.self)] =
                value.map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        identity =
            headers["ce_id"]
            ?? FoundRecord.deadLetterIdentity(
                topic: headers["tetik.topic"] ?? "", partition: headers["tetik.partition"] ?? "",
                offset: headers["tetik.offset"] ?? "", reason: headers["tetik.reason"] ?? "")
    }

    /// What names a dead letter.
    static func deadLetterIdentity(topic: String, partition: String, offset: String, reason: String) -> String
    {
        "\(topic)/\(partition)@\(offset) \(reason)"
    }
}
