import Primitives

/// How a snapshot file is laid out.
///
/// Little-endian. Header: magic (8), format version (4), bytes of the header (4), kind (4), shard (4), sequence number
/// (8), chain hash (8), sequence number and identity of the snapshot before (8 each), time of writing (8),
/// metadata, XXH3-64 of all that (8). Then chunks: byte count (4), kind (4), XXH3-64 of the payload (8),
/// payload. The last chunk is the footer: number of data chunks (8), bytes of their payloads (8), identity (8).
///
/// A chunk's checksum is seeded with the header's checksum, the chunk's place, size and kind, so a chunk of another
/// file or place is not taken for this one's. The identity runs over all checksums: two files with the same one
/// have the same content.
public enum SnapshotFormat {
    /// The format that is written, and the only one that is read.
    public static let version: UInt32 = 1
    /// BOUND: bytes of a chunk's payload.
    public static let chunkByteCountMax = 4 << 20

    static let magic: [UInt8] = Array("TETIKSNP".utf8)
    /// Bytes up to the metadata.
    static let headByteCount = 64
    static let checksumByteCount = 8
    static let chunkHeadByteCount = 16
    static let footerByteCount = 24
    static let dataKind: UInt32 = 1
    static let footerKind: UInt32 = 2

    /// The seed of a chunk's checksum.
    static func seed(_ headerChecksum: UInt64, index: UInt64, kind: UInt32, byteCount: Int) -> UInt64 {
        let place = index &* 0x9e37_79b9_7f4a_7c15
        return headerChecksum &+ place ^ (UInt64(kind) << 32 | UInt64(byteCount))
    }

    /// The identity after one more chunk.
    static func identity(_ identity: UInt64, after checksum: UInt64) -> UInt64 {
        withUnsafeBytes(of: checksum.littleEndian) { XXH3.hash($0, seed: identity) }
    }
}

/// Whether a snapshot stands alone.
public enum SnapshotKind: UInt32, Sendable, CaseIterable {
    /// Everything.
    case full = 1
    /// What has changed since the snapshot before.
    case increment = 2

    /// As it is written in file names.
    public var name: String { self == .full ? "full" : "increment" }
}

/// What a snapshot file says before its chunks.
public struct SnapshotHeader: Equatable, Sendable {
    /// Whether it stands alone.
    public var kind: SnapshotKind
    /// The shard whose state it is.
    public var shard: UInt32
    /// The journal's sequence number after which the state was so.
    public var sequence: UInt64
    /// The journal's chain hash at that number.
    public var chainHash: UInt64
    /// Of an increment: the sequence number of the snapshot that it continues.
    public var previousSequence: UInt64 = 0
    /// Of an increment: the identity of the snapshot that it continues.
    public var previousIdentity: UInt64 = 0
    /// When it was written: milliseconds since 1970, by the writer's wall clock. Decides nothing.
    public var writtenAtMilliseconds: Int64
    /// What the writer says about it.
    public var metadata: SnapshotMetadata

    /// Makes the header of a full snapshot; `continuing` makes it that of an increment.
    public init(
        shard: UInt32, sequence: UInt64, chainHash: UInt64, writtenAtMilliseconds: Int64,
        metadata: SnapshotMetadata, continuing previous: SnapshotFile? = nil
    ) {
        kind = previous == nil ? .full : .increment
        self.shard = shard
        self.sequence = sequence
        self.chainHash = chainHash
        previousSequence = previous?.sequence ?? 0
        previousIdentity = previous?.identity ?? 0
        self.writtenAtMilliseconds = writtenAtMilliseconds
        self.metadata = metadata
    }

    /// The file's name in its shard's directory.
    public var fileName: String { SnapshotFile.name(kind, sequence) }

    /// Appends the stored form; returns its checksum.
    func append(to writer: inout ByteWriter) -> UInt64 {
        let start = writer.count
        SnapshotFormat.magic.withUnsafeBytes { writer.append($0) }
        writer.append(fixed: SnapshotFormat.version)
        let place = writer.count
        writer.append(fixed: UInt32(0))
        writer.append(fixed: kind.rawValue)
        writer.append(fixed: shard)
        for number in [sequence, chainHash, previousSequence, previousIdentity] {
            writer.append(fixed: number)
        }
        writer.append(fixed: writtenAtMilliseconds)
        metadata.append(to: &writer)
        let byteCount = writer.count - start + SnapshotFormat.checksumByteCount
        writer.mutableBytes.storeBytes(
            of: UInt32(byteCount).littleEndian, toByteOffset: place, as: UInt32.self)
        let checksum = XXH3.hash(UnsafeRawBufferPointer(rebasing: writer.bytes[start...]))
        writer.append(fixed: checksum)
        return checksum
    }

    /// Reads the stored form without its checksum, which was right; nil if it makes no sense.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= SnapshotFormat.headByteCount else { return nil }
        let metadataStart = SnapshotFormat.headByteCount
        var cursor = FixedCursor(UnsafeRawBufferPointer(rebasing: bytes[16..<metadataStart]))
        guard let kind = cursor.next().flatMap({ SnapshotKind(rawValue: $0) }),
            let shard: UInt32 = cursor.next(), let sequence: UInt64 = cursor.next(),
            let chainHash: UInt64 = cursor.next(), let previousSequence: UInt64 = cursor.next(),
            let previousIdentity: UInt64 = cursor.next(), let writtenAt: Int64 = cursor.next(),
            let metadata = SnapshotMetadata(UnsafeRawBufferPointer(rebasing: bytes[metadataStart...]))
        else { return nil }
        self.init(
            shard: shard, sequence: sequence, chainHash: chainHash, writtenAtMilliseconds: writtenAt,
            metadata: metadata)
        self.kind = kind
        self.previousSequence = previousSequence
        self.previousIdentity = previousIdentity
    }
}

/// A snapshot file as a list has it.
public struct SnapshotFile: Equatable, Sendable {
    /// Whether it stands alone.
    public var kind: SnapshotKind
    /// The journal's sequence number after which the state was so.
    public var sequence: UInt64
    /// The journal's chain hash at that number.
    public var chainHash: UInt64
    /// Bytes of the file.
    public var byteCount: Int
    /// A hash of all of its content.
    public var identity: UInt64

    /// The file's name in its shard's directory.
    public var name: String { Self.name(kind, sequence) }

    static let suffix = ".snap"
    static let temporarySuffix = ".tmp"

    static func name(_ kind: SnapshotKind, _ sequence: UInt64) -> String {
        let digits = String(sequence)
        return String(repeating: "0", count: 20 - digits.count) + digits + "-\(kind.name)\(suffix)"
    }

    /// Kind and sequence number of a file of that name; nil if it is no snapshot's.
    static func parse(name: String) -> (kind: SnapshotKind, sequence: UInt64)? {
        let parts = name.split(separator: "-", maxSplits: 1)
        guard parts.count == 2, let sequence = UInt64(parts[0]),
            let kind = SnapshotKind.allCases.first(where: { parts[1] == "\($0.name)\(suffix)" }),
            Self.name(kind, sequence) == name
        else { return nil }
        return (kind, sequence)
    }
}
