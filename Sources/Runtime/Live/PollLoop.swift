import Coordination
import KafkaTransport
import Logging
import Settings

/// The thread that owns the consumer: membership in the group, assignments, and committing positions.
///
/// It reads no records; the shards do. It never waits long, or the group would give our partitions away.
final class PollLoop: @unchecked Sendable {
    // SAFETY: `run` and what it uses belong to the loop's thread; the rest is constant or thread-safe.
    // BOUND: with one broker question of a shard (1 s), and the output's last second, all of these together stay
    // below the 10 s in which the daemon must have ended, brokers or not.
    /// Bound of finishing what was read before partitions are given up; below the session timeout of 45 s.
    private static let settleMilliseconds: Int64 = 3_000
    private static let commitTimeoutMilliseconds: Int32 = 1_000
    /// Bound of the snapshots of what is given up, for which the whole group waits.
    private static let snapshotMilliseconds: Int64 = 1_000
    private static let closeTimeoutMilliseconds: Int32 = 2_000

    private let settings: Settings
    private let lifecycle: Lifecycle
    private let board: ShardBoard
    private let outputs: OutputQueue
    private let events: KafkaEventLog
    private let logger: Logger
    private let contact: KafkaContact
    private let observer: DaemonObserver
    /// The name of this member of the group.
    private let instance: String
    private let topicPartitionCount: Int
    private var assignment: ShardAssignment
    private var uncommitted: [Int32: ShardBoard.Commit] = [:]
    private var thread: SystemThread?

    init(
        settings: Settings, instance: String, topicPartitionCount: Int, lifecycle: Lifecycle,
        board: ShardBoard,
        outputs: OutputQueue, assignment: ShardAssignment, events: KafkaEventLog, logger: Logger
    ) {
        self.outputs = outputs
        self.instance = instance
        self.topicPartitionCount = topicPartitionCount
        self.settings = settings
        self.lifecycle = lifecycle
        self.board = board
        self.assignment = assignment
        self.events = events
        self.logger = logger
        observer = assignment.parts.counters.observer
        contact = KafkaContact(settings: settings, lifecycle: lifecycle, logger: logger, observer: observer)
    }

    func start() { thread = SystemThread(name: "tetik-poll") { [self] in run() } }

    /// Waits for the end of the thread, which has given up all partitions; returns what is left of them.
    func join() -> [ShardCore] {
        thread?.join()
        thread = nil
        return assignment.retired
    }

    private func run() {
        do throws(KafkaError) {
            let consumer = try KafkaConsumer(
                settings.consumerConfiguration(
                    instance: instance, acceptsDataLoss: assignment.parts.acceptsDataLoss,
                    topicPartitionCount: topicPartitionCount))
            let waker = consumer.waker
            lifecycle.onStop { waker.wake() }
            defer {
                consumer.close(timeoutMilliseconds: Self.closeTimeoutMilliseconds, handler: &self.rebalance)
                contact.close()
            }
            try consumer.subscribe(to: settings.topics.inputs)
            try poll(consumer)
        } catch {
            lifecycle.fail(failure(error))
        }
    }

    private func failure(_ error: KafkaError) -> DaemonFailure {
        switch error.kind {
        case .configuration: .configuration("\(error)")
        case .fenced:
            // Mostly it was this process itself, thought dead, that came back under its name: a new start is right.
            .fault(
                "the group \(settings.kafka.groupID) has a newer member named \(instance); start again, and if this "
                    + "comes again, give each process a state.directory and a kafka.group_instance_id of its own"
            )
        default: .fault("\(error)")
        }
    }

    private func poll(_ consumer: KafkaConsumer) throws(KafkaError) {
        let interval = settings.commitIntervalMilliseconds
        var nextCommit = SystemClock.monotonicMilliseconds() + interval
        // BOUND: until it is time to stop.
        while !lifecycle.isStopping {
            let wait = max(nextCommit - SystemClock.monotonicMilliseconds(), 0)
            if let event = try consumer.poll(timeoutMilliseconds: Int32(wait), handler: &rebalance) {
                note(event)
            }
            if let fatal = consumer.fatalError { throw fatal }
            guard SystemClock.monotonicMilliseconds() >= nextCommit else { continue }
            commit(with: consumer)
            contact.check()
            // From now on: both may block for a while, and events must be served all the same.
            nextCommit = SystemClock.monotonicMilliseconds() + interval
        }
    }

    private func note(_ event: KafkaEvent) {
        events.log(event)
        switch event {
        case .error(let error) where error.kind == .brokerUnreachable: contact.doubt(error)
        case .assigned(let offsets):
            observer.noteAssigned(partitionCount: offsets.count)
            logger.info("partitions assigned", metadata: ["count": "\(offsets.count)"])
        case .revoked(let partitions, let isLost):
            observer.noteRevoked()
            logger.info(
                "partitions revoked", metadata: ["count": "\(partitions.count)", "lost": "\(isLost)"])
        default: break
        }
    }

    /// Commits what transactions did not; what fails is tried again with the next.
    private func commit(with consumer: KafkaConsumer) {
        for (partition, commit) in board.takeUncommitted() { uncommitted[partition] = commit }
        guard !uncommitted.isEmpty else { return }
        var offsets: [PartitionOffset] = []
        for (partition, commit) in uncommitted {
            for (topic, position) in zip(settings.topics.inputs, commit.positions) where position >= 0 {
                offsets.append(
                    PartitionOffset(
                        TopicPartition(topic, partition), KafkaOffset(position), metadata: commit.mark.text))
            }
        }
        do throws(KafkaError) {
            if !offsets.isEmpty {
                try consumer.commit(offsets, timeoutMilliseconds: Self.commitTimeoutMilliseconds)
            }
            board.confirm(uncommitted)
            uncommitted = [:]
        } catch {
            observer.noteCommitFailure()
            events.logRepeatable("commit", "positions could not be committed yet: \(error.message)", .warning)
        }
    }

    /// The rebalance conversation, as librdkafka's callback asks for it.
    private struct Rebalance: RebalanceHandler {
        unowned let loop: PollLoop

        mutating func assigned(_ partitions: [TopicPartition], consumer: KafkaConsumer) -> AssignDecision {
            do throws(DaemonFailure) {
                let contact = loop.contact
                let offsets = try loop.assignment.begin(partitions, consumer: consumer) { error in
                    contact.doubt(error)
                    contact.check()
                }
                return .start(offsets)
            } catch {
                loop.lifecycle.fail(error)
                return .refuse
            }
        }

        mutating func revoked(_ partitions: [TopicPartition], isLost: Bool, consumer: KafkaConsumer) {
            loop.revoke(partitions, isLost: isLost, consumer: consumer)
        }
    }

    private lazy var rebalance = Rebalance(loop: self)

    private func revoke(_ partitions: [TopicPartition], isLost: Bool, consumer: KafkaConsumer) {
        let shards = Set(partitions.map(\.partition))
        assignment.stopReading(shards)
        if !isLost {
            outputs.hurry()
            if !board.waitUntilSettled(shards, milliseconds: Self.settleMilliseconds) {
                logger.warning("some records were not committed in time; their input will be read again")
            }
            commit(with: consumer)
        }
        let cores = assignment.end(shards)
        for shard in shards { uncommitted[shard] = nil }
        guard !isLost, !lifecycle.isStopping else { return }
        // Whoever has them next finds it in the shared place; at the end of the process they are written later.
        FinalSnapshots(common: assignment.parts.snapshots, logger: logger)
            .write(cores, withinMilliseconds: Self.snapshotMilliseconds)
    }
}
