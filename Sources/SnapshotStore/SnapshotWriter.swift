import Primitives

/// Writes one snapshot under a temporary name; it counts only once it is published.
///
/// Use: make one at the cut, `append` each slice of the capture, `finish` when the capture is, and `publish` what
/// that returns once the journal has committed the snapshot's sequence number. One at a time for a shard.
/// After any throw: `discard`; what was published before stays good. Isolation: one thread at a time, which is
/// not the shard's: every call may take as long as the disk does.
public final class SnapshotWriter {
    /// What the file says before its chunks.
    public let header: SnapshotHeader
    /// Bytes written so far.
    public private(set) var byteCount = 0

    private let directory: SnapshotDirectory
    private let file: any NewFile
    private let headerChecksum: UInt64
    private var identity: UInt64
    private var chunkCount: UInt64 = 0
    private var payloadByteCount: UInt64 = 0
    private var head = ByteWriter(capacity: 64)
    private var isOpen = true

    /// Creates the file and writes its header; the shard's directory must have been prepared.
    public init(_ header: SnapshotHeader, in directory: SnapshotDirectory) throws(FileError) {
        self.header = header
        self.directory = directory
        var bytes = ByteWriter()
        headerChecksum = header.append(to: &bytes)
        identity = headerChecksum
        file = try directory.fileSystem.create(directory.temporaryPath(header))
        do throws(FileError) {
            try file.append(bytes.bytes)
        } catch {
            discard()
            throw error
        }
        byteCount = bytes.count
    }

    deinit { discard() }

    /// Writes one chunk of whole entries, of 1 to `SnapshotFormat.chunkByteCountMax` bytes; none at all is fine, too.
    public func append(_ chunk: UnsafeRawBufferPointer) throws(FileError) {
        if chunk.isEmpty { return }
        let checksum = try write(chunk, kind: SnapshotFormat.dataKind)
        identity = SnapshotFormat.identity(identity, after: checksum)
        chunkCount += 1
        payloadByteCount += UInt64(chunk.count)
    }

    private func write(_ payload: UnsafeRawBufferPointer, kind: UInt32) throws(FileError) -> UInt64 {
        precondition(payload.count <= SnapshotFormat.chunkByteCountMax, "a chunk of more than 4 MiB")
        precondition(isOpen, "the snapshot is finished")
        let checksum = XXH3.hash(
            payload,
            seed: SnapshotFormat.seed(
                headerChecksum, index: chunkCount, kind: kind, byteCount: payload.count))
        head.removeAll()
        head.append(fixed: UInt32(payload.count))
        head.append(fixed: kind)
        head.append(fixed: checksum)
        try file.append(head.bytes)
        try file.append(payload)
        byteCount += head.count + payload.count
        return checksum
    }

    /// Writes the end, and waits until the disk has everything.
    public func finish() throws(FileError) -> PendingSnapshot {
        var footer = ByteWriter(capacity: 64)
        for number in [chunkCount, payloadByteCount, identity] { footer.append(fixed: number) }
        _ = try write(footer.bytes, kind: SnapshotFormat.footerKind)
        try file.synchronize()
        file.close()
        isOpen = false
        return PendingSnapshot(
            directory: directory, header: header,
            file: SnapshotFile(
                kind: header.kind, sequence: header.sequence, chainHash: header.chainHash,
                byteCount: byteCount, identity: identity))
    }

    /// Gives the snapshot up and removes its file; nothing happens after `finish`.
    public func discard() {
        guard isOpen else { return }
        isOpen = false
        file.close()
        // What cannot be removed is removed at the next start.
        try? directory.fileSystem.remove(directory.temporaryPath(header))
    }
}

/// A snapshot that is safely on disk, but not listed: nobody restores from it.
public struct PendingSnapshot: Sendable {
    /// Where it is.
    public let directory: SnapshotDirectory
    /// What it says before its chunks.
    public let header: SnapshotHeader
    /// How it will be listed.
    public let file: SnapshotFile

    /// Gives the file its name and lists it: from now on it is what a restart begins with. To be called once the
    /// journal has committed its sequence number.
    ///
    /// - Parameter keptCount: full snapshots that are kept, each with its increments, at least 1; older ones are
    ///   removed, after the list that no longer has them is safe.
    /// - Returns: what was wrong with the list before, and files that could not be removed, for the log.
    public func publish(keeping keptCount: Int) throws(SnapshotPublishError) -> [SnapshotFault] {
        precondition(keptCount >= 1)
        let list: SnapshotList
        do {
            list = try directory.list(shard: header.shard)
        } catch {
            throw .file(error)
        }
        if let error = conflict(with: list.files.last) { throw error }
        do {
            return try publish(after: list, keptCount)
        } catch {
            throw .file(error)
        }
    }

    /// Why this snapshot must not follow the newest one that is listed; nil if it may.
    private func conflict(with newest: SnapshotFile?) -> SnapshotPublishError? {
        if let newest, newest.sequence > file.sequence { return .superseded(path) }
        let isBaseMissing = file.kind == .increment && newest?.identity != header.previousIdentity
        return isBaseMissing ? .baseMissing(path) : nil
    }

    private func publish(after list: SnapshotList, _ keptCount: Int) throws(FileError) -> [SnapshotFault] {
        try directory.fileSystem.rename(directory.temporaryPath(header), to: path)
        try directory.fileSystem.synchronize(directory: directory.path(shard: header.shard))
        let files = list.files.filter { $0.name != file.name } + [file]
        let kept = Self.kept(files, keptCount)
        try directory.write(list: kept, shard: header.shard)
        return list.faults
            + directory.remove(files.filter { !kept.contains($0) }, shard: header.shard)
    }

    /// Removes the file instead.
    public func discard() { try? directory.fileSystem.remove(directory.temporaryPath(header)) }

    private var path: String { directory.path(shard: header.shard) + "/" + file.name }

    /// The newest `count` full snapshots, with the increments after each.
    private static func kept(_ files: [SnapshotFile], _ count: Int) -> [SnapshotFile] {
        let starts = files.indices.filter { files[$0].kind == .full }
        guard starts.count >= count else { return files }
        return Array(files[starts[starts.count - count]...])
    }
}

/// Why a snapshot was not published; what was published before stays good, and the next one must be full.
public enum SnapshotPublishError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The disk.
    case file(FileError)
    /// A newer one is listed: somebody else owns the shard, or the journal was lost.
    case superseded(String)
    /// The snapshot that it continues is no longer the newest one.
    case baseMissing(String)

    /// What went wrong, in words.
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .superseded(let path): "cannot publish \(path): a newer snapshot of the shard is listed"
        case .baseMissing(let path):
            "cannot publish \(path): the snapshot that it continues is not the newest that is listed"
        }
    }
}
