import Coordination

/// What each shard may commit; filled by the shards, settled by the output thread, committed by the poll thread.
final class PositionBoard: @unchecked Sendable {
    // SAFETY: everything is inside the monitor.
    private struct Shard {
        var epoch: UInt64
        var tracker = PositionTracker()
    }

    private struct State {
        var shards: [Int32: Shard] = [:]
        var lastNumber: UInt64 = 0
    }

    private let state = Monitor(State())

    /// A shard begins; what an earlier epoch of it still has under way does not count any more.
    func begin(_ partition: Int32, epoch: UInt64) {
        state.change { $0.shards[partition] = Shard(epoch: epoch) }
    }

    func end(_ partition: Int32) { state.change { $0.shards[partition] = nil } }

    /// Numbers a batch and takes on its positions; to be called before the batch is put into the queue.
    func register(_ batch: OutputBatch) {
        state.change { state in
            state.lastNumber += 1
            batch.number = state.lastNumber
            guard state.shards[batch.partition]?.epoch == batch.epoch else { return }
            state.shards[batch.partition]?.tracker.add(
                batch.number, recordCount: batch.recordCount, positions: batch.positions)
        }
    }

    /// Whether the batch still belongs to a shard of ours.
    func isCurrent(_ batch: OutputBatch) -> Bool {
        state.read { $0.shards[batch.partition]?.epoch == batch.epoch }
    }

    func acknowledge(_ number: UInt64, count: Int, partition: Int32, epoch: UInt64) {
        state.change { state in
            guard state.shards[partition]?.epoch == epoch else { return }
            state.shards[partition]?.tracker.acknowledge(number, count: count)
        }
    }

    /// Per partition the positions that have become committable since the last call.
    func takeCommittable() -> [Int32: [Int64?]] {
        state.change { state in
            var result: [Int32: [Int64?]] = [:]
            for partition in state.shards.keys {
                if let positions = state.shards[partition]?.tracker.takeCommittable() {
                    result[partition] = positions
                }
            }
            return result
        }
    }

    /// Waits until everything of these partitions is acknowledged; false if it is not in time.
    func waitUntilSettled(_ partitions: Set<Int32>, milliseconds: Int64) -> Bool {
        state.wait(milliseconds: milliseconds) { state in
            partitions.allSatisfy { state.shards[$0]?.tracker.pendingCount ?? 0 == 0 } ? () : nil
        } != nil
    }
}
