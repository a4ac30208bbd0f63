import Coordination
import Engine
import KafkaTransport
import Logging
import Model
import Primitives
import Settings
import SnapshotStore

/// One daemon without threads: the parts that decide what is read, applied, committed, recovered and kept, turned a
/// step at a time by whoever holds it, in whichever order.
///
/// What it has no part of is what talks to librdkafka. Isolation: one thread.
package final class SteppedMember {
    /// Faults that are put in on purpose, to see whether they are found.
    package enum Plant: String, Sendable, CaseIterable {
        /// The commit leaves the offsets out.
        case skipsOffsets
        /// Recovery leaves out the last journal record.
        case skipsJournalRecord
        /// Snapshots are free to be published before their commit.
        case settlesBeforeCommit
        /// A transaction that was aborted counts as committed.
        case takesAbortForCommit
        /// Without transactions: records that nobody acknowledged count as written.
        case ignoresUnacknowledged
        /// Without transactions: positions are committed before what led to them is written.
        case commitsAhead
        /// A snapshot that another host wrote is taken for the newest state there is.
        case trustsForeignSnapshots
        /// No snapshot is ever found.
        case overlooksSnapshots
    }

    /// What a member is made of.
    package struct Parts {
        /// The configuration.
        package var settings: Settings
        /// The name of its transactions.
        package var transactionalID: String
        /// Partitions of the input topics.
        package var partitionCount: Int32
        /// Its disk.
        package var disk: any FileSystem
        /// Where it copies its snapshots to, and finds those of others; nil: nowhere.
        package var shared: SnapshotDirectory?
        /// Its clocks.
        package var clock: LiveClock
        /// The cluster.
        package var cluster: any SteppedCluster
        /// Planted faults.
        package var plants: Set<Plant>
        /// Where it logs to.
        package var logger: Logger

        /// Puts the parts together.
        package init(
            settings: Settings, transactionalID: String, partitionCount: Int32, disk: any FileSystem,
            shared: SnapshotDirectory?, clock: LiveClock, cluster: any SteppedCluster, plants: Set<Plant>,
            logger: Logger
        ) {
            self.settings = settings
            self.transactionalID = transactionalID
            self.partitionCount = partitionCount
            self.disk = disk
            self.shared = shared
            self.clock = clock
            self.cluster = cluster
            self.plants = plants
            self.logger = logger
        }
    }

    /// A state that was made again.
    package struct Recovered {
        /// The shard.
        package var partition: Int32
        /// The journal record after which the state is this.
        package var sequenceNumber: UInt64
        /// `Engine.stateDigest`.
        package var digest: UInt64
    }

    static let clusterID = "simulated"

    var parts: Parts
    private let lifecycle = Lifecycle()
    let board = ShardBoard()
    private let counters = LiveCounters()
    private let outputs: OutputQueue
    private let station: SnapshotStation
    let snapshots: ShardSnapshots.Common
    let directory: SnapshotDirectory
    private let client: SteppedClient
    private let writer: SteppedWriter
    private let events: KafkaEventLog
    private var committer: UnitCommitter
    private(set) var shards: [LiveShard<SteppedQueue>] = []
    private var nextShard = 0
    private var warm: [Int32: ShardCore] = [:]
    private var epoch: UInt64 = 0
    private var ends: [Int32: UInt64] = [:]
    private var recovered: [Recovered] = []
    /// Positions that are still to be committed outside of transactions.
    var uncommitted: [Int32: ShardBoard.Commit] = [:]
    /// The shard that made it stop by itself.
    package private(set) var failedPartition: Int32?
    /// How often a state was made again from another host's snapshot.
    package private(set) var foreignSnapshotCount = 0
    /// The queues of what is assigned.
    package private(set) var queues: [SteppedQueue] = []

    /// Makes a member that owns nothing.
    package init(_ parts: Parts) {
        self.parts = parts
        let settings = parts.settings
        outputs = OutputQueue(shardCount: Int(parts.partitionCount))
        directory = SnapshotDirectory(settings.state.directory, fileSystem: parts.disk)
        station = SnapshotStation(
            directory: directory, shared: parts.shared, keptCount: Int(settings.state.snapshotsKept),
            observer: counters.observer, logger: parts.logger, clock: parts.clock)
        snapshots = ShardSnapshots.Common(
            station: station, intervalMilliseconds: settings.state.snapshotIntervalMilliseconds,
            clusterID: Self.clusterID, groupID: settings.kafka.groupID,
            partitionCount: parts.partitionCount, clock: parts.clock)
        client = SteppedClient(
            cluster: parts.cluster, board: board, settings: settings, plants: parts.plants)
        writer = SteppedWriter(client, cluster: parts.cluster, board: board, plants: parts.plants)
        events = KafkaEventLog(parts.logger)
        committer = UnitCommitter(
            queue: outputs, board: board,
            builder: CommitUnitBuilder(
                board: board, writer: parts.transactionalID, clusterID: Self.clusterID,
                partitionCount: parts.partitionCount), counters: counters)
    }

    /// Why it stopped by itself, if it did.
    package var failure: DaemonFailure? { lifecycle.failure }

    /// The partitions that it works on.
    package var partitions: [Int32] { shards.map(\.partition) }

    /// States that were made again since the last call.
    package func takeRecovered() -> [Recovered] {
        defer { recovered = [] }
        return recovered
    }

    /// The newest snapshot that is listed of a shard, by its journal record.
    package func newestSnapshot(_ shard: Int32) -> UInt64? {
        (try? directory.list(shard: UInt32(shard)))?.files.last?.sequence
    }

    /// Input events and customers at hand, for figures.
    package var eventCount: Int64 { counters.totals.eventCount }

    /// Whether nothing waits to be committed or to be done again.
    package var isAtRest: Bool {
        shards.allSatisfy { !$0.isRecovering && !$0.hasNews && board.shard($0.partition)?.pendingCount == 0 }
    }
}

extension SteppedMember {
    /// Takes on partitions, as the daemon does in the assign conversation; may let time pass.
    package func assign(_ partitions: [Int32], group: GroupMetadata) {
        warm = warm.filter { partitions.contains($0.key) }
        guard !partitions.isEmpty else { return }
        epoch += 1
        board.begin(group: group)
        let inputs = parts.settings.topics.inputs
        guard
            let committed = committed(
                partitions.flatMap { shard in inputs.map { TopicPartition($0, shard) } })
        else { return }
        for shard in partitions where failure == nil {
            do throws(DaemonFailure) { try begin(shard, committed) } catch {
                if !parts.cluster.mustGiveUp { fail(error, shard) }
            }
        }
    }

    private func committed(_ partitions: [TopicPartition]) -> [TopicPartition: PartitionOffset]? {
        let startedAt = parts.clock.monotonicMilliseconds()
        var isFenced = false
        // BOUND: until the coordinator answers, or the member's end.
        while !parts.cluster.mustGiveUp {
            do throws(TransactionTrouble) {
                var found: [TopicPartition: PartitionOffset] = [:]
                for offset in try parts.cluster.committed(partitions) { found[offset.partition] = offset }
                return found
            } catch {
                let waited = parts.clock.monotonicMilliseconds() - startedAt
                if !isFenced, parts.settings.delivery == .exactlyOnce,
                    waited > ShardAssignment.fenceAfterMilliseconds
                {
                    isFenced = parts.cluster.fence(partitions)
                }
                parts.cluster.backOff()
            }
        }
        return nil
    }

    private func begin(
        _ shard: Int32, _ committed: [TopicPartition: PartitionOffset]
    ) throws(DaemonFailure) {
        let settings = parts.settings
        let offsets = settings.topics.inputs.map { committed[TopicPartition($0, shard)] }
        let mark = offsets.compactMap { $0?.metadata.flatMap { CommitMark($0) } }
            .max { $0.sequenceNumber < $1.sequenceNumber }
        parts.cluster.willPrepare(shard)
        let preparation = ShardPreparation(
            settings: settings, partitionCount: parts.partitionCount, snapshots: visibleSnapshots,
            journal: SteppedJournal(cluster: parts.cluster, groupID: settings.kafka.groupID),
            acceptsDataLoss: false, lifecycle: lifecycle, logger: parts.logger)
        let kept = warm.removeValue(forKey: shard)
        var prepared = try preparation.run(
            shard, committed: offsets.map { $0?.offset.value ?? KafkaOffset.beginning.rawValue }, mark: mark,
            warm: kept)
        parts.cluster.trace(
            "partition \(shard) goes on at \(prepared.core.positions) and has \(prepared.row.count) journal records to "
                + "do again up to \(prepared.sequenceNumber): \(prepared.row.map(\.record.positions))")
        if kept == nil, isForeign(prepared, shard) {
            foreignSnapshotCount += 1
            if parts.plants.contains(.trustsForeignSnapshots) { prepared.row = [] }
        }
        if parts.plants.contains(.skipsJournalRecord), prepared.row.count > 1 { prepared.row.removeLast() }
        add(shard, prepared)
    }

    private func add(_ shard: Int32, _ prepared: ShardPreparation.Prepared) {
        let settings = parts.settings
        var intakes: [TopicIntake<SteppedQueue>] = []
        for (index, topic) in settings.topics.inputs.enumerated() {
            let position = prepared.core.positions[index]
            let queue = SteppedQueue(TopicPartition(topic, shard), fetchOffset: max(position, 0))
            queues.append(queue)
            intakes.append(
                TopicIntake(
                    topic: topic, queue: queue, position: position,
                    rules: prepared.decodingRules(topicIndex: index, from: position, then: settings.rules),
                    counters: counters, events: events))
        }
        board.begin(shard, epoch: epoch, sequenceNumber: prepared.sequenceNumber, chain: prepared.chain)
        ends[shard] = prepared.sequenceNumber
        let cluster = parts.cluster
        let live = LiveShard(
            LiveShard<SteppedQueue>.Plan(
                core: prepared.core, epoch: epoch, intakes: intakes,
                confirmedEnd: { cluster.confirmedEnd($0) },
                recovery: ShardRecovery(row: prepared.row, acceptsDataLoss: false),
                rules: SequenceRules(settings),
                decodeFrom: prepared.row.last?.record.positions ?? intakes.map(\.position),
                namesRules: prepared.mustNameRules, idleAfterMilliseconds: settings.idleAfterMilliseconds,
                counters: counters, snapshots: snapshots, clock: parts.clock))
        shards.append(live)
        if !live.isRecovering { note(live) }
    }

    private func note(_ shard: LiveShard<SteppedQueue>) {
        recovered.append(
            Recovered(
                partition: shard.partition, sequenceNumber: ends[shard.partition] ?? 0,
                digest: shard.core.engine.stateDigest()))
    }

    /// Lets go of partitions; what they emitted is still under way.
    package func stopReading(_ partitions: Set<Int32>) {
        for shard in shards where partitions.contains(shard.partition) {
            handOver(shard, if: shard.hasSteps && shard.canCommit)
            if shard.isRecovering || !shard.canCommit { continue }
            warm[shard.partition] = shard.retire()
        }
        shards.removeAll { partitions.contains($0.partition) }
        queues.removeAll { partitions.contains($0.partition.partition) }
        outputs.hurry()
    }

    /// Whether everything of these partitions is committed.
    package func isSettled(_ partitions: Set<Int32>) -> Bool {
        partitions.allSatisfy { board.shard($0)?.pendingCount ?? 0 == 0 }
    }

    /// Forgets partitions; what is left of those whose state is committed is kept for when they come back.
    package func end(_ partitions: Set<Int32>) {
        for partition in partitions {
            warm[partition] = board.end(partition, warm[partition])
            uncommitted[partition] = nil
            counters.retire(shard: partition)
        }
    }

    /// The snapshots of a clean stop, and of partitions that were given up.
    package func writeLastSnapshots() {
        FinalSnapshots(common: snapshots, logger: parts.logger)
            .write(warm.values.sorted { $0.partition < $1.partition }, withinMilliseconds: .max / 4)
    }
}

extension SteppedMember {
    /// One step of the next shard. Returns whether it did anything.
    package func turn() -> Bool {
        guard !shards.isEmpty, failure == nil else { return false }
        nextShard = (nextShard + 1) % shards.count
        let shard = shards[nextShard]
        if !shard.isRecovering, shard.batch == nil {
            guard case .batch(let batch) = outputs.takeEmpty(milliseconds: 0, seen: .max) else {
                return false
            }
            shard.begin(batch)
        }
        let hasAdvanced = step(shard)
        if !shard.isRecovering {
            _ = shard.proceedSnapshot(board)
            if shard.cutIfDue() || shard.isBatchFull { handOver(shard, if: true) }
        }
        if shard.hasNews { outputs.noteNews() }
        return hasAdvanced
    }

    private func step(_ shard: LiveShard<SteppedQueue>) -> Bool {
        var outcome = LiveShard<SteppedQueue>.Outcome.waiting(milliseconds: 0)
        do throws(KafkaError) {
            if !shard.isRecovering {
                outcome = try shard.step()
            } else {
                outcome = try recover(shard) ?? outcome
            }
        } catch {
            fail(.reading(error, shard: shard.partition), shard.partition)
        }
        if case .advanced = outcome { return true }
        return false
    }

    private func recover(
        _ shard: LiveShard<SteppedQueue>
    ) throws(KafkaError) -> LiveShard<SteppedQueue>.Outcome? {
        do throws(ShardRecovery.Failure) {
            let outcome = try shard.recover()
            if !shard.isRecovering { note(shard) }
            return outcome
        } catch {
            fail(.recovering(error, shard: shard.partition), shard.partition)
            return nil
        }
    }

    private func fail(_ failure: DaemonFailure, _ partition: Int32) {
        if self.failure == nil { failedPartition = partition }
        lifecycle.fail(failure)
    }

    private func handOver(_ shard: LiveShard<SteppedQueue>, if isWanted: Bool) {
        guard let batch = shard.takeBatch() else { return }
        guard isWanted else { return outputs.giveBack(batch) }
        client.digests[ObjectIdentifier(batch)] = shard.core.engine.stateDigest()
        board.register(batch)
        outputs.put(batch)
    }

    /// Commits what there is, if there is anything; lets time pass.
    package func commit() {
        guard committer.hasWrittenAhead || outputs.waitForNews(milliseconds: 0) else { return }
        do throws(TransactionTrouble) {
            switch parts.settings.delivery {
            case .exactlyOnce: try committer.commit(collect(), client)
            case .atLeastOnce: try committer.commit(collect(), writer)
            }
        } catch {
            lifecycle.fail(.fault("\(error)"))
        }
    }

    /// Begins the transaction of the next commit with what there is, if there is anything; lets time pass.
    package func writeAhead() {
        guard parts.settings.delivery == .exactlyOnce, !committer.hasWrittenAhead,
            outputs.waitForNews(milliseconds: 0)
        else { return }
        do throws(TransactionTrouble) { try committer.writeAhead(collect(), client) } catch {
            lifecycle.fail(.fault("\(error)"))
        }
    }

    private func collect() -> [OutputBatch] {
        outputs.collect(loopCount: 0, withinMilliseconds: 0) {
            for shard in shards where shard.hasNews { handOver(shard, if: true) }
        }
    }

    /// Does the next of what waits for the disk. Returns whether there was anything.
    package func serveDisk() -> Bool { station.serveNext() }
}
