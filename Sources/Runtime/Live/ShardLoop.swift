import KafkaTransport
import Logging
import Primitives

/// A shard that librdkafka feeds.
typealias KafkaShard = LiveShard<KafkaRecordQueue>

/// One thread and the shards it runs, in turn.
///
/// It reads its partitions' queues itself, so a record crosses no other thread of ours before the engine.
final class ShardLoop: @unchecked Sendable {
    // SAFETY: `shards` is touched by the loop's thread alone; the rest is constant or inside monitors.
    private enum Command {
        case add(KafkaShard)
        case remove(Set<Int32>)
        case run(@Sendable () -> Void)
        case change(SequenceRules)
        case end
    }

    private struct Orders {
        var waiting: [Command] = []
        var givenCount = 0
        var doneCount = 0
        /// What `remove` left over.
        var retired: [ShardCore] = []
    }

    /// Bound of a wait for room in the output queue before orders are looked at again.
    private static let roomWaitMilliseconds: Int64 = 100
    /// The longest sleep without news.
    private static let sleepMillisecondsMax: Int64 = 1_000

    private let number: Int
    private let signal: QueueSignal
    private let outputs: OutputQueue
    private let board: ShardBoard
    private let lifecycle: Lifecycle
    private let logger: Logger
    private let counters: LiveCounters
    private let orders = Monitor(Orders())
    private var shards: [KafkaShard] = []
    /// Where the next round begins: with the shard that found no empty batch.
    private var firstShard = 0
    /// The output thread's request that was answered last.
    private var answered: UInt64 = 0
    private var thread: SystemThread?

    init(
        number: Int, outputs: OutputQueue, board: ShardBoard, counters: LiveCounters, lifecycle: Lifecycle,
        logger: Logger
    ) throws(KafkaError) {
        signal = try QueueSignal()
        self.number = number
        self.outputs = outputs
        self.board = board
        self.counters = counters
        self.lifecycle = lifecycle
        self.logger = logger
        thread = SystemThread(name: "tetik-shard-\(number)") { [self] in run() }
    }

    /// What the queues of its partitions tell their news to.
    var newsSignal: QueueSignal { signal }

    /// Takes on a shard.
    func add(_ shard: KafkaShard) { wait(for: give(.add(shard))) }

    /// Has all shards of the loop go by other rules from their next step on.
    func change(rules: SequenceRules) { wait(for: give(.change(rules))) }

    /// Lets go of shards and returns what is left of them once their queues are gone and their output is queued.
    func remove(_ partitions: Set<Int32>) -> [ShardCore] {
        wait(for: give(.remove(partitions)))
        return orders.change { orders in
            defer { orders.retired = [] }
            return orders.retired
        }
    }

    /// Runs `body` on the loop's thread, between two steps; returns a ticket to wait for.
    func begin(_ body: @escaping @Sendable () -> Void) -> Int { give(.run(body)) }

    /// Waits until what the ticket stands for is done.
    func wait(for ticket: Int) { orders.wait { $0.doneCount >= ticket ? () : nil } }

    /// Ends the thread.
    func end() {
        wait(for: give(.end))
        thread?.join()
        thread = nil
    }

    private func give(_ command: Command) -> Int {
        let ticket = orders.change { orders in
            orders.waiting.append(command)
            orders.givenCount += 1
            return orders.givenCount
        }
        signal.wake()
        return ticket
    }

    private func run() {
        counters.observer.desk.open(loop: number) { [signal] in signal.wake() }
        defer { counters.observer.noteEnd(loop: number) }
        // BOUND: until the order to end.
        while true {
            var isOver = false
            for command in orders.change({ orders in
                defer { orders.waiting = [] }
                return orders.waiting
            }) {
                isOver = obey(command) || isOver
                orders.change { $0.doneCount += 1 }
            }
            if isOver { return }
            answerQuestions()
            let sleep = stepAll()
            answerRequest()
            if sleep > 0 { _ = signal.wait(timeoutMilliseconds: Int32(sleep)) }
        }
    }

    private func obey(_ command: Command) -> Bool {
        switch command {
        case .add(let shard): shards.append(shard)
        case .remove(let partitions): remove(shardsOf: partitions)
        case .run(let body): body()
        case .change(let rules): for shard in shards { shard.change(rules: rules) }
        case .end:
            shards = []
            return true
        }
        return false
    }

    private func remove(shardsOf partitions: Set<Int32>) {
        for shard in shards where partitions.contains(shard.partition) {
            // The state must not be ahead of the journal, not even by a tick.
            handOver(shard, if: shard.hasSteps && shard.canCommit)
            if shard.isRecovering || !shard.canCommit { continue }
            let core = shard.retire()
            orders.change { $0.retired.append(core) }
        }
        shards.removeAll { partitions.contains($0.partition) }
    }

    /// What people want to know of customers, from the shards as they stand between two steps.
    private func answerQuestions() {
        counters.observer.noteTurn(loop: number)
        counters.observer.desk.answer(loop: number) { key in
            shards.compactMap { shard in
                shard.describe(key: key).map { CustomerDesk.Answer(partition: shard.partition, view: $0) }
            }
        }
    }

    /// One step of each shard. Returns how long there is nothing to do, in milliseconds; 0: go on at once.
    private func stepAll() -> Int64 {
        var sleep = Self.sleepMillisecondsMax
        for place in shards.indices where !lifecycle.isStopping {
            let shard = shards[(firstShard + place) % shards.count]
            if !shard.isRecovering, shard.batch == nil {
                guard
                    case .batch(let batch) = outputs.takeEmpty(
                        milliseconds: Self.roomWaitMilliseconds, seen: answered)
                else {
                    firstShard = (firstShard + place) % shards.count
                    return 0
                }
                shard.begin(batch)
            }
            counters.observer.noteTurn(loop: number)
            switch step(shard) {
            case .advanced: sleep = 0
            case .waiting(let milliseconds): sleep = min(sleep, milliseconds)
            }
            if !shard.isRecovering {
                sleep = min(sleep, shard.proceedSnapshot(board))
                if shard.cutIfDue() || shard.isBatchFull { handOver(shard, if: true) }
            }
            if shard.hasNews { outputs.noteNews() }
        }
        return sleep
    }

    private func step(_ shard: KafkaShard) -> KafkaShard.Outcome {
        do throws(KafkaError) {
            guard shard.isRecovering else { return try shard.step() }
        } catch {
            lifecycle.fail(.reading(error, shard: shard.partition))
            return .waiting(milliseconds: Self.sleepMillisecondsMax)
        }
        do throws(ShardRecovery.Failure) {
            let outcome = try shard.recover()
            note(shard)
            return outcome
        } catch {
            lifecycle.fail(.recovering(error, shard: shard.partition))
            return .waiting(milliseconds: Self.sleepMillisecondsMax)
        }
    }

    private func note(_ shard: KafkaShard) {
        guard shard.isRecovering else {
            counters.observer.noteRecovered(shard.partition)
            logger.info(
                "recovered",
                metadata: [
                    "partition": "\(shard.partition)", "input_records": "\(shard.recoveredCount)",
                    "customers": "\(shard.core.engine.customerCount)",
                ])
            return
        }
        counters.observer.noteRecovery(
            shard.partition, loop: number, doneCount: shard.recoveredCount,
            totalCount: shard.inputCountToRecover)
    }

    /// Hands over what is open, if the output thread asks for it.
    private func answerRequest() {
        let number = outputs.requestNumber
        guard number > answered else { return }
        for shard in shards where shard.hasNews { handOver(shard, if: true) }
        answered = number
        outputs.answer(self.number, number)
    }

    private func handOver(_ shard: KafkaShard, if isWanted: Bool) {
        guard let batch = shard.takeBatch() else { return }
        guard isWanted else { return outputs.giveBack(batch) }
        board.register(batch)
        outputs.put(batch)
    }
}

extension DaemonFailure {
    static func reading(_ error: KafkaError, shard: Int32) -> DaemonFailure {
        switch error.kind {
        case .offsetOutOfRange, .noOffset:
            .dataLoss(
                "partition \(shard): records were removed before they were read: \(error.message); "
                    + "start with --accept-data-loss to go on with what is left")
        default: .fault("partition \(shard): \(error)")
        }
    }

    static func recovering(_ failure: ShardRecovery.Failure, shard: Int32) -> DaemonFailure {
        switch failure {
        case .inputGone(let what):
            .dataLoss("partition \(shard): \(what); start with --accept-data-loss to go on with what is left")
        case .diverged(let what): .fault("partition \(shard) cannot be recovered: \(what)")
        case .kafka(let error): reading(error, shard: shard)
        }
    }
}
