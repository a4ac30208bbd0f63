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
        /// The record up to which the group's positions say so too: the next start goes no further.
        var confirmedNumber: UInt64
        /// Batches that were handed over and are not committed.
        var pendingCount = 0
        /// Where in the journal's partition its last record is; nil while nobody knows.
        var journalOffset: Int64?
        /// The mark and positions that are to be committed outside of transactions; with at least once only.
        var uncommitted: Commit?
        /// The journal record that ends in the latest cut, until it is confirmed.
        var pendingCut: Cut?
        /// The same from then on, until somebody takes it.
        var cut: Cut?

        init(epoch: UInt64, sequenceNumber: UInt64, chain: UInt64) {
            self.epoch = epoch
            self.sequenceNumber = sequenceNumber
            self.chain = chain
            confirmedNumber = sequenceNumber
        }

        /// Everything up to this record is what the next start goes by.
        mutating func confirm(_ sequenceNumber: UInt64) {
            confirmedNumber = sequenceNumber
            guard let pendingCut, pendingCut.sequenceNumber <= sequenceNumber else { return }
            cut = pendingCut
            self.pendingCut = nil
        }
    }

    /// A journal record that ends where a snapshot was cut.
    struct Cut: Sendable {
        /// See `OutputBatch.cutNumber`.
        var number: UInt64 = 0
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
    ///
    /// - Parameter core: what is left of it.
    /// - Returns: the core with its place in the journal, if its state is what the next start would find; nil if
    ///   anything of it is not committed, or its positions are not, or the rules that it names do not hold for all
    ///   that comes next.
    func end(_ partition: Int32, _ core: ShardCore?) -> ShardCore? {
        guard let shard = state.change({ $0.shards.removeValue(forKey: partition) }), let core,
            shard.pendingCount == 0, shard.confirmedNumber == shard.sequenceNumber, !core.isDecodedAhead
        else { return nil }
        core.sequenceNumber = shard.sequenceNumber
        core.chain = shard.chain
        core.journalOffset = shard.journalOffset ?? core.journalOffset
        return core
    }

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
    /// - Parameter commit: positions that are still to be committed outside of the transaction, and confirmed then.
    func settle(
        _ partition: Int32, epoch: UInt64, batchCount: Int, mark: CommitMark, journalOffset: Int64?,
        cutNumber: UInt64, commit: Commit?
    ) {
        state.change { state in
            guard var shard = state.shards[partition], shard.epoch == epoch else { return }
            shard.pendingCount -= batchCount
            shard.sequenceNumber = mark.sequenceNumber
            shard.chain = mark.chain
            shard.journalOffset = journalOffset
            if cutNumber > 0 {
                shard.pendingCut = Cut(
                    number: cutNumber, sequenceNumber: mark.sequenceNumber, chain: mark.chain,
                    journalOffset: journalOffset)
            }
            if let commit { shard.uncommitted = commit } else { shard.confirm(mark.sequenceNumber) }
            state.shards[partition] = shard
        }
    }

    /// The journal record of cut `number`, which is the latest, once, as soon as it and its positions are committed.
    ///
    /// That of an earlier one, whose snapshot was given up, is forgotten: the state is ahead of it.
    func takeCut(_ partition: Int32, _ number: UInt64) -> Cut? {
        state.change { state in
            defer { state.shards[partition]?.cut = nil }
            return state.shards[partition]?.cut.flatMap { $0.number == number ? $0 : nil }
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

    /// The positions of shards are committed, as `takeUncommitted` gave them.
    func confirm(_ commits: [Int32: Commit]) {
        state.change { state in
            for (partition, commit) in commits {
                state.shards[partition]?.confirm(commit.mark.sequenceNumber)
            }
        }
    }

    /// Waits until everything of these partitions is committed; false if it is not in time.
    func waitUntilSettled(_ partitions: Set<Int32>, milliseconds: Int64) -> Bool {
        state.wait(milliseconds: milliseconds) { state in
            partitions.allSatisfy { state.shards[$0]?.pendingCount ?? 0 == 0 } ? () : nil
        } != nil
    }
}
