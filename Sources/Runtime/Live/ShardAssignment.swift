import KafkaTransport
import Logging
import Primitives
import Settings

/// Turns assigned partitions into running shards, and back.
///
/// Isolation: the poll thread, inside the rebalance conversation.
struct ShardAssignment {
    // BOUND: an assignment may be under way when the daemon is to end, within 10 s.
    private static let committedTimeoutMilliseconds: Int32 = 2_000
    private static let watermarkTimeoutMilliseconds: Int32 = 2_000

    let settings: Settings
    let acceptsDataLoss: Bool
    let loops: [ShardLoop]
    let board: PositionBoard
    let counters: LiveCounters
    let lifecycle: Lifecycle
    let events: KafkaEventLog
    let logger: Logger
    private var epoch: UInt64 = 0

    init(
        settings: Settings, acceptsDataLoss: Bool, loops: [ShardLoop], board: PositionBoard,
        counters: LiveCounters, lifecycle: Lifecycle, events: KafkaEventLog, logger: Logger
    ) {
        self.settings = settings
        self.acceptsDataLoss = acceptsDataLoss
        self.loops = loops
        self.board = board
        self.counters = counters
        self.lifecycle = lifecycle
        self.events = events
        self.logger = logger
    }

    /// Starts shards for what was assigned.
    ///
    /// - Parameter onDelay: called again and again while the group coordinator does not answer.
    /// - Returns: where each partition is to be read from.
    mutating func begin(
        _ partitions: [TopicPartition], consumer: KafkaConsumer, onDelay: (KafkaError) -> Void
    ) throws(DaemonFailure) -> [PartitionOffset] {
        try checkColocation(partitions)
        epoch += 1
        var starts: [TopicPartition: PartitionOffset] = [:]
        var canAsk = true
        for committed in try committed(partitions, consumer, onDelay) {
            starts[committed.partition] = try start(committed, consumer, &canAsk)
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
        _ partitions: [TopicPartition], _ consumer: KafkaConsumer, _ onDelay: (KafkaError) -> Void
    ) throws(DaemonFailure) -> [PartitionOffset] {
        // BOUND: until the group coordinator answers, or it is time to stop.
        while !lifecycle.isStopping {
            do throws(KafkaError) {
                return try consumer.committed(
                    partitions, timeoutMilliseconds: Self.committedTimeoutMilliseconds)
            } catch {
                if error.retryHint == .never { throw .fault("\(error)") }
                events.logRepeatable(
                    "committed", "waiting for committed positions: \(error.message)", .warning)
                onDelay(error)
                _ = lifecycle.pause(milliseconds: 500)
            }
        }
        throw .kafkaUnreachable("stopped before the committed positions were known")
    }

    /// Where to begin: at the committed position, else at the oldest record.
    ///
    /// Where the broker cannot be asked what is left, the first fetch finds out; `canAsk` becomes false then, so that
    /// many partitions do not wait for the same broker one after another.
    private func start(
        _ committed: PartitionOffset, _ consumer: KafkaConsumer, _ canAsk: inout Bool
    ) throws(DaemonFailure) -> PartitionOffset {
        let partition = committed.partition
        guard let position = committed.offset.value else { return PartitionOffset(partition, .beginning) }
        guard canAsk else { return PartitionOffset(partition, KafkaOffset(position)) }
        let range: Watermarks
        do throws(KafkaError) {
            range = try consumer.queryWatermarks(
                of: partition, timeoutMilliseconds: Self.watermarkTimeoutMilliseconds)
        } catch {
            canAsk = false
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
                        position: starts[partition]?.offset.value, rules: settings.rules,
                        counters: counters, events: events))
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
