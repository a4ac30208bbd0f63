import KafkaTransport
import Settings
import SimulatedDisk
import SnapshotStore
import Testing

@testable import Runtime

/// A journal of which only the ends are known.
private final class FakeKeeper: JournalKeeper {
    var start: Int64 = 0
    var foreignOffset: Int64?
    var error: KafkaError?
    private(set) var questionCount = 0
    private(set) var deletions: [Int64] = []

    func ownStretch(shard: Int32, before end: Int64) throws(KafkaError) -> JournalStretch {
        questionCount += 1
        if let error { throw error }
        guard let foreignOffset, foreignOffset < end else {
            return JournalStretch(start: start, end: max(start, end))
        }
        return JournalStretch(start: start, end: foreignOffset, endsAtForeign: true)
    }

    func delete(shard: Int32, before offset: Int64) throws(KafkaError) {
        deletions.append(offset)
        start = offset
    }
}

/// Which journal records are deleted, once the shared place stands in for them.
struct JournalTrimmingTests {
    private let keeper = FakeKeeper()

    /// A host with snapshots after these journal records, given by sequence number and offset.
    private func makeState(
        shared: [(UInt64, Int64)], local: [(UInt64, Int64)]
    ) throws -> (ShardState, MemoryFileSystem, JournalTrimming) {
        let disk = MemoryFileSystem()
        var state = ShardState()
        let directory = SnapshotDirectory("/shared", fileSystem: disk)
        state.shared = directory
        for (number, offset) in shared { try write(number, offset, state, directory) }
        for (number, offset) in local { try write(number, offset, state, state.local) }
        let trimming = JournalTrimming(
            clusterID: ShardState.clusterID, groupID: state.settings.kafka.groupID,
            mirror: SnapshotMirror(local: state.local, shared: directory), keeper: keeper,
            lifecycle: Lifecycle(), logger: state.logger)
        return (state, disk, trimming)
    }

    private func write(
        _ number: UInt64, _ offset: Int64, _ state: ShardState, _ directory: SnapshotDirectory
    ) throws {
        try state.writeSnapshot(
            number, chain: 7, positions: [0, 0, 0], journalOffset: offset, to: directory)
    }

    @Test func `what lies before the oldest snapshot in the shared place is deleted, once`() throws {
        let (state, _, trimming) = try makeState(shared: [(5, 40), (9, 80)], local: [(9, 80)])
        trimming.run(shard: 0)
        #expect(keeper.deletions == [40])
        trimming.run(shard: 0)
        #expect(keeper.questionCount == 1)
        // The one of record 5 goes when a third comes.
        try write(12, 110, state, SnapshotDirectory("/shared", fileSystem: state.shared!.fileSystem))
        trimming.run(shard: 0)
        #expect(keeper.deletions == [40, 80])
    }

    @Test func `what a snapshot on this host needs is kept`() throws {
        let (_, _, trimming) = try makeState(shared: [(9, 80)], local: [(5, 40), (9, 80)])
        trimming.run(shard: 0)
        #expect(keeper.deletions == [40])
    }

    @Test func `nothing is deleted for a snapshot that cannot be read, or does not say where it stands`()
        throws
    {
        let (state, disk, trimming) = try makeState(shared: [(9, 80)], local: [(9, 80)])
        let file = try #require(try state.shared?.list(shard: 0).files.first)
        disk.damage("/shared/shard-0/\(file.name)") { $0[$0.count - 20] ^= 1 }
        trimming.run(shard: 0)
        #expect(keeper.questionCount == 1 && keeper.deletions.isEmpty)

        let (_, _, other) = try makeState(shared: [(9, -1)], local: [(9, 80)])
        #expect(try other.neededOffset(0) == nil)
        let (_, _, unknown) = try makeState(shared: [(9, 80)], local: [(9, -1)])
        #expect(try unknown.neededOffset(0) == nil)
        let (_, _, empty) = try makeState(shared: [], local: [(9, 80)])
        #expect(try empty.neededOffset(0) == nil)
    }

    @Test func `records of another group that shares the topic are kept`() throws {
        let (_, _, trimming) = try makeState(shared: [(9, 80)], local: [])
        keeper.foreignOffset = 30
        trimming.run(shard: 0)
        trimming.run(shard: 0)
        #expect(keeper.deletions == [30])
        #expect(keeper.questionCount == 1)
    }

    @Test func `a broker that is away is asked again, one that cannot do it is not`() throws {
        let (_, _, trimming) = try makeState(shared: [(9, 80)], local: [])
        keeper.error = KafkaError(code: .timedOut, operation: "delete records")
        trimming.run(shard: 0)
        trimming.run(shard: 0)
        #expect(keeper.questionCount == 2)
        keeper.error = KafkaError(code: .unsupportedFeature, operation: "delete records")
        trimming.run(shard: 0)
        trimming.run(shard: 0)
        #expect(keeper.questionCount == 3)
        #expect(keeper.deletions.isEmpty)
    }
}
