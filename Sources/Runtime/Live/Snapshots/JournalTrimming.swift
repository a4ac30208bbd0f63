import KafkaTransport
import Logging
import SnapshotStore

/// Deletes journal records that no snapshot needs any more, once hosts other than this one can do without them too.
///
/// What is deleted lies before the record of the oldest full snapshot in the shared place, which is read to its last
/// byte first, and before that of every snapshot that is listed here. The record itself stays: without any, the journal
/// would look lost. Isolation: the station's thread.
final class JournalTrimming: @unchecked Sendable {
    // SAFETY: made by the main thread, then used by the station's alone.
    private let clusterID: String
    private let groupID: String
    private let mirror: SnapshotMirror
    private let keeper: any JournalKeeper
    private let lifecycle: Lifecycle
    private let logger: Logger
    /// By shard the offset before which there is nothing left to delete.
    private var doneOffsets: [Int32: Int64] = [:]
    private var isUnable = false

    init(
        clusterID: String, groupID: String, mirror: SnapshotMirror, keeper: any JournalKeeper,
        lifecycle: Lifecycle, logger: Logger
    ) {
        self.clusterID = clusterID
        self.groupID = groupID
        self.mirror = mirror
        self.keeper = keeper
        self.lifecycle = lifecycle
        self.logger = logger
    }

    /// Deletes what is not needed any more of a shard's journal; what fails is tried again with the next copy. Blocks.
    func run(shard: Int32) {
        guard !isUnable, !lifecycle.isStopping else { return }
        do throws(SnapshotFault) {
            guard let offset = try neededOffset(shard), offset > doneOffsets[shard] ?? 0 else { return }
            if try trim(shard, before: offset) { doneOffsets[shard] = offset }
        } catch {
            logger.warning(
                "the journal is kept as it is, since a snapshot is damaged", metadata: ["why": "\(error)"])
        }
    }

    /// The offset of the oldest journal record that any listed snapshot goes by; nil if that is not known.
    func neededOffset(_ shard: Int32) throws(SnapshotFault) -> Int64? {
        guard let shared = try journalOffset(shard, mirror.shared) else { return nil }
        guard let list = try? mirror.local.list(shard: UInt32(shard)) else { return nil }
        if list.files.isEmpty, list.faults.isEmpty { return shared }
        return try journalOffset(shard, mirror.local).map { min($0, shared) }
    }

    /// The same for one place: that of its oldest full snapshot, if its list is in order.
    private func journalOffset(
        _ shard: Int32, _ directory: SnapshotDirectory
    ) throws(SnapshotFault) -> Int64? {
        guard let oldest = try? directory.oldest(shard: UInt32(shard)),
            let header = try SnapshotReader(oldest).nextFile(),
            let identity = SnapshotIdentity(header.metadata), identity.cluster == clusterID,
            identity.group == groupID, identity.journalOffset >= 0
        else { return nil }
        return identity.journalOffset
    }

    /// Returns whether nothing is left to do.
    private func trim(_ shard: Int32, before offset: Int64) throws(SnapshotFault) -> Bool {
        let keeper = keeper
        guard
            let own = attempt({ () throws(KafkaError) in
                try keeper.ownStretch(shard: shard, before: offset)
            })
        else { return false }
        if own.endsAtForeign {
            isUnable = true
            logger.warning(
                "another group writes to the journal topic too, so it only grows; give each group a topic of its own",
                metadata: ["partition": "\(shard)", "offset": "\(own.end)"])
        }
        if own.end > own.start {
            // What stands in for the records must be whole.
            guard let oldest = try? mirror.shared.oldest(shard: UInt32(shard)) else { return false }
            try SnapshotReader(oldest).verify()
            guard
                attempt({ () throws(KafkaError) in try keeper.delete(shard: shard, before: own.end) }) != nil
            else { return false }
            logger.info(
                "deleted journal records that the shared snapshots hold",
                metadata: ["partition": "\(shard)", "before_offset": "\(own.end)"])
        }
        return own.end >= offset
    }

    /// What the cluster says; nil if it fails. A broker that cannot, or does not let us, is not asked again.
    private func attempt<Answer>(_ body: () throws(KafkaError) -> Answer) -> Answer? {
        do throws(KafkaError) { return try body() } catch {
            if error.isWorthWaitingFor {
                logger.debug("old journal records are still there", metadata: ["why": "\(error)"])
            } else {
                isUnable = true
                logger.warning(
                    "old journal records cannot be deleted, so the journal only grows",
                    metadata: ["why": "\(error)"])
            }
            return nil
        }
    }
}

/// The oldest part of a journal's partition, as far as it is one group's.
struct JournalStretch: Equatable {
    /// The offset of its oldest record.
    var start: Int64
    /// The offset after it.
    var end: Int64
    /// Whether a record of another group, which shares the topic, comes next.
    var endsAtForeign = false
}

/// What deleting old journal records needs of a cluster. Isolation: the station's thread.
protocol JournalKeeper {
    /// Looks at the records before `end`, from the oldest on, as far as it gets in a while.
    func ownStretch(shard: Int32, before end: Int64) throws(KafkaError) -> JournalStretch
    /// Deletes the records before an offset.
    func delete(shard: Int32, before offset: Int64) throws(KafkaError)
}
