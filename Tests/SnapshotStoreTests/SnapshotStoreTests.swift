import Glibc
import SimulatedDisk
@testable import SnapshotStore
import Testing

/// Writing, listing, keeping and finding snapshots on a disk that does what it should.
struct SnapshotStoreTests {
    @Test func `the newest state is a full snapshot and the increments after it`() throws {
        let store = Snapshots()
        try store.directory.prepare(shard: 0)
        #expect(store.open().sequences == [])
        let full = try store.publish(10)
        let first = try store.publish(20, continuing: full)
        #expect(store.open().sequences == [10, 20])
        try store.publish(35, continuing: first)
        #expect(store.open() == ([10, 20, 35], []))
        try store.publish(40)
        #expect(store.open() == ([40], []))
    }

    @Test func `a snapshot counts only once it is published`() throws {
        let store = Snapshots()
        try store.directory.prepare(shard: 0)
        try store.publish(10)
        let pending = try store.write(20)
        #expect(store.open().sequences == [10])
        pending.discard()
        #expect(try store.names() == ["10-full.snap", "MANIFEST"])
    }

    @Test func `full snapshots are kept with their increments, older ones go`() throws {
        let store = Snapshots()
        try store.directory.prepare(shard: 0)
        var newest: SnapshotFile?
        for sequence in UInt64(1)...9 {
            newest = try store.publish(sequence, continuing: sequence % 3 == 1 ? nil : newest, keeping: 2)
        }
        #expect(
            try store.names() == [
                "4-full.snap", "5-increment.snap", "6-increment.snap", "7-full.snap", "8-increment.snap",
                "9-increment.snap", "MANIFEST",
            ])
    }

    @Test func `leftovers of an earlier process are removed, listed snapshots are not`() throws {
        let store = Snapshots()
        try store.directory.prepare(shard: 0)
        try store.publish(10)
        _ = try store.write(20)
        let stray = try SnapshotWriter(Snapshots.header(15), in: store.directory).finish()
        try store.disk.rename(
            "state/shard-0/\(stray.file.name).tmp", to: "state/shard-0/\(stray.file.name)")
        try store.directory.prepare(shard: 0)
        #expect(try store.names() == ["10-full.snap", "MANIFEST"])
    }

    @Test func `nothing is published over a newer snapshot, or on another than it continues`() throws {
        let store = Snapshots()
        try store.directory.prepare(shard: 0)
        let full = try store.publish(10)
        try store.publish(20, continuing: full)
        let older = try store.write(15)
        #expect(throws: SnapshotPublishError.superseded("state/shard-0/\(older.file.name)")) {
            try older.publish(keeping: 1)
        }
        let second = try store.write(30, continuing: full)
        #expect(throws: SnapshotPublishError.baseMissing("state/shard-0/\(second.file.name)")) {
            try second.publish(keeping: 1)
        }
        #expect(store.open() == ([10, 20], []))
    }

    @Test func `without its list, the files are looked at`() throws {
        let store = Snapshots()
        try store.directory.prepare(shard: 0)
        let full = try store.publish(10)
        try store.publish(20, continuing: full)
        try store.publish(20)
        let listed = try store.directory.list(shard: 0)
        for change in [{ (_: inout [UInt8]) in }, { $0[30] ^= 1 }] {
            store.disk.damage("state/shard-0/MANIFEST", change)
            let found = try store.directory.list(shard: 0)
            #expect(found.files == listed.files)
        }
        #expect(try store.directory.list(shard: 0).faults.map(\.reason) == [.manifestBroken])
        try store.disk.remove("state/shard-0/MANIFEST")
        #expect(try store.directory.list(shard: 0).files == listed.files)
        #expect(try store.directory.list(shard: 0).faults.map(\.reason) == [.manifestMissing])
        try store.directory.prepare(shard: 0)
        #expect(store.open().sequences == [20])
        try store.publish(30)
        #expect(store.open() == ([30], []))
    }

    @Test func `shards are told apart`() throws {
        let store = Snapshots()
        try store.directory.prepare(shard: 0)
        try store.directory.prepare(shard: 12)
        try store.disk.makeDirectory("state/shard-x")
        #expect(try store.directory.shards() == [0, 12])
        #expect(try SnapshotDirectory("elsewhere", fileSystem: store.disk).shards() == [])
    }

    @Test func `the next snapshot is full at first, after failures, and when increments have grown`() {
        func file(_ kind: SnapshotKind, _ byteCount: Int) -> SnapshotFile {
            SnapshotFile(kind: kind, sequence: 1, chainHash: 0, byteCount: byteCount, identity: 0)
        }
        var policy = SnapshotPolicy()
        #expect(policy.nextIsFull)
        policy.didPublish(file(.full, 1_000))
        #expect(!policy.nextIsFull)
        policy.didPublish(file(.increment, 500))
        #expect(!policy.nextIsFull)
        policy.didPublish(file(.increment, 1))
        #expect(policy.nextIsFull)
        policy.didPublish(file(.full, 1_000))
        policy.didFail()
        #expect(policy.nextIsFull)
        policy.didPublish(file(.full, 1_000))
        for _ in 0..<32 {
            #expect(!policy.nextIsFull)
            policy.didPublish(file(.increment, 1))
        }
        #expect(policy.nextIsFull)
    }
}
