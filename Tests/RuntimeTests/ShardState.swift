import Coordination
import Engine
import KafkaTransport
import Logging
import Model
import Primitives
import Settings
import SimulatedDisk
import SnapshotStore

@testable import Runtime

/// A journal in memory.
struct MemoryJournal: JournalSource {
    private var records: [JournalRecord] = []
    /// The offset of the first record.
    var firstOffset: Int64 = 0

    /// Puts a record behind the others; returns its chain hash.
    mutating func append(_ record: JournalRecord) -> UInt64 {
        records.append(record)
        return record.encoded().chain
    }

    func read(
        shard: Int32, after offset: Int64?, to mark: CommitMark?
    ) throws(JournalReading.Failure) -> JournalTail {
        var tail = JournalTail()
        for (index, record) in records.enumerated() where firstOffset + Int64(index) > offset ?? -1 {
            tail.add(record, chain: record.encoded().chain, offset: firstOffset + Int64(index))
        }
        return tail
    }
}

/// A journal in which nothing can be read.
struct MissingJournal: JournalSource {
    func read(
        shard: Int32, after offset: Int64?, to mark: CommitMark?
    ) throws(JournalReading.Failure) -> JournalTail {
        throw .incomplete("record \(mark?.sequenceNumber ?? 0) is not in it")
    }
}

/// A host on which a shard can be prepared: settings, a disk, perhaps one that is shared, and a journal.
struct ShardState {
    var settings = Settings()
    var partitionCount: Int32 = 4
    var local = SnapshotDirectory("/state", fileSystem: MemoryFileSystem())
    var shared: SnapshotDirectory?
    var journal = MemoryJournal()
    var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static let clusterID = "cluster"
    private static let machine = JournalRecord.Machine(
        semanticsVersion: Engine.semanticsVersion, mathFingerprint: EngineIdentity.mathFingerprint)

    var rules: SequenceRules { SequenceRules(settings) }

    func makeStation() -> SnapshotStation {
        SnapshotStation(
            directory: local, shared: shared, keptCount: 2, observer: DaemonObserver(), logger: logger)
    }

    func common(_ station: SnapshotStation) -> ShardSnapshots.Common {
        ShardSnapshots.Common(
            station: station, intervalMilliseconds: 1_000, clusterID: Self.clusterID,
            groupID: settings.kafka.groupID, partitionCount: partitionCount)
    }

    /// What a start with this mark finds.
    func prepare(
        _ shard: Int32 = 0, mark: CommitMark?, journal: (any JournalSource)? = nil
    ) throws(DaemonFailure) -> ShardPreparation.Prepared {
        let preparation = ShardPreparation(
            settings: settings, partitionCount: partitionCount, snapshots: common(makeStation()),
            journal: journal ?? self.journal, acceptsDataLoss: false, lifecycle: Lifecycle(), logger: logger)
        return try preparation.run(
            shard, committed: settings.topics.inputs.map { _ in 0 }, mark: mark, warm: nil)
    }

    /// A record that stands after the one with this number and chain.
    func record(
        after number: UInt64, _ chain: UInt64, positions: [Int64], steps: [SequenceStep]
    ) -> JournalRecord {
        JournalRecord(
            shard: 0, sequenceNumber: number + 1, previousChain: chain, writer: "w", generation: 1,
            clusterID: Self.clusterID, partitionCount: partitionCount, machine: Self.machine,
            watermark: .distantPast, positions: positions, steps: steps)
    }

    /// Writes a full snapshot of a shard that knows nobody, and lists it.
    func writeSnapshot(
        _ sequenceNumber: UInt64, chain: UInt64, positions: [Int64], journalOffset: Int64,
        to directory: SnapshotDirectory? = nil
    ) throws {
        let core = ShardCore(partition: 0, rules: rules, positions: positions)
        let image = core.engine.beginCapture(isFull: true)
        let identity = SnapshotIdentity(
            cluster: Self.clusterID, group: settings.kafka.groupID, partitionCount: partitionCount,
            rules: rules.text, positions: positions, journalOffset: journalOffset)
        let directory = directory ?? local
        try directory.prepare(shard: 0)
        let writer = try SnapshotWriter(
            SnapshotHeader(
                shard: 0, sequence: sequenceNumber, chainHash: chain, writtenAtMilliseconds: 0,
                metadata: identity.metadata(image), continuing: nil), in: directory)
        var bytes = ByteWriter()
        // BOUND: the state, which is empty.
        while !core.engine.capture(upTo: 1 << 20, into: &bytes) {}
        try writer.append(bytes.bytes)
        _ = try writer.finish().publish(keeping: 2)
    }
}
