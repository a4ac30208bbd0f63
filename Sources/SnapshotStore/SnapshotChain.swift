/// A state that can be restored: a full snapshot, and the increments after it.
public struct SnapshotChain: Sendable {
    /// Where the files are.
    public let directory: SnapshotDirectory
    /// Whose state it is.
    public let shard: UInt32
    /// The full snapshot, then the increments; never empty.
    public let files: [SnapshotFile]

    /// The last of the files, which says how new the state is.
    public var newest: SnapshotFile { files[files.count - 1] }

    /// Where one of the files is.
    public func path(_ file: SnapshotFile) -> String { "\(directory.path(shard: shard))/\(file.name)" }
}

extension SnapshotDirectory {
    /// A shard's oldest full snapshot, without increments; nil if there is none, or the list of them is not in order.
    public func oldest(shard: UInt32) throws(FileError) -> SnapshotChain? {
        let list = try list(shard: shard)
        guard list.faults.isEmpty, let first = list.files.first, first.kind == .full else { return nil }
        return SnapshotChain(directory: self, shard: shard, files: [first])
    }
}

/// The states that a shard can be restored from, newest first.
///
/// Use: take `next()`, read it with a `SnapshotReader`; if that throws, log the fault, `reject` it and take the next.
public struct SnapshotCandidates {
    private var chains: [SnapshotChain] = []
    /// What was wrong with the lists, for the log.
    public private(set) var faults: [SnapshotFault] = []

    /// Looks at the lists of one or several directories, the preferred one first: it is taken where both have the
    /// same. A directory that cannot be read is a fault, not an error: there may be others.
    public init(shard: UInt32, in directories: [SnapshotDirectory]) {
        for directory in directories {
            do throws(FileError) {
                let list = try directory.list(shard: shard)
                faults += list.faults
                add(list.files, shard, directory)
            } catch {
                faults.append(SnapshotFault(error.path, .unreadable(error)))
            }
        }
        // Within a directory a later one is the newer one of two with the same number.
        let order = chains.enumerated().sorted { left, right in
            left.element.newest.sequence != right.element.newest.sequence
                ? left.element.newest.sequence > right.element.newest.sequence : left.offset < right.offset
        }
        chains = order.map(\.element)
    }

    private mutating func add(_ files: [SnapshotFile], _ shard: UInt32, _ directory: SnapshotDirectory) {
        var chain: [SnapshotFile] = []
        var found: [SnapshotChain] = []
        for file in files {
            if file.kind == .full { chain = [] }
            chain.append(file)
            if chain[0].kind == .full {
                found.append(SnapshotChain(directory: directory, shard: shard, files: chain))
            } else {
                faults.append(
                    SnapshotFault("\(directory.path(shard: shard))/\(file.name)", .missingIncrement))
            }
        }
        chains += found.reversed()
    }

    /// Whether there is none left.
    public var isEmpty: Bool { chains.isEmpty }

    /// The newest state that has not been taken or rejected; nil if there is none left.
    public mutating func next() -> SnapshotChain? { chains.isEmpty ? nil : chains.removeFirst() }

    /// Leaves out every state that needs the file of this fault.
    public mutating func reject(_ fault: SnapshotFault) {
        chains.removeAll { chain in chain.files.contains { chain.path($0) == fault.path } }
    }
}

/// Reads a chain from front to back and checks every byte and link of it.
///
/// Use: `nextFile` gives the full snapshot's header, then each increment's; after each, `nextChunk` until it returns
/// nil. Isolation: one thread at a time. Memory: one chunk.
public final class SnapshotReader {
    /// What is read.
    public let chain: SnapshotChain
    private var index = 0
    private var file: SnapshotFileReader?

    /// Makes a reader that has read nothing.
    public init(_ chain: SnapshotChain) { self.chain = chain }

    /// Bytes of the file that is being read.
    public var fileByteCount: Int { file?.byteCount ?? 0 }

    /// The file that is being read, for a fault that the reader of its content finds.
    public var filePath: String { file?.path ?? chain.path(chain.files[0]) }

    /// Goes on to the next file, after all chunks of the one before; nil after the last.
    public func nextFile() throws(SnapshotFault) -> SnapshotHeader? {
        guard index < chain.files.count else { return nil }
        let listed = chain.files[index]
        let next = try SnapshotFileReader(
            chain.path(listed), shard: chain.shard, listed: listed, fileSystem: chain.directory.fileSystem)
        if listed.kind == .increment {
            guard let file, next.header.previousIdentity == file.identity,
                next.header.previousSequence == file.header.sequence
            else { throw SnapshotFault(next.path, .missingIncrement) }
        }
        file = next
        index += 1
        return next.header
    }

    /// The next chunk of the file; valid until the next call. Nil at its end, when it is checked wholly.
    public func nextChunk() throws(SnapshotFault) -> UnsafeRawBufferPointer? { try file?.nextChunk() }

    /// Reads everything that is left.
    public func verify() throws(SnapshotFault) {
        while try nextFile() != nil { while try nextChunk() != nil {} }
    }
}
