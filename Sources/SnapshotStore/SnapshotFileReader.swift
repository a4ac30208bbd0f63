import Primitives

/// Reads one snapshot file from front to back and checks every byte of it.
///
/// Isolation: one thread at a time. Memory: one chunk.
public final class SnapshotFileReader {
    private static let pageByteCount = 4_096

    /// The file.
    public let path: String
    /// What the file says before its chunks; its checksum was right.
    public let header: SnapshotHeader
    /// Bytes of the file.
    public var byteCount: Int { file.byteCount }
    /// Hash of all of the content, once `nextChunk` has returned nil.
    public private(set) var identity: UInt64

    private let file: any StoredFile
    private let headerChecksum: UInt64
    private let listed: SnapshotFile?
    private var buffer: ByteWriter
    private var offset: Int
    private var chunkCount: UInt64 = 0
    private var payloadByteCount: UInt64 = 0
    private var isAtEnd = false

    /// Opens a file and reads its header.
    ///
    /// - Parameter shard: of whom it must be.
    /// - Parameter listed: how it is listed, if it is; what differs is a fault.
    public init(
        _ path: String, shard: UInt32, listed: SnapshotFile? = nil, fileSystem: any FileSystem
    ) throws(SnapshotFault) {
        self.path = path
        self.listed = listed
        do {
            file = try fileSystem.open(path)
        } catch {
            throw SnapshotFault(path, error.isMissing ? .missing : .unreadable(error))
        }
        buffer = ByteWriter(capacity: 1 << 20)
        try Self.readHeader(file, path, into: &buffer)
        let content = UnsafeRawBufferPointer(
            rebasing: buffer.bytes[..<(buffer.count - SnapshotFormat.checksumByteCount)])
        headerChecksum = UInt64(
            littleEndian: buffer.bytes.loadUnaligned(fromByteOffset: content.count, as: UInt64.self))
        guard headerChecksum == XXH3.hash(content), let header = SnapshotHeader(content) else {
            throw SnapshotFault(path, .headerDamaged)
        }
        self.header = header
        identity = headerChecksum
        offset = buffer.count
        guard header.shard == shard else { throw SnapshotFault(path, .foreignShard(header.shard)) }
        if let listed {
            guard listed.kind == header.kind, listed.sequence == header.sequence,
                listed.chainHash == header.chainHash
            else { throw SnapshotFault(path, .otherThanListed) }
        }
    }

    /// Reads the header's bytes, checksum included, into `buffer`.
    private static func readHeader(
        _ file: any StoredFile, _ path: String, into buffer: inout ByteWriter
    ) throws(SnapshotFault) {
        let startByteCount = 16
        try read(file, path, at: 0, byteCount: startByteCount, into: &buffer)
        let start = buffer.bytes
        guard start.prefix(SnapshotFormat.magic.count).elementsEqual(SnapshotFormat.magic) else {
            let isUnwritten = start.allSatisfy { $0 == 0 }
            throw SnapshotFault(path, isUnwritten ? .torn(offset: 0) : .notASnapshot)
        }
        let version = UInt32(littleEndian: start.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        guard version == SnapshotFormat.version else {
            let isOlder = version < SnapshotFormat.version
            throw SnapshotFault(path, isOlder ? .olderFormat(version) : .newerFormat(version))
        }
        let byteCount = Int(
            UInt32(littleEndian: start.loadUnaligned(fromByteOffset: 12, as: UInt32.self)))
        let byteCountMin = SnapshotFormat.headByteCount + SnapshotFormat.checksumByteCount
        guard byteCount >= byteCountMin, byteCount <= byteCountMin + SnapshotMetadata.byteCountMax else {
            throw SnapshotFault(path, .headerDamaged)
        }
        buffer.removeAll()
        try read(file, path, at: 0, byteCount: byteCount, into: &buffer)
    }

    /// Appends exactly `byteCount` bytes, or throws.
    private static func read(
        _ file: any StoredFile, _ path: String, at offset: Int, byteCount: Int, into buffer: inout ByteWriter
    ) throws(SnapshotFault) {
        guard offset + byteCount <= file.byteCount else { throw SnapshotFault(path, .truncated) }
        var count = 0
        do throws(FileError) {
            try buffer.append(upTo: byteCount) { bytes throws(FileError) in
                count = try file.read(at: offset, into: bytes)
                return count
            }
        } catch {
            throw SnapshotFault(path, .unreadable(error))
        }
        guard count == byteCount else { throw SnapshotFault(path, .truncated) }
    }

    /// The next chunk, whose checksum was right; valid until the next call. Nil at the end, when all of the file is
    /// checked.
    public func nextChunk() throws(SnapshotFault) -> UnsafeRawBufferPointer? {
        if isAtEnd { return nil }
        let start = offset
        guard let (kind, byteCount, checksum) = try chunkHead(at: start) else {
            throw SnapshotFault(path, .torn(offset: start))
        }
        guard start + SnapshotFormat.chunkHeadByteCount + byteCount <= file.byteCount else {
            // The file is as long as it was listed, so the byte count is what is wrong.
            throw SnapshotFault(
                path, listed?.byteCount == file.byteCount ? .bitFlipped(offset: start) : .truncated)
        }
        buffer.removeAll()
        try Self.read(
            file, path, at: start + SnapshotFormat.chunkHeadByteCount, byteCount: byteCount, into: &buffer)
        let seed = SnapshotFormat.seed(headerChecksum, index: chunkCount, kind: kind, byteCount: byteCount)
        guard XXH3.hash(buffer.bytes, seed: seed) == checksum else {
            throw SnapshotFault(path, hasUnwrittenPage ? .torn(offset: start) : .bitFlipped(offset: start))
        }
        offset = start + SnapshotFormat.chunkHeadByteCount + byteCount
        if kind == SnapshotFormat.footerKind {
            try checkFooter(at: start)
            return nil
        }
        identity = SnapshotFormat.identity(identity, after: checksum)
        chunkCount += 1
        payloadByteCount += UInt64(byteCount)
        return buffer.bytes
    }

    /// Kind, byte count and checksum; nil if nothing was ever written there.
    private func chunkHead(
        at start: Int
    ) throws(SnapshotFault) -> (kind: UInt32, byteCount: Int, checksum: UInt64)? {
        buffer.removeAll()
        try Self.read(file, path, at: start, byteCount: SnapshotFormat.chunkHeadByteCount, into: &buffer)
        var cursor = FixedCursor(buffer.bytes)
        guard let byteCount: UInt32 = cursor.next(), let kind: UInt32 = cursor.next(),
            let checksum: UInt64 = cursor.next()
        else { return nil }
        if byteCount == 0, kind == 0, checksum == 0 { return nil }
        guard Int(byteCount) <= SnapshotFormat.chunkByteCountMax,
            kind == SnapshotFormat.dataKind || kind == SnapshotFormat.footerKind
        else { throw SnapshotFault(path, .bitFlipped(offset: start)) }
        return (kind, Int(byteCount), checksum)
    }

    private func checkFooter(at start: Int) throws(SnapshotFault) {
        var cursor = FixedCursor(buffer.bytes)
        guard buffer.count == SnapshotFormat.footerByteCount, cursor.next() == chunkCount,
            cursor.next() == payloadByteCount, cursor.next() == identity
        else { throw SnapshotFault(path, .bitFlipped(offset: start)) }
        guard offset == file.byteCount else { throw SnapshotFault(path, .trailingBytes) }
        if let listed, listed.identity != identity || listed.byteCount != byteCount {
            throw SnapshotFault(path, .otherThanListed)
        }
        isAtEnd = true
    }

    /// Whether the chunk in the buffer has a page of nothing but zeros, which state never has.
    private var hasUnwrittenPage: Bool {
        var zeroCount = 0
        for byte in buffer.bytes {
            zeroCount = byte == 0 ? zeroCount + 1 : 0
            if zeroCount == Self.pageByteCount { return true }
        }
        return false
    }

    /// Reads everything that is left.
    public func verify() throws(SnapshotFault) { while try nextChunk() != nil {} }

    /// The file as it is to be listed, by its footer; the chunks before it are not looked at. Not to be called between
    /// two calls of `nextChunk`.
    public func listing() throws(SnapshotFault) -> SnapshotFile {
        let start =
            file.byteCount - SnapshotFormat.footerByteCount - SnapshotFormat.chunkHeadByteCount
        guard start >= offset, let (kind, byteCount, checksum) = try chunkHead(at: start),
            kind == SnapshotFormat.footerKind, byteCount == SnapshotFormat.footerByteCount
        else { throw SnapshotFault(path, .truncated) }
        buffer.removeAll()
        try Self.read(
            file, path, at: start + SnapshotFormat.chunkHeadByteCount, byteCount: byteCount, into: &buffer)
        var cursor = FixedCursor(buffer.bytes)
        guard let count: UInt64 = cursor.next(), let _: UInt64 = cursor.next(),
            let identity: UInt64 = cursor.next(),
            XXH3.hash(
                buffer.bytes,
                seed: SnapshotFormat.seed(headerChecksum, index: count, kind: kind, byteCount: byteCount))
                == checksum
        else { throw SnapshotFault(path, .bitFlipped(offset: start)) }
        return SnapshotFile(
            kind: header.kind, sequence: header.sequence, chainHash: header.chainHash,
            byteCount: file.byteCount, identity: identity)
    }
}
