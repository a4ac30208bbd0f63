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
    private static let watermarkTimeoutMilliseconds: Int32 = 2_000
    private static let retryMilliseconds: Int64 = 100

    /// Where reading came to an end for now.
    private struct End {
        var offset: Int64
        var reachedAt: Int64
    }

    let settings: Settings
    let lifecycle: Lifecycle
    let events: KafkaEventLog
    /// Shards whose journal is known to hold nothing, so that nobody waits to see that.
    var emptyShards: Set<Int32> = []
    var clock = LiveClock.system

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
        guard let range = try range(of: partition, consumer) else { return .failure(.stopped) }
        let queue = try consumer.openQueue(for: partition, topicIndex: 0)
        // A number, not "the beginning": that is looked up only once a partition's leader is known, for which
        // librdkafka looks every 500 ms.
        let start = offset.map { $0 + 1 } ?? range.low
        try consumer.assign([PartitionOffset(partition, KafkaOffset(start))])
        var tail = JournalTail()
        var end: End?
        // BOUND: until the mark, the end of the journal, or it is time to stop.
        while !lifecycle.isStopping {
            while let event = try consumer.poll(timeoutMilliseconds: 0) { events.log(event) }
            switch queue.next(timeoutMilliseconds: Self.pollMilliseconds) {
            case .record(let record):
                if let failure = add(record, to: &tail) { return .failure(failure) }
                end = nil
            case .endOfPartition(let offset):
                if mark == nil, offset >= queue.cachedWatermarks()?.high ?? offset { return .success(tail) }
                end = End(offset: offset, reachedAt: clock.monotonicMilliseconds())
            case .failed(let error):
                if error.kind == .offsetOutOfRange || error.kind == .noOffset || error.isFatal { throw error }
                events.logRepeatable("journal", "waiting for the journal: \(error.message)", .warning)
            case .empty:
                guard let mark, isOver(&end, partition, consumer) else { break }
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

    /// What there is to read; nil if it is time to stop first.
    private func range(
        of partition: TopicPartition, _ consumer: KafkaConsumer
    ) throws(KafkaError) -> Watermarks? {
        // BOUND: until the broker answers, or it is time to stop.
        while !lifecycle.isStopping {
            while let event = try consumer.poll(timeoutMilliseconds: 0) { events.log(event) }
            if let range = try? consumer.queryWatermarks(
                of: partition, timeoutMilliseconds: Self.watermarkTimeoutMilliseconds)
            {
                return range
            }
            events.logRepeatable("journal", "waiting for the journal \(partition)", .warning)
            _ = lifecycle.pause(milliseconds: Self.retryMilliseconds)
        }
        return nil
    }

    /// Whether nothing came for so long after the end that nothing more will, which the broker has to confirm: one
    /// that is away shows no end.
    private func isOver(_ end: inout End?, _ partition: TopicPartition, _ consumer: KafkaConsumer) -> Bool {
        let now = clock.monotonicMilliseconds()
        guard let reached = end, now - reached.reachedAt > Self.markerMilliseconds else { return false }
        guard
            let range = try? consumer.queryWatermarks(
                of: partition, timeoutMilliseconds: Self.watermarkTimeoutMilliseconds)
        else {
            events.logRepeatable("journal", "waiting for the journal \(partition)", .warning)
            return false
        }
        if range.high <= reached.offset { return true }
        end = End(offset: reached.offset, reachedAt: now)
        return false
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
