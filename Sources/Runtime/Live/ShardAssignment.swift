import KafkaTransport
import Logging
import Primitives
import Settings

/// Turns assigned partitions into running shards, and back.
///
/// Isolation: the poll thread, inside the rebalance conversation.
struct ShardAssignment {
    private static let committedTimeoutMilliseconds: Int32 = 5_000
    private static let watermarkTimeoutMilliseconds: Int32 = 5_000

    let settings: Settings
    let acceptsDataLoss: Bool
    let loops: [ShardLoop]
    let board: PositionBoard
    let counters: LiveCounters
    let lifecycle: Lifecycle
    let logger: Logger
    private var epoch: UInt64 = 0

    init(
        settings: Settings, acceptsDataLoss: Bool, loops: [ShardLoop], board: PositionBoard,
        counters: LiveCounters, lifecycle: Lifecycle, logger: Logger
    ) {
        self.settings = settings
        self.acceptsDataLoss = acceptsDataLoss
        self.loops = loops
        self.board = board
        self.counters = counters
        self.lifecycle = lifecycle
        self.logger = logger
    }

    /// Starts shards for what was assigned.
    ///
    /// - Returns: where each partition is to be read from.
    mutating func begin(
        _ partitions: [TopicPartition], consumer: KafkaConsumer
    ) throws(DaemonFailure) -> [PartitionOffset] {
        try checkColocation(partitions)
        epoch += 1
        var starts: [TopicPartition: PartitionOffset] = [:]
        for committed in try committed(partitions, consumer) {
            starts[committed.partition] = try start(committed, consumer)
        }
        for shard in Set(partitions.map(\.partition)).sorted() {
            try begin(shard, starts, consumer)
        }
        return partitions.compactMap { starts[$0] }
    }

    /// Every shard needs its partition of every topic. Source: EXACTLY-ONCE rule of the range assignor: members
    /// with different subscriptions, or topics with different counts, break it.
    private func checkColocation(_ partitions: [TopicPartition]) throws(DaemonFailure) {
        let assigned = Set(partitions)
        for shard in Set(partitions.map(\.partition)) {
            for topic in settings.topics.inputs where !assigned.contains(TopicPartition(topic, shard)) {
                throw .configuration(
                    "the group assigned partition \(shard) without that of \(topic); give all input topics "
                        + "the same number of partitions and all members of group \(settings.kafka.groupID) "
                        + "the same topics.inputs")
            }
        }
    }

    private func committed(
        _ partitions: [TopicPartition], _ consumer: KafkaConsumer
    ) throws(DaemonFailure) -> [PartitionOffset] {
        // BOUND: until the group coordinator answers, or it is time to stop.
        while !lifecycle.isStopping {
            do throws(KafkaError) {
                return try consumer.committed(
                    partitions, timeoutMilliseconds: Self.committedTimeoutMilliseconds)
            } catch {
                if error.retryHint == .never { throw .fault("\(error)") }
                logger.warning("waiting for committed positions", metadata: ["why": "\(error.message)"])
                _ = lifecycle.pause(milliseconds: 500)
            }
        }
        throw .kafkaUnreachable("stopped before the committed positions were known")
    }

    /// Where to begin: at the committed position, else at the oldest record.
    private func start(
        _ committed: PartitionOffset, _ consumer: KafkaConsumer
    ) throws(DaemonFailure) -> PartitionOffset {
        let partition = committed.partition
        guard let position = committed.offset.value else { return PartitionOffset(partition, .beginning) }
        let range: Watermarks
        do throws(KafkaError) {
            range = try consumer.queryWatermarks(
                of: partition, timeoutMilliseconds: Self.watermarkTimeoutMilliseconds)
        } catch {
            logger.warning("cannot tell what is left of \(partition)", metadata: ["why": "\(error.message)"])
            return PartitionOffset(partition, KafkaOffset(position))
        }
        if range.low <= position, position <= range.high {
            return PartitionOffset(partition, KafkaOffset(position))
        }
        let lostCount = max(range.low - position, 0)
        let what =
            position < range.low
            ? "\(partition): up to \(lostCount) records from offset \(position) on were removed before they were read"
            : "\(partition) ends at offset \(range.high), before the committed position \(position): it was recreated"
        guard acceptsDataLoss else {
            throw .dataLoss("\(what); start with --accept-data-loss to go on with what is left")
        }
        logger.error("data loss accepted", metadata: ["what": "\(what)"])
        counters.addLost(lostCount)
        return PartitionOffset(partition, position < range.low ? KafkaOffset(range.low) : .beginning)
    }

    private func begin(
        _ shard: Int32, _ starts: [TopicPartition: PartitionOffset], _ consumer: KafkaConsumer
    ) throws(DaemonFailure) {
        let loop = loops[Int(shard) % loops.count]
        var intakes: [TopicIntake] = []
        for (index, topic) in settings.topics.inputs.enumerated() {
            let partition = TopicPartition(topic, shard)
            do throws(KafkaError) {
                intakes.append(
                    TopicIntake(
                        topic: topic,
                        queue: try consumer.openQueue(
                            for: partition, topicIndex: index, signal: loop.newsSignal),
                        position: starts[partition]?.offset.value, rules: settings.rules))
            } catch {
                throw .fault("\(error)")
            }
        }
        board.begin(shard, epoch: epoch)
        loop.add(
            LiveShard(
                partition: shard, epoch: epoch, intakes: intakes, watermarkQuery: consumer.watermarkQuery,
                rules: settings.rules, idleAfterMilliseconds: settings.idleAfterMilliseconds,
                counters: counters))
    }

    /// Stops shards and lets go of their queues; what they emitted is still under way.
    func stopReading(_ shards: Set<Int32>) {
        for loop in loops { loop.remove(shards) }
    }

    /// Forgets shards.
    func end(_ shards: Set<Int32>) {
        for shard in shards {
            board.end(shard)
            counters.retire(shard: shard)
        }
    }
}
