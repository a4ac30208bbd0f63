import KafkaTransport
import Settings
import SnapshotStore

extension SteppedMember {
    /// Commits what transactions did not, as the poll thread does; lets time pass. What fails is tried with the next.
    package func commitPositions() {
        for (partition, commit) in board.takeUncommitted() { uncommitted[partition] = commit }
        let commits = uncommitted
        guard !commits.isEmpty, let group = board.group else { return }
        var offsets: [PartitionOffset] = []
        for (partition, commit) in commits.sorted(by: { $0.key < $1.key }) {
            for (topic, position) in zip(parts.settings.topics.inputs, commit.positions) where position >= 0 {
                offsets.append(
                    PartitionOffset(
                        TopicPartition(topic, partition), KafkaOffset(position), metadata: commit.mark.text))
            }
        }
        guard offsets.isEmpty || parts.cluster.commit(offsets, group: group) else { return }
        board.confirm(commits)
        uncommitted = [:]
    }

    /// The places where its snapshots are found.
    package var snapshotDirectories: [SnapshotDirectory] { [directory] + (parts.shared.map { [$0] } ?? []) }

    /// What preparation sees of the snapshots.
    var visibleSnapshots: ShardSnapshots.Common {
        guard parts.plants.contains(.overlooksSnapshots) else { return snapshots }
        var blind = snapshots
        blind.station = SnapshotStation(
            directory: SnapshotDirectory("nowhere", fileSystem: parts.disk), shared: nil, keptCount: 1,
            observer: DaemonObserver(), logger: parts.logger, clock: parts.clock)
        return blind
    }

    /// Whether a state comes from a snapshot that this host has not written.
    func isForeign(_ prepared: ShardPreparation.Prepared, _ shard: Int32) -> Bool {
        let start = prepared.sequenceNumber - UInt64(prepared.row.count)
        guard parts.shared != nil, start > 0, prepared.core.policy.newest == nil else { return false }
        return newestSnapshot(shard) ?? 0 < start
    }
}
