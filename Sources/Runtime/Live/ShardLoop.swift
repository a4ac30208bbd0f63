import KafkaTransport
import Primitives

/// One thread and the shards it runs, in turn.
///
/// It reads its partitions' queues itself, so a record crosses no other thread of ours before the engine.
final class ShardLoop: @unchecked Sendable {
    // SAFETY: `shards` is touched by the loop's thread alone; the rest is constant or inside monitors.
    private enum Command {
        case add(LiveShard)
        case remove(Set<Int32>)
        case end
    }

    private struct Orders {
        var waiting: [Command] = []
        var givenCount = 0
        var doneCount = 0
    }

    /// Bound of a wait for room in the output queue before orders are looked at again.
    private static let roomWaitMilliseconds: Int64 = 100
    /// The longest sleep without news.
    private static let sleepMillisecondsMax: Int64 = 1_000

    private let signal: QueueSignal
    private let outputs: OutputQueue
    private let board: PositionBoard
    private let counters: LiveCounters
    private let lifecycle: Lifecycle
    private let orders = Monitor(Orders())
    private var shards: [LiveShard] = []
    /// Where the next round begins: with the shard that found no empty batch.
    private var firstShard = 0
    private var thread: SystemThread?

    init(
        number: Int, outputs: OutputQueue, board: PositionBoard, counters: LiveCounters, lifecycle: Lifecycle
    ) throws(KafkaError) {
        signal = try QueueSignal()
        self.outputs = outputs
        self.board = board
        self.counters = counters
        self.lifecycle = lifecycle
        thread = SystemThread(name: "tetik-shard-\(number)") { [self] in run() }
    }

    /// What the queues of its partitions tell their news to.
    var newsSignal: QueueSignal { signal }

    /// Takes on a shard.
    func add(_ shard: LiveShard) { give(.add(shard)) }

    /// Lets go of shards and returns once they and their queues are gone and their output is queued.
    func remove(_ partitions: Set<Int32>) { give(.remove(partitions)) }

    /// Ends the thread.
    func end() {
        give(.end)
        thread?.join()
        thread = nil
    }

    private func give(_ command: Command) {
        let ticket = orders.change { orders in
            orders.waiting.append(command)
            orders.givenCount += 1
            return orders.givenCount
        }
        signal.wake()
        orders.wait { $0.doneCount >= ticket ? () : nil }
    }

    private func run() {
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
            let sleep = stepAll()
            if sleep > 0 { _ = signal.wait(timeoutMilliseconds: Int32(sleep)) }
        }
    }

    private func obey(_ command: Command) -> Bool {
        switch command {
        case .add(let shard): shards.append(shard)
        case .remove(let partitions): shards.removeAll { partitions.contains($0.partition) }
        case .end:
            shards = []
            return true
        }
        return false
    }

    /// One step of each shard. Returns how long there is nothing to do, in milliseconds; 0: go on at once.
    private func stepAll() -> Int64 {
        var sleep = Self.sleepMillisecondsMax
        for place in shards.indices where !lifecycle.isStopping {
            let shard = shards[(firstShard + place) % shards.count]
            guard let batch = outputs.takeEmpty(milliseconds: Self.roomWaitMilliseconds) else {
                firstShard = (firstShard + place) % shards.count
                return 0
            }
            do throws(KafkaError) {
                switch try shard.step(into: batch) {
                case .advanced: sleep = 0
                case .waiting(let milliseconds): sleep = min(sleep, milliseconds)
                }
            } catch {
                lifecycle.fail(.reading(error, shard: shard.partition))
            }
            if batch.positions.isEmpty {
                outputs.giveBack(batch)
            } else {
                board.register(batch)
                outputs.put(batch)
            }
        }
        return sleep
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
}
