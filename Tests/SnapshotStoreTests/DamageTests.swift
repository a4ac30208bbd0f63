import Glibc
import SimulatedDisk
@testable import SnapshotStore
import Testing

/// Snapshots that something happened to: recognised, named, and the one before is used.
struct DamageTests {
    private let store = Snapshots()
    private let path = "state/shard-0/00000000000000000020-increment.snap"

    init() throws {
        try store.directory.prepare(shard: 0)
        let full = try store.publish(10)
        try store.publish(20, continuing: full)
    }

    private func byteCount() throws -> Int { try store.disk.open(path).byteCount }

    /// What is found after `change` to the newest file; the change is taken back.
    private func open(after change: (inout [UInt8]) -> Void) -> (
        sequences: [UInt64], reason: SnapshotFault.Reason?
    ) {
        var before: [UInt8] = []
        store.disk.damage(path) {
            before = $0
            change(&$0)
        }
        defer { store.disk.damage(path) { $0 = before } }
        let found = store.open()
        #expect(found.faults.count <= 1)
        return (found.sequences, found.faults.first?.reason)
    }

    @Test func `a flipped bit anywhere is found`() throws {
        for index in 0..<(try byteCount()) {
            let found = open { $0[index] ^= 1 << UInt8(index % 8) }
            #expect(found.sequences == [10], "byte \(index)")
            switch found.reason {
            case .bitFlipped, .headerDamaged, .notASnapshot, .newerFormat, .truncated, .olderFormat: break
            default: Issue.record("byte \(index): \(String(describing: found.reason))")
            }
        }
    }

    @Test func `a file that ends too early is truncated, wherever it ends`() throws {
        for count in stride(from: 0, to: try byteCount(), by: 7) {
            let found = open { $0.removeLast($0.count - count) }
            #expect(found.sequences == [10])
            #expect(found.reason == .truncated, "\(count) bytes")
        }
    }

    @Test func `pages that were never written are torn`() throws {
        #expect(open { $0 = [UInt8](repeating: 0, count: $0.count) }.reason == .torn(offset: 0))
        try store.publish(Snapshots.largeSequence)
        store.disk.damage("state/shard-0/00000000000000000077-full.snap") { bytes in
            for index in 4_096..<12_288 { bytes[index] = 0 }
        }
        let found = store.open()
        #expect(found.sequences == [10, 20])
        guard case .torn = found.faults.first?.reason else {
            Issue.record("\(found.faults)")
            return
        }
    }

    @Test func `what comes behind the end is no part of a snapshot`() {
        #expect(open { $0.append(0) }.reason == .trailingBytes)
    }

    @Test func `other formats are told by their number`() {
        #expect(open { $0[8] = 2 }.reason == .newerFormat(2))
        #expect(open { $0[8] = 0 }.reason == .olderFormat(0))
        #expect(open { $0[0] = 0x41 }.reason == .notASnapshot)
    }

    @Test func `a file of another shard or another chain is foreign`() throws {
        let shard = SnapshotHeader(
            shard: 3, sequence: 20, chainHash: 20 * 31, writtenAtMilliseconds: 0, metadata: Snapshots.metadata
        )
        try store.directory.prepare(shard: 3)
        let other = try SnapshotWriter(shard, in: store.directory).finish()
        var bytes: [UInt8] = []
        store.disk.damage("state/shard-3/\(other.file.name).tmp") { bytes = $0 }
        #expect(open { $0 = bytes }.reason == .foreignShard(3))
        let twin = Snapshots(path: "twin")
        try twin.directory.prepare(shard: 0)
        let full = try twin.publish(11)
        try twin.publish(20, continuing: full)
        twin.disk.damage("twin/shard-0/00000000000000000020-increment.snap") { bytes = $0 }
        #expect(open { $0 = bytes }.reason == .missingIncrement)
    }

    @Test func `an increment does not help without what it continues`() throws {
        let newest = try store.directory.list(shard: 0).files[1]
        try store.publish(30, continuing: newest)
        store.disk.lose(path)
        let found = store.open()
        #expect(found.sequences == [10])
        #expect(found.faults == [SnapshotFault(path, .missing)])
        // Without the list the gap is seen in the files themselves.
        store.disk.lose("state/shard-0/MANIFEST")
        let scanned = store.open()
        #expect(scanned.sequences == [10])
        #expect(scanned.faults.map(\.reason) == [.manifestMissing, .missingIncrement])
    }

    @Test func `a damaged full snapshot takes its increments with it`() throws {
        store.disk.damage("state/shard-0/00000000000000000010-full.snap") { $0[300] ^= 4 }
        #expect(store.open().sequences == [])
        #expect(store.open().faults.count == 1)
    }

    @Test func `an older file under a newer one's name is noticed`() throws {
        var bytes: [UInt8] = []
        let twin = Snapshots(path: "twin")
        try twin.directory.prepare(shard: 0)
        let writer = try SnapshotWriter(
            Snapshots.header(20, continuing: try store.directory.list(shard: 0).files[0]),
            in: twin.directory)
        let file = try writer.finish().file
        twin.disk.damage("twin/shard-0/\(file.name).tmp") { bytes = $0 }
        #expect(open { $0 = bytes }.reason == .otherThanListed)
    }

    @Test func `messages say which file, what is wrong, and why`() {
        #expect("\(SnapshotFault("a/b.snap", .truncated))".hasPrefix("a/b.snap: truncated"))
        let error = FileError("write", "a/b", code: ENOSPC)
        #expect("\(SnapshotFault("a/b", .unreadable(error)))" == "cannot write a/b: No space left on device")
    }
}
