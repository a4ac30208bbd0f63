import Coordination
import KafkaTransport
import Logging
import Primitives
import Settings

/// Turns assigned partitions into running shards, and back.
///
/// Isolation: the poll thread, inside the rebalance conversation.
struct ShardAssignment {
    // BOUND: an assignment may be under way when the daemon is to end, within 10 s.
    private static let committedTimeoutMilliseconds: Int32 = 1_000
    private static let watermarkTimeoutMilliseconds: Int32 = 2_000
    private static let confirmTimeoutMilliseconds: Int32 = 1_000
    /// How long a former owner's transaction may be open before it is ended for it.
    static let fenceAfterMilliseconds: Int64 = 2_000

    /// What the assignment works with.
    struct Parts {
        var settings: Settings
        var rules: RulesInForce
        var partitionCount: Int32
        var acceptsDataLoss: Bool
        var loops: [ShardLoop]
        var board: ShardBoard
        var counters: LiveCounters
        var lifecycle: Lifecycle
        var events: KafkaEventLog
        var logger: Logger
        var snapshots: ShardSnapshots.Common
    }

    let parts: Parts
    private var settings: Settings { parts.settings }
    private var epoch: UInt64 = 0
    /// What is left of shards that were given up, until somebody else has them.
    private var warm: [Int32: ShardCore] = [:]

    init(_ parts: Parts) { self.parts = parts }

    /// Starts shards for what was assigned.
    ///
    /// - Parameter onDelay: called again and again while the group coordinator does not answer.
    /// - Returns: where each partition is to be read from.
    mutating func begin(
        _ partitions: [TopicPartition], consumer: KafkaConsumer, onDelay: (KafkaError) -> Void
    ) throws(DaemonFailure) -> [PartitionOffset] {
        try checkColocation(partitions)
        let shards = Set(partitions.map(\.partition)).sorted()
        warm = warm.filter { shards.contains($0.key) }
        guard !shards.isEmpty else { return [] }
        epoch += 1
        // Rule 2: once, here, so that nothing of this assignment is ever committed under a later membership.
        do throws(KafkaError) { parts.board.begin(group: try consumer.groupMetadata()) } catch {
            throw .fault("\(error)")
        }
        var committed: [TopicPartition: PartitionOffset] = [:]
        for offset in try self.committed(partitions, consumer, onDelay) {
            committed[offset.partition] = offset
        }
        var canAsk = true
        let prepared = try prepare(shards, committed, consumer)
        var starts: [PartitionOffset] = []
        for shard in shards {
            guard let prepared = prepared[shard] else {
                preconditionFailure("shard \(shard) was not prepared")
            }
            starts += try begin(shard, prepared, consumer, &canAsk)
        }
        return starts
    }

    /// Every shard needs its partition of every topic. The range assignor gives it that, unless members
    /// have different subscriptions, or topics different counts of partitions.
    private func checkColocation(_ partitions: [TopicPartition]) throws(DaemonFailure) {
        let assigned = Set(partitions)
        for shard in Set(partitions.map(\.partition)) {
            if shard >= parts.partitionCount {
                throw .configuration(
                    "the input topics have grown beyond \(parts.partitionCount) partitions, so customers have moved "
                        + "between shards; give them their old number back, or begin anew with another kafka.group_id"
                )
            }
            for topic in settings.topics.inputs where !assigned.contains(TopicPartition(topic, shard)) {
                throw .configuration(
                    "the group assigned partition \(shard) without that of \(topic); give all input topics "
                        + "the same number of partitions and all members of group \(settings.kafka.groupID) "
                        + "the same topics.inputs")
            }
        }
    }

    /// The committed positions, once no transaction of a former owner is open any more (rule 4).
    private func committed(
        _ partitions: [TopicPartition], _ consumer: KafkaConsumer, _ onDelay: (KafkaError) -> Void
    ) throws(DaemonFailure) -> [PartitionOffset] {
        let startedAt = SystemClock.monotonicMilliseconds()
        var isFenced = false
        // BOUND: until the group coordinator answers, or it is time to stop.
        while !parts.lifecycle.isStopping {
            do throws(KafkaError) {
                return try consumer.committed(
                    partitions, timeoutMilliseconds: Self.committedTimeoutMilliseconds)
            } catch {
                if error.retryHint == .never { throw .fault("\(error)") }
                parts.events.logRepeatable(
                    "committed", "waiting for committed positions: \(error.message)", .warning)
                onDelay(error)
                if !isFenced, settings.delivery == .exactlyOnce,
                    SystemClock.monotonicMilliseconds() - startedAt > Self.fenceAfterMilliseconds
                {
                    let ids = PreviousOwner(settings: settings, events: parts.events).fence(partitions)
                    isFenced = !ids.isEmpty
                    if isFenced {
                        parts.logger.notice(
                            "ended the open transaction of a former owner",
                            metadata: ["transactional.id": "\(ids.joined(separator: ", "))"])
                    }
                }
                _ = parts.lifecycle.pause(milliseconds: 100)
            }
        }
        throw .kafkaUnreachable("stopped before the committed positions were known")
    }

    /// Finds out on the shards' own threads, at the same time, where each begins.
    private mutating func prepare(
        _ shards: [Int32], _ committed: [TopicPartition: PartitionOffset], _ consumer: KafkaConsumer
    ) throws(DaemonFailure) -> [Int32: ShardPreparation.Prepared] {
        let preparation = ShardPreparation(
            settings: settings, partitionCount: parts.partitionCount, snapshots: parts.snapshots,
            journal: JournalReading(
                settings: settings, lifecycle: parts.lifecycle, events: parts.events,
                emptyShards: emptyJournals(of: shards.filter { mark($0, committed) == nil }, consumer)),
            acceptsDataLoss: parts.acceptsDataLoss, lifecycle: parts.lifecycle, logger: parts.logger)
        let results = Monitor<[Int32: Result<ShardPreparation.Prepared, DaemonFailure>]>([:])
        var tickets: [(loop: ShardLoop, ticket: Int)] = []
        for shard in shards {
            let offsets = settings.topics.inputs.map { committed[TopicPartition($0, shard)] }
            let positions = offsets.map { $0?.offset.value ?? KafkaOffset.beginning.rawValue }
            let mark = mark(shard, committed)
            let warm = warm.removeValue(forKey: shard)
            let loop = loop(of: shard)
            let ticket = loop.begin {
                let result = Result { () throws(DaemonFailure) in
                    try preparation.run(shard, committed: positions, mark: mark, warm: warm)
                }
                results.change { $0[shard] = result }
            }
            tickets.append((loop, ticket))
        }
        for (loop, ticket) in tickets { loop.wait(for: ticket) }
        var prepared: [Int32: ShardPreparation.Prepared] = [:]
        for (shard, result) in results.read({ $0 }) { prepared[shard] = try result.get() }
        return prepared
    }

    /// What the group has committed last of a shard.
    private func mark(_ shard: Int32, _ committed: [TopicPartition: PartitionOffset]) -> CommitMark? {
        settings.topics.inputs
            .compactMap { committed[TopicPartition($0, shard)]?.metadata.flatMap { CommitMark($0) } }
            .max { $0.sequenceNumber < $1.sequenceNumber }
    }

    /// Of these shards those whose journal holds nothing; as many as the broker tells without delay.
    private func emptyJournals(of shards: [Int32], _ consumer: KafkaConsumer) -> Set<Int32> {
        var empty: Set<Int32> = []
        for shard in shards {
            guard let range = watermarks(of: TopicPartition(settings.topics.journal, shard), consumer) else {
                break
            }
            if range.low == range.high { empty.insert(shard) }
        }
        return empty
    }

    private func loop(of shard: Int32) -> ShardLoop { parts.loops[Int(shard) % parts.loops.count] }

    private func watermarks(of partition: TopicPartition, _ consumer: KafkaConsumer) -> Watermarks? {
        do throws(KafkaError) {
            return try consumer.queryWatermarks(
                of: partition, timeoutMilliseconds: Self.watermarkTimeoutMilliseconds)
        } catch {
            parts.events.logRepeatable(
                "range \(partition)", "cannot tell what is left of \(partition): \(error.message)", .warning)
            return nil
        }
    }

    /// Where to begin, if that is still there.
    ///
    /// Where the broker cannot be asked what is left, the first fetch finds out; `canAsk` becomes false then, so that
    /// many partitions do not wait for the same broker one after another.
    private func start(
        _ partition: TopicPartition, _ position: Int64, _ consumer: KafkaConsumer, _ canAsk: inout Bool
    ) throws(DaemonFailure) -> Int64 {
        guard canAsk, position >= 0 else { return position }
        guard let range = watermarks(of: partition, consumer) else {
            canAsk = false
            return position
        }
        if range.low <= position, position <= range.high { return position }
        let lostCount = max(range.low - position, 0)
        let what =
            position < range.low
            ? "\(partition): up to \(lostCount) records from offset \(position) on were removed before they were read"
            : "\(partition) ends at offset \(range.high), before the committed position \(position): it was recreated"
        guard parts.acceptsDataLoss else {
            throw .dataLoss("\(what); start with --accept-data-loss to go on with what is left")
        }
        parts.logger.error("data loss accepted", metadata: ["what": "\(what)"])
        parts.counters.addLost(lostCount)
        return range.low
    }

    private func begin(
        _ shard: Int32, _ prepared: ShardPreparation.Prepared, _ consumer: KafkaConsumer, _ canAsk: inout Bool
    ) throws(DaemonFailure) -> [PartitionOffset] {
        let loop = loop(of: shard)
        let rules = parts.rules.current
        var starts: [PartitionOffset] = []
        var intakes: [TopicIntake<KafkaRecordQueue>] = []
        for (index, topic) in settings.topics.inputs.enumerated() {
            let partition = TopicPartition(topic, shard)
            let position = try start(partition, prepared.core.positions[index], consumer, &canAsk)
            starts.append(PartitionOffset(partition, KafkaOffset(position)))
            do throws(KafkaError) {
                intakes.append(
                    TopicIntake(
                        topic: topic,
                        queue: KafkaRecordQueue(
                            try consumer.openQueue(
                                for: partition, topicIndex: index, signal: loop.newsSignal)),
                        position: position,
                        rules: prepared.decodingRules(
                            topicIndex: index, from: position, then: rules.rules),
                        counters: parts.counters, events: parts.events))
            } catch {
                throw .fault("\(error)")
            }
        }
        parts.board.begin(
            shard, epoch: epoch, sequenceNumber: prepared.sequenceNumber, chain: prepared.chain)
        let decodeFrom = prepared.row.last?.record.positions ?? intakes.map(\.position)
        let recovery = ShardRecovery(row: prepared.row, acceptsDataLoss: parts.acceptsDataLoss)
        note(recovery, shard, prepared)
        loop.add(
            KafkaShard(
                KafkaShard.Plan(
                    core: prepared.core, epoch: epoch, intakes: intakes,
                    confirmedEnd: confirmation(consumer), recovery: recovery,
                    rules: rules, decodeFrom: decodeFrom, namesRules: prepared.mustNameRules,
                    idleAfterMilliseconds: settings.idleAfterMilliseconds, counters: parts.counters,
                    snapshots: parts.snapshots)))
        // A change that came meanwhile did not find the shard yet.
        if case let changed = parts.rules.current, changed != rules { loop.change(rules: changed) }
        return starts
    }

    /// How a shard asks, before a tick, whether there really is nothing left.
    private func confirmation(_ consumer: KafkaConsumer) -> (TopicPartition) -> Int64? {
        let query = consumer.watermarkQuery
        return { try? query.run($0, timeoutMilliseconds: Self.confirmTimeoutMilliseconds).high }
    }

    private func note(_ recovery: ShardRecovery, _ shard: Int32, _ prepared: ShardPreparation.Prepared) {
        guard !recovery.isFinished else { return }
        parts.counters.observer.noteRecovery(
            shard, loop: Int(shard) % parts.loops.count, doneCount: 0, totalCount: recovery.inputCount)
        parts.logger.info(
            "recovering",
            metadata: [
                "partition": "\(shard)", "journal_records": "\(prepared.row.count)",
                "input_records": "\(recovery.inputCount)",
                "customers": "\(prepared.core.engine.customerCount)",
            ])
    }

    /// Stops shards and lets go of their queues; what they emitted is still under way.
    mutating func stopReading(_ shards: Set<Int32>) {
        for loop in parts.loops {
            for core in loop.remove(shards) { warm[core.partition] = core }
        }
    }

    /// What is left of the shards, once all are given up; their state is that of the journal's end.
    var retired: [ShardCore] { warm.values.sorted { $0.partition < $1.partition } }

    /// Forgets shards; what is left of those whose state is committed is kept for when they come back, and returned.
    mutating func end(_ shards: Set<Int32>) -> [ShardCore] {
        for partition in shards {
            warm[partition] = parts.board.end(partition, warm[partition])
            parts.counters.retire(shard: partition)
        }
        return retired.filter { shards.contains($0.partition) }
    }
}
