/// A second place for snapshots, which other hosts can reach: finished ones are copied there.
///
/// The same layout and the same rules as in the first place: temporary name, every byte checked on the way, fsync,
/// rename, list last. The shared directory itself is never made: where a file system is not mounted, copies would end
/// up on this host, and nobody would find them. Isolation: one thread at a time, never a shard's.
public struct SnapshotMirror: Sendable {
    /// Where snapshots are written.
    public let local: SnapshotDirectory
    /// Where they are copied to.
    public let shared: SnapshotDirectory

    /// Makes a mirror; nothing is touched.
    public init(local: SnapshotDirectory, shared: SnapshotDirectory) {
        self.local = local
        self.shared = shared
    }

    /// Whose states can be restored from either place, newest first; of two that are as new the local one.
    public func candidates(shard: UInt32) -> SnapshotCandidates {
        SnapshotCandidates(shard: shard, in: [local, shared])
    }

    /// Copies what the newest local state consists of and the shared place does not have.
    ///
    /// - Parameter keptCount: full snapshots that are kept there, as in `PendingSnapshot.publish`.
    /// - Returns: faults found on the way that do no harm to the copies, for the log.
    public func copyNewest(
        shard: UInt32, keeping keptCount: Int
    ) throws(SnapshotMirrorError) -> [SnapshotFault] {
        var faults: [SnapshotFault] = []
        for file in try missing(shard: shard) { faults += try copy(file, shard, keptCount) }
        return faults
    }

    /// The files of the newest local state that are to be copied, in order.
    private func missing(shard: UInt32) throws(SnapshotMirrorError) -> [SnapshotFile] {
        let files: [SnapshotFile]
        let copies: [SnapshotFile]
        do {
            files = try local.list(shard: shard).files
            _ = try shared.fileSystem.names(in: shared.path)
            try shared.prepare(shard: shard)
            copies = try shared.list(shard: shard).files
        } catch {
            throw .file(error)
        }
        guard let start = files.lastIndex(where: { $0.kind == .full }) else { return [] }
        let chain = files[start...]
        // An increment can only be appended to what it continues.
        let commonCount = zip(chain, copies.suffix(from: copies.firstIndex(of: chain[start]) ?? copies.count))
            .prefix { $0 == $1 }.count
        return Array(chain.dropFirst(commonCount))
    }

    private func copy(
        _ file: SnapshotFile, _ shard: UInt32, _ keptCount: Int
    ) throws(SnapshotMirrorError) -> [SnapshotFault] {
        let reader: SnapshotFileReader
        do {
            reader = try SnapshotFileReader(
                "\(local.path(shard: shard))/\(file.name)", shard: shard, listed: file,
                fileSystem: local.fileSystem)
        } catch {
            throw .fault(error)
        }
        let pending = try write(reader)
        do {
            return try pending.publish(keeping: keptCount)
        } catch {
            pending.discard()
            throw .publish(error)
        }
    }

    /// Writes what is read, chunk by chunk, so that only good bytes arrive.
    private func write(_ reader: SnapshotFileReader) throws(SnapshotMirrorError) -> PendingSnapshot {
        var fault: SnapshotFault?
        do {
            let writer = try SnapshotWriter(reader.header, in: shared)
            while let chunk = Self.nextChunk(reader, &fault) { try writer.append(chunk) }
            // Without its end the file is nothing; the writer removes it.
            if fault == nil { return try writer.finish() }
        } catch {
            throw .file(error)
        }
        throw .fault(fault ?? SnapshotFault(reader.path, .truncated))
    }

    private static func nextChunk(
        _ reader: SnapshotFileReader, _ fault: inout SnapshotFault?
    ) -> UnsafeRawBufferPointer? {
        do {
            return try reader.nextChunk()
        } catch {
            fault = error
            return nil
        }
    }
}

/// Why a snapshot was not copied; what was copied before stays good.
public enum SnapshotMirrorError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The snapshot itself is damaged.
    case fault(SnapshotFault)
    /// The disk of either place.
    case file(FileError)
    /// The shared place has something newer, or something else.
    case publish(SnapshotPublishError)

    /// What went wrong, in words.
    public var description: String {
        switch self {
        case .fault(let fault): fault.description
        case .file(let error): error.description
        case .publish(let error): error.description
        }
    }
}
