import Glibc
import SimulatedDisk
@testable import SnapshotStore
import Testing

/// Snapshots that are copied to a place that other hosts can reach.
struct SnapshotMirrorTests {
    private let local = Snapshots()
    private let shared = Snapshots(path: "shared")
    private var mirror: SnapshotMirror { SnapshotMirror(local: local.directory, shared: shared.directory) }

    init() throws {
        try local.directory.prepare(shard: 0)
        try shared.disk.makeDirectory("shared")
    }

    private func copy() throws { #expect(try mirror.copyNewest(shard: 0, keeping: 1) == []) }

    @Test func `the newest state is copied, and then only what is new`() throws {
        try copy()
        #expect(shared.open().sequences == [])
        var newest = try local.publish(10)
        newest = try local.publish(20, continuing: newest)
        try copy()
        #expect(shared.open() == ([10, 20], []))
        let operationCount = shared.disk.operationCount
        try local.publish(30, continuing: newest)
        try copy()
        #expect(shared.open() == ([10, 20, 30], []))
        #expect(shared.disk.operationCount - operationCount < 25)
        try local.publish(40)
        try copy()
        #expect(try shared.names() == ["40-full.snap", "MANIFEST"])
    }

    @Test func `whichever place has the newer good state is used`() throws {
        let full = try local.publish(10)
        try copy()
        #expect(Snapshots.open([local.directory, shared.directory]).sequences == [10])
        #expect(mirror.candidates(shard: 0).isEmpty == false)
        var candidates = mirror.candidates(shard: 0)
        #expect(candidates.next()?.directory.path == "state")
        try local.publish(20, continuing: full)
        local.disk.damage("state/shard-0/00000000000000000010-full.snap") { $0[200] ^= 1 }
        let found = Snapshots.open([local.directory, shared.directory])
        #expect(found.sequences == [10])
        #expect(found.faults.count == 1)
        local.disk.lose("state/shard-0")
        #expect(Snapshots.open([local.directory, shared.directory]) == ([10], []))
    }

    @Test func `a damaged snapshot is not copied`() throws {
        try local.publish(10)
        try copy()
        let path = "state/shard-0/00000000000000000020-full.snap"
        try local.publish(20)
        local.disk.damage(path) { $0[$0.count - 60] ^= 1 }
        #expect(throws: SnapshotMirrorError.self) { try copy() }
        #expect(shared.open() == ([10], []))
        #expect(try shared.names() == ["10-full.snap", "MANIFEST"])
    }

    @Test func `a shared directory that is not mounted is not made`() throws {
        try local.publish(10)
        shared.disk.lose("shared")
        let error = SnapshotMirrorError.file(FileError("list", "shared", code: ENOENT))
        #expect(throws: error) { try copy() }
        #expect(try SnapshotDirectory("shared", fileSystem: shared.disk).shards() == [])
    }

    @Test func `a member that has lost the shard copies nothing over its successor's`() throws {
        try local.publish(10)
        try copy()
        try shared.publish(15)
        try local.publish(12)
        #expect(throws: SnapshotMirrorError.self) { try copy() }
        #expect(shared.open().sequences == [15])
    }

    @Test func `a shared place that fails costs only the copy`() throws {
        try local.publish(10)
        for operation in 1..<20 {
            let disk = MemoryFileSystem()
            try disk.makeDirectory("shared")
            disk.fault = (operation, .failuresFromNow(ENOSPC))
            let mirror = SnapshotMirror(
                local: local.directory, shared: SnapshotDirectory("shared", fileSystem: disk))
            _ = try? mirror.copyNewest(shard: 0, keeping: 1)
            #expect(Snapshots.open([local.directory, mirror.shared]).sequences == [10])
            disk.heal()
            _ = try mirror.copyNewest(shard: 0, keeping: 1)
            #expect(Snapshots.open([mirror.shared]).sequences == [10])
        }
    }
}
