import Foundation
import Glibc
import Primitives
@testable import SnapshotStore
import Testing

/// The host's own files: a directory of its own for each test, removed after it.
final class DiskTests {
    private let path: String

    init() {
        let pattern = "/tmp/tetik-snapshots-" + String(repeating: "X", count: 6)
        var template = Array(pattern.utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? ""
        }
    }

    // No other process for it, which would inherit locks for a moment.
    deinit { try? FileManager.default.removeItem(atPath: path) }

    private func mode(_ path: String) -> UInt32 {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test func `snapshots go to disk and come back`() throws {
        let directory = SnapshotDirectory("\(path)/state")
        #expect(try directory.shards() == [])
        try directory.prepare(shard: 7)
        let header = SnapshotHeader(
            shard: 7, sequence: 1, chainHash: 2, writtenAtMilliseconds: 3, metadata: Snapshots.metadata)
        let writer = try SnapshotWriter(header, in: directory)
        let chunk = [UInt8](repeating: 5, count: 3 << 20)
        for _ in 0..<3 { try chunk.withUnsafeBytes { try writer.append($0) } }
        #expect(try writer.finish().publish(keeping: 1) == [])
        #expect(try directory.shards() == [7])
        #expect(try directory.list(shard: 7).files.map(\.byteCount) == [writer.byteCount])
        var candidates = SnapshotCandidates(shard: 7, in: [directory])
        let chain = candidates.next()
        let reader = SnapshotReader(try #require(chain))
        #expect(try reader.nextFile() == header)
        for _ in 0..<3 { #expect(try reader.nextChunk()?.elementsEqual(chunk) == true) }
        #expect(try reader.nextChunk() == nil)
        #expect(try reader.nextFile() == nil)
        #expect(mode("\(path)/state") == 0o700)
        #expect(mode("\(path)/state/shard-7/\(header.fileName)") == 0o600)
    }

    @Test func `errors name the file and the system's reason`() throws {
        let disk = DiskFileSystem()
        #expect(throws: FileError("open", "\(path)/none", code: ENOENT)) {
            try disk.open("\(self.path)/none")
        }
        #expect(throws: FileError("read", path, code: EISDIR)) { try disk.open(self.path) }
        #expect(throws: FileError("list", "\(path)/none", code: ENOENT)) {
            try disk.names(in: "\(self.path)/none")
        }
        #expect(throws: FileError("make the directory", "\(path)/a/b", code: ENOENT)) {
            try disk.makeDirectory("\(self.path)/a/b")
        }
        #expect(throws: FileError("rename", "\(path)/none", code: ENOENT)) {
            try disk.rename("\(self.path)/none", to: "\(self.path)/other")
        }
    }

    @Test func `a full device fails with its reason`() throws {
        let disk = DiskFileSystem()
        let file = try disk.create("/dev/full")
        var bytes = ByteWriter()
        bytes.append("x")
        #expect(throws: FileError("write", "/dev/full", code: ENOSPC)) { try file.append(bytes.bytes) }
    }

    @Test func `a state directory belongs to one process at a time`() throws {
        let name = "\(path)/state"
        var first: StateDirectory? = try StateDirectory.open(name)
        let instance = try #require(first?.instance)
        #expect(instance.count == 16)
        #expect(throws: StateDirectoryError.inUse(name, process: Int(getpid()))) {
            try StateDirectory.open(name)
        }
        first = nil
        let second = try StateDirectory.open(name)
        #expect(second.instance == instance)
        #expect(mode(name) == 0o700)
        #expect(try StateDirectory.open("\(path)/other").instance != instance)
    }

    @Test func `a state directory that cannot be used says what to do`() throws {
        #expect(throws: StateDirectoryError.self) { try StateDirectory.open("\(self.path)/a/b") }
        let name = "\(path)/state"
        _ = try StateDirectory.open(name)
        truncate("\(name)/instance", 3)
        #expect(throws: StateDirectoryError.instanceBroken("\(name)/instance")) {
            try StateDirectory.open(name)
        }
        let text = "\(StateDirectoryError.inUse("x", process: 12))"
        #expect(text == "x is in use by process 12; stop it, or give this one another state.directory")
    }
}
