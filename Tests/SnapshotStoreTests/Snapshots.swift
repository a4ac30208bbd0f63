import Primitives
import SimulatedDisk
@testable import SnapshotStore

/// Snapshots of shard 0 whose content follows from their number, and what can be read of them.
struct Snapshots {
    static let shard: UInt32 = 0
    let directory: SnapshotDirectory
    let disk: MemoryFileSystem

    init(_ disk: MemoryFileSystem = MemoryFileSystem(), path: String = "state") {
        self.disk = disk
        directory = SnapshotDirectory(path, fileSystem: disk)
    }

    static let metadata = {
        var metadata = SnapshotMetadata()
        metadata.add(SnapshotMetadata.cluster, text: "c")
        metadata.add(SnapshotMetadata.stateHeader, [1, 2, 3])
        return metadata
    }()

    /// The number of a snapshot with more than one page.
    static let largeSequence: UInt64 = 77

    /// The chunks of the snapshot of this number.
    static func chunks(_ sequence: UInt64) -> [[UInt8]] {
        var random = RandomStream(seed: sequence)
        return (0..<1 + Int(sequence % 3)).map { _ in
            (0..<(sequence == largeSequence ? 20_000 : random.index(below: 300) + 1)).map { _ in
                UInt8(truncatingIfNeeded: random.next() | 1)
            }
        }
    }

    static func header(_ sequence: UInt64, continuing previous: SnapshotFile? = nil) -> SnapshotHeader {
        SnapshotHeader(
            shard: shard, sequence: sequence, chainHash: sequence &* 31, writtenAtMilliseconds: 1_000,
            metadata: metadata, continuing: previous)
    }

    /// Writes a snapshot up to the point where it could be published.
    func write(_ sequence: UInt64, continuing previous: SnapshotFile? = nil) throws -> PendingSnapshot {
        let writer = try SnapshotWriter(Self.header(sequence, continuing: previous), in: directory)
        for chunk in Self.chunks(sequence) { try chunk.withUnsafeBytes { try writer.append($0) } }
        return try writer.finish()
    }

    /// Writes and publishes a snapshot.
    @discardableResult
    func publish(
        _ sequence: UInt64, continuing previous: SnapshotFile? = nil, keeping: Int = 2
    ) throws -> SnapshotFile {
        let pending = try write(sequence, continuing: previous)
        _ = try pending.publish(keeping: keeping)
        return pending.file
    }

    /// What a start finds: the numbers of the snapshots of the newest good chain, and what was wrong before it.
    func open() -> (sequences: [UInt64], faults: [SnapshotFault]) {
        Self.open([directory])
    }

    static func open(_ directories: [SnapshotDirectory]) -> (sequences: [UInt64], faults: [SnapshotFault]) {
        var candidates = SnapshotCandidates(shard: shard, in: directories)
        var faults = candidates.faults
        while let chain = candidates.next() {
            do throws(SnapshotFault) {
                return (try read(chain), faults)
            } catch {
                faults.append(error)
                candidates.reject(error)
            }
        }
        return ([], faults)
    }

    private static func read(_ chain: SnapshotChain) throws(SnapshotFault) -> [UInt64] {
        let reader = SnapshotReader(chain)
        var sequences: [UInt64] = []
        while let header = try reader.nextFile() {
            var chunks: [[UInt8]] = []
            while let chunk = try reader.nextChunk() { chunks.append(Array(chunk)) }
            guard header.metadata == metadata, chunks == self.chunks(header.sequence) else {
                throw SnapshotFault(reader.filePath, .malformed("other content"))
            }
            sequences.append(header.sequence)
        }
        return sequences
    }

    /// Names of the shard's files, with dates left out.
    func names() throws -> [String] {
        try disk.names(in: directory.path(shard: Self.shard)).map { name in
            String(name.drop { $0 == "0" })
        }
    }
}
