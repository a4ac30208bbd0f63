import Coordination
import KafkaTransport

/// Where each shard of ours stands between its thread, the output thread and the poll thread: ownership, the end of
/// its journal, and what is not committed yet.
final class ShardBoard: @unchecked Sendable {
    // SAFETY: everything is inside the monitor.
    /// One shard under one assignment.
    struct Shard: Sendable {
        /// Which assignment it belongs to.
        var epoch: UInt64
        /// The end of its journal.
        var sequenceNumber: UInt64
        var chain: UInt64
        /// Batches that were handed over and are not committed.
        var pendingCount = 0
        /// Where in the journal's partition its last record is; nil while nobody knows.
        var journalOffset: Int64?
        /// The mark and positions that are to be committed outside of transactions; with at least once only.
        var uncommitted: Commit?
        /// The journal record that ends in the latest cut, until somebody takes it.
        var cut: Cut?
    }

    /// A journal record that ends where a snapshot was cut.
    struct Cut: Sendable {
        var sequenceNumber: UInt64
        var chain: UInt64
        var journalOffset: Int64?
    }

    /// Positions of a shard, one a topic, and the mark that goes with them.
    struct Commit: Sendable {
        var positions: [Int64]
        var mark: CommitMark
    }

    private struct State {
        var shards: [Int32: Shard] = [:]
        /// Membership at the time of the current assignment; rule 2.
        var group: GroupMetadata?
    }

    private let state = Monitor(State())

    /// An assignment begins: what is committed from now on is fenced by this membership.
    func begin(group: GroupMetadata) { state.change { $0.group = group } }

    /// Membership at the time of the current assignment.
    var group: GroupMetadata? { state.read { $0.group } }

    /// A shard begins; what an earlier epoch of it still has under way does not count any more.
    func begin(_ partition: Int32, epoch: UInt64, sequenceNumber: UInt64, chain: UInt64) {
        state.change {
            $0.shards[partition] = Shard(epoch: epoch, sequenceNumber: sequenceNumber, chain: chain)
        }
    }

    /// A shard is ours no longer.
    func end(_ partition: Int32) { state.change { $0.shards[partition] = nil } }

    /// The shard as it stands; nil if it is not ours.
    func shard(_ partition: Int32) -> Shard? { state.read { $0.shards[partition] } }

    /// A batch is about to be handed over.
    func register(_ batch: OutputBatch) {
        state.change { state in
            guard state.shards[batch.partition]?.epoch == batch.epoch else { return }
            state.shards[batch.partition]?.pendingCount += 1
        }
    }

    /// Whether the shard still belongs to us under this epoch.
    func isOwned(_ partition: Int32, epoch: UInt64) -> Bool {
        state.read { $0.shards[partition]?.epoch == epoch }
    }

    /// Batches of a shard are committed, and with them its journal up to `mark`.
    ///
    /// - Parameter commit: positions that are still to be committed outside of the transaction.
    func settle(
        _ partition: Int32, epoch: UInt64, batchCount: Int, mark: CommitMark, journalOffset: Int64?,
        isCut: Bool, commit: Commit?
    ) {
        state.change { state in
            guard var shard = state.shards[partition], shard.epoch == epoch else { return }
            shard.pendingCount -= batchCount
            shard.sequenceNumber = mark.sequenceNumber
            shard.chain = mark.chain
            shard.journalOffset = journalOffset
            if let commit { shard.uncommitted = commit }
            if isCut {
                shard.cut = Cut(
                    sequenceNumber: mark.sequenceNumber, chain: mark.chain, journalOffset: journalOffset)
            }
            state.shards[partition] = shard
        }
    }

    /// The journal record of the latest cut, once, as soon as it is committed.
    func takeCut(_ partition: Int32) -> Cut? {
        state.change { state in
            defer { state.shards[partition]?.cut = nil }
            return state.shards[partition]?.cut
        }
    }

    /// What is to be committed outside of transactions since the last call.
    func takeUncommitted() -> [Int32: Commit] {
        state.change { state in
            var result: [Int32: Commit] = [:]
            for partition in state.shards.keys {
                result[partition] = state.shards[partition]?.uncommitted
                state.shards[partition]?.uncommitted = nil
            }
            return result
        }
    }

    /// Waits until everything of these partitions is committed; false if it is not in time.
    func waitUntilSettled(_ partitions: Set<Int32>, milliseconds: Int64) -> Bool {
        state.wait(milliseconds: milliseconds) { state in
            partitions.allSatisfy { state.shards[$0]?.pendingCount ?? 0 == 0 } ? () : nil
        } != nil
    }
}
