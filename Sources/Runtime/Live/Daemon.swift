import KafkaTransport
public import Logging
public import Settings
import SnapshotStore

/// `tetik run` in a process: from Kafka to trigger records, until it is told to stop.
///
/// Threads: one that polls the consumer, one or more that run shards, one that writes output; `run` blocks the
/// caller.
public final class Daemon: @unchecked Sendable {
    // SAFETY: all stored properties are constant and thread-safe themselves.
    /// Bound of writing what is left when stopping; with the closing of the consumer below 10 s in all.
    private static let finishMilliseconds: Int64 = 1_000
    /// Bounds of the last snapshots, and of waiting for a disk that does not answer: what is left of the 10 s.
    private static let snapshotMilliseconds: Int64 = 3_000
    private static let diskMilliseconds: Int64 = 2_000
    private static let snapshotsEndMilliseconds: Int64 = 8_500
    private static let diskEndMilliseconds: Int64 = 9_500
    private static let reportMilliseconds: Int64 = 60_000

    /// Ends the daemon when told to.
    public let lifecycle: Lifecycle
    /// What it has counted.
    public let counters = LiveCounters()
    let rules: RulesInForce
    let settings: Settings
    private let acceptsDataLoss: Bool
    private let logger: Logger

    /// Makes a daemon; nothing happens before `run`.
    ///
    /// - Parameter acceptsDataLoss: go on where retention has removed input that was not read.
    public init(
        settings: Settings, acceptsDataLoss: Bool = false, logger: Logger, lifecycle: Lifecycle = Lifecycle()
    ) {
        rules = RulesInForce(settings)
        self.settings = settings
        self.acceptsDataLoss = acceptsDataLoss
        self.logger = logger
        self.lifecycle = lifecycle
    }

    /// Runs until `lifecycle.stop()`, which drains within 10 s.
    ///
    /// - Throws: why it stopped by itself.
    public func run() throws(DaemonFailure) {
        do throws(KafkaError) { try LibraryVersion.requireAccepted() } catch {
            throw .configuration("\(error)")
        }
        let state: StateDirectory
        do throws(StateDirectoryError) { state = try StateDirectory.open(settings.state.directory) } catch {
            throw .configuration("\(error)")
        }
        let events = KafkaEventLog(logger)
        let preparation = TopicPreparation(
            settings: settings, lifecycle: lifecycle, logger: logger, events: events, observer: observer)
        guard let cluster = try preparation.run() else {
            if let failure = lifecycle.failure { throw failure }
            return
        }
        do throws(KafkaError) {
            try work(cluster, state, events)
        } catch {
            throw .fault("\(error)")
        }
        // Its lock is held until nobody writes below it any more.
        withExtendedLifetime(state) {}
        if let failure = lifecycle.failure { throw failure }
    }

    private func work(
        _ cluster: TopicPreparation.Result, _ state: StateDirectory, _ events: KafkaEventLog
    ) throws(KafkaError) {
        let partitionCount = cluster.partitionCount
        let outputs = OutputQueue(shardCount: partitionCount)
        let board = ShardBoard()
        let station = station(clusterID: cluster.clusterID ?? "", events)
        let snapshots = ShardSnapshots.Common(
            station: station, intervalMilliseconds: settings.state.snapshotIntervalMilliseconds,
            clusterID: cluster.clusterID ?? "", groupID: settings.kafka.groupID,
            partitionCount: Int32(partitionCount))
        let threadCount = min(settings.shardThreadCount, partitionCount)
        var loops: [ShardLoop] = []
        for number in 0..<threadCount {
            loops.append(
                try ShardLoop(
                    number: number, outputs: outputs, board: board, counters: counters, lifecycle: lifecycle,
                    logger: logger))
        }
        let assignment = ShardAssignment(
            ShardAssignment.Parts(
                settings: settings, rules: rules, partitionCount: Int32(partitionCount),
                acceptsDataLoss: acceptsDataLoss,
                loops: loops, board: board, counters: counters, lifecycle: lifecycle,
                events: events, logger: logger, snapshots: snapshots))
        let builder = CommitUnitBuilder(
            board: board, writer: transactionalID(state), clusterID: cluster.clusterID ?? "",
            partitionCount: Int32(partitionCount))
        let output = CommitLoop(
            CommitLoop.Parts(
                settings: settings, queue: outputs, board: board, builder: builder, counters: counters,
                lifecycle: lifecycle, events: events), loops: loops)
        let poll = PollLoop(
            settings: settings, instance: instance(state),
            topicPartitionCount: partitionCount * settings.topics.inputs.count,
            lifecycle: lifecycle, board: board, outputs: outputs, assignment: assignment, events: events,
            logger: logger)
        logger.info(
            "running",
            metadata: [
                "group": "\(settings.kafka.groupID)", "partitions": "\(partitionCount)",
                "threads": "\(threadCount)", "delivery": "\(settings.delivery.rawValue)",
            ])
        observer.attach { events.health }
        rules.attach(loops)
        // What a former process left open is settled before the group gives us anything.
        output.start()
        station.start()
        if !lifecycle.isStopping { poll.start() }
        reportUntilStopped(events)
        let stoppingSince = SystemClock.monotonicMilliseconds()
        logger.info("stopping")
        rules.attach([])
        observer.noteStopping()
        // The poll thread gives its partitions back, which needs the shards and the output to be alive.
        let retired = poll.join()
        for loop in loops { loop.end() }
        output.finish(withinMilliseconds: Self.finishMilliseconds)
        finish(snapshots, lifecycle.failure == nil ? retired : [], stoppingSince)
        events.sumUp()
        report("stopped", nil)
    }

    private func station(clusterID: String, _ events: KafkaEventLog) -> SnapshotStation {
        let local = SnapshotDirectory(settings.state.directory)
        let shared = settings.state.sharedDirectory.map { SnapshotDirectory($0) }
        let trimming = shared.map { shared in
            JournalTrimming(
                clusterID: clusterID, groupID: settings.kafka.groupID,
                mirror: SnapshotMirror(local: local, shared: shared),
                keeper: KafkaJournalKeeper(settings: settings, lifecycle: lifecycle, events: events),
                lifecycle: lifecycle, logger: logger)
        }
        return SnapshotStation(
            directory: local, shared: shared, keptCount: Int(settings.state.snapshotsKept),
            observer: observer, logger: logger, trimming: trimming)
    }

    /// Writes the last snapshots, and lets go of the disk.
    private func finish(
        _ snapshots: ShardSnapshots.Common, _ retired: [ShardCore], _ stoppingSince: Int64
    ) {
        func rest(of limit: Int64, until end: Int64) -> Int64 {
            max(min(limit, stoppingSince + end - SystemClock.monotonicMilliseconds()), 0)
        }
        FinalSnapshots(common: snapshots, logger: logger)
            .write(
                retired,
                withinMilliseconds: rest(
                    of: Self.snapshotMilliseconds, until: Self.snapshotsEndMilliseconds))
        guard
            !snapshots.station.finish(
                withinMilliseconds: rest(of: Self.diskMilliseconds, until: Self.diskEndMilliseconds))
        else { return }
        logger.error(
            "a disk does not answer, so the last snapshots may be missing: the next start does more again",
            metadata: [
                "directory": "\(settings.state.directory)",
                "shared": "\(settings.state.sharedDirectory ?? "none")",
            ])
    }

    private func reportUntilStopped(_ events: KafkaEventLog) {
        // BOUND: until it is time to stop.
        while !lifecycle.pause(milliseconds: Self.reportMilliseconds) {
            report("working", events.health)
            events.sumUp()
        }
    }

    /// A name that no other daemon has and that stays the same over restarts.
    private func instance(_ state: StateDirectory) -> String {
        settings.kafka.groupInstanceID ?? "tetik-\(state.instance)"
    }

    /// The name of our transactions: a restart settles what it left open.
    private func transactionalID(_ state: StateDirectory) -> String {
        "tetik/\(settings.kafka.groupID)/\(instance(state))"
    }

    private func report(_ what: String, _ health: KafkaHealth?) {
        let totals = counters.totals
        var metadata: Logger.Metadata = [
            "events": "\(totals.eventCount)", "rejected": "\(totals.rejectedCount)",
            "ignored": "\(totals.ignoredCount)", "duplicates": "\(totals.engine.duplicateCount)",
            "late": "\(totals.engine.lateCount)", "triggers": "\(totals.triggerCount)",
            "dead_letters": "\(totals.deadLetterCount)",
        ]
        if let health {
            metadata["customers"] = "\(totals.customerCount)"
            metadata["lag"] = health.consumerLagCount.map { "\($0)" } ?? "unknown"
            metadata["unsent"] = "\(health.unsentCount)"
            metadata["round_trip_p99_ms"] = "\(health.roundTripP99Microseconds / 1_000)"
        }
        logger.info("\(what)", metadata: metadata)
    }
}

extension Settings {
    /// Threads that run shards.
    var shardThreadCount: Int {
        shards.threadCount > 0 ? Int(shards.threadCount) : max(SystemClock.coreCount, 1)
    }
}
