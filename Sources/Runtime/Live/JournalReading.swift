import Coordination
import KafkaTransport
import Primitives
import Settings

/// Where a shard's journal is read from: Kafka in the daemon, a model in simulation.
protocol JournalSource: Sendable {
    /// Reads the records of `shard` behind `offset`, which is that of a record that is known already.
    ///
    /// - Parameters:
    ///   - offset: nil: from the oldest record on.
    ///   - mark: what was committed last; nil, if nobody knows: to the end that readers of committed data see.
    func read(
        shard: Int32, after offset: Int64?, to mark: CommitMark?
    ) throws(JournalReading.Failure) -> JournalTail
}

/// Reads a shard's journal from Kafka, on whichever thread asks; blocks.
struct JournalReading: JournalSource {
    /// Why the journal could not be read.
    enum Failure: Error {
        /// It was read to its end, and what was committed last is not in it.
        case incomplete(String)
        /// A record of it cannot be understood.
        case unreadable(String)
        /// It can be read, but this process must not go on from it.
        case refused(String)
        case kafka(KafkaError)
        /// A snapshot of this partition holds a record that was never committed: its number, and the last committed.
        case ahead(Int32, UInt64, UInt64)
        /// It is time to stop.
        case stopped
    }

    /// Markers of a transaction that was committed a moment ago follow within this time.
    private static let markerMilliseconds: Int64 = 30_000
    private static let pollMilliseconds: Int32 = 50

    let settings: Settings
    let lifecycle: Lifecycle
    let events: KafkaEventLog
    /// Shards whose journal is known to hold nothing, so that nobody waits to see that.
    var emptyShards: Set<Int32> = []

    func read(shard: Int32, after offset: Int64?, to mark: CommitMark?) throws(Failure) -> JournalTail {
        if mark == nil, offset == nil, emptyShards.contains(shard) { return JournalTail() }
        let result: Result<JournalTail, Failure>
        do throws(KafkaError) {
            let consumer = try KafkaConsumer(settings.observerConfiguration)
            defer { consumer.close(timeoutMilliseconds: 0) }
            result = try read(shard, offset, mark, consumer)
        } catch {
            throw .kafka(error)
        }
        return try result.get()
    }

    private func read(
        _ shard: Int32, _ offset: Int64?, _ mark: CommitMark?, _ consumer: KafkaConsumer
    ) throws(KafkaError) -> Result<JournalTail, Failure> {
        let partition = TopicPartition(settings.topics.journal, shard)
        let queue = try consumer.openQueue(for: partition, topicIndex: 0)
        let start = offset.map { KafkaOffset($0 + 1) } ?? .beginning
        try consumer.assign([PartitionOffset(partition, start)])
        var tail = JournalTail()
        var endedAt: Int64?
        // BOUND: until the mark, the end of the journal, or it is time to stop.
        while !lifecycle.isStopping {
            while let event = try consumer.poll(timeoutMilliseconds: 0) { events.log(event) }
            switch queue.next(timeoutMilliseconds: Self.pollMilliseconds) {
            case .record(let record):
                if let failure = add(record, to: &tail) { return .failure(failure) }
                endedAt = nil
            case .endOfPartition(let end):
                guard mark == nil, end >= queue.cachedWatermarks()?.high ?? end else { break }
                return .success(tail)
            case .failed(let error):
                if error.kind == .offsetOutOfRange || error.kind == .noOffset || error.isFatal { throw error }
                events.logRepeatable("journal", "waiting for the journal: \(error.message)", .warning)
            case .empty:
                let now = SystemClock.monotonicMilliseconds()
                endedAt = endedAt ?? now
                guard let mark, now - (endedAt ?? now) > Self.markerMilliseconds else { break }
                return .failure(
                    .incomplete(
                        "record \(mark.sequenceNumber) of partition \(shard), the last that was committed, is not "
                            + "in the journal \(partition)"))
            }
            if let mark, tail.contains(sequenceNumber: mark.sequenceNumber, chain: mark.chain) {
                return .success(tail)
            }
        }
        return .failure(.stopped)
    }

    private func add(_ record: borrowing ConsumerRecord, to tail: inout JournalTail) -> Failure? {
        // Groups may share the topic.
        guard let key = record.key, key.elementsEqual(settings.kafka.groupID.utf8), let value = record.value
        else { return nil }
        do throws(JournalError) {
            let (decoded, chain) = try JournalRecord.decode(value)
            tail.add(decoded, chain: chain, offset: record.offset)
            return nil
        } catch {
            return .unreadable(
                "\(settings.topics.journal)/\(record.partition) at offset \(record.offset): \(error)")
        }
    }
}
