import Glibc
import Primitives
import SnapshotStore

/// A disk in memory that forgets, when it loses power, what was not synchronized, and fails when told to.
///
/// Names and contents are kept twice: as the process sees them, and as they are safe. What is safe of the rest after
/// a loss of power is drawn by seed: the first few of a directory's changes, and a piece of a file's new bytes, some
/// pages of it zero.
package final class MemoryFileSystem: FileSystem, @unchecked Sendable {
    // SAFETY: a test or simulation uses it from one thread.

    /// What happens at an operation.
    package enum Fault: Equatable {
        /// The power goes before it.
        case powerLossBefore
        /// The power goes when it is done, or when half of what is appended is written.
        case powerLossAfter
        /// It fails with this code, and nothing else does.
        case failure(Int32)
        /// It and all that follow fail with this code, until `heal`.
        case failuresFromNow(Int32)
    }

    package final class Node {
        package fileprivate(set) var bytes: [UInt8] = []
        fileprivate var safeByteCount = 0
    }

    private enum Change {
        case link(String, Node)
        case unlink(String)
    }

    package private(set) var nodes: [String: Node] = [:]
    private var safeNodes: [String: Node] = [:]
    private var changes: [Change] = []
    private var directories: Set<String> = []
    /// Operations so far, reading ones left out.
    package private(set) var operationCount = 0
    /// What happens at the operation of this number.
    package var fault: (operation: Int, fault: Fault)?
    /// Whether it is out of reach for now, as a file system is that is not mounted.
    package var isAway = false
    private var isDead = false
    private var permanentCode: Int32?
    /// Counts what it became; files that were opened before are stale.
    fileprivate var generation = 0

    /// An empty disk.
    package init() {}

    /// Does `body` unless a fault is due.
    private func operate(_ action: String, _ path: String, _ body: () -> Void) throws(FileError) {
        try checkAlive(action, path)
        if let permanentCode { throw FileError(action, path, code: permanentCode) }
        defer { operationCount += 1 }
        guard let fault, fault.operation == operationCount else {
            body()
            return
        }
        switch fault.fault {
        case .powerLossBefore: isDead = true
        case .powerLossAfter:
            body()
            isDead = true
        case .failure(let code): throw FileError(action, path, code: code)
        case .failuresFromNow(let code):
            permanentCode = code
            throw FileError(action, path, code: code)
        }
        throw FileError(action, path, code: EIO)
    }

    /// The disk gives everything back again.
    package func heal() {
        permanentCode = nil
        fault = nil
    }

    private static func folder(_ path: String) -> String {
        String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }

    package func makeDirectory(_ path: String) throws(FileError) {
        try operate("make the directory", path) { directories.insert(path) }
    }

    package func names(in directory: String) throws(FileError) -> [String] {
        try checkAlive("list", directory)
        guard directories.contains(directory) else { throw FileError("list", directory, code: ENOENT) }
        let below = (Array(nodes.keys) + directories).filter { Self.folder($0) == directory }
        return below.map { String($0.dropFirst(directory.count + 1)) }.sorted()
    }

    package func create(_ path: String) throws(FileError) -> any NewFile {
        let node = Node()
        guard directories.contains(Self.folder(path)) else {
            throw FileError("create", path, code: ENOENT)
        }
        try operate("create", path) {
            nodes[path] = node
            changes.append(.link(path, node))
        }
        return MemoryFile(self, path, node)
    }

    package func open(_ path: String) throws(FileError) -> any StoredFile {
        try checkAlive("open", path)
        guard let node = nodes[path] else { throw FileError("open", path, code: ENOENT) }
        return MemoryFile(self, path, node)
    }

    package func rename(_ path: String, to newPath: String) throws(FileError) {
        guard let node = nodes[path] else { throw FileError("rename", path, code: ENOENT) }
        try operate("rename", path) {
            nodes[newPath] = node
            nodes[path] = nil
            // One step: either both names change or none.
            changes += [.link(newPath, node), .unlink(path)]
        }
    }

    package func remove(_ path: String) throws(FileError) {
        guard nodes[path] != nil else { throw FileError("remove", path, code: ENOENT) }
        try operate("remove", path) {
            nodes[path] = nil
            changes.append(.unlink(path))
        }
    }

    package func synchronize(directory: String) throws(FileError) {
        try operate("synchronize", directory) {
            safeNodes = nodes
            changes = []
        }
    }

    fileprivate func append(_ bytes: UnsafeRawBufferPointer, to node: Node, _ path: String) throws(FileError)
    {
        let isCut = fault.map { $0.operation == operationCount && $0.fault == .powerLossAfter } ?? false
        try operate("write", path) {
            node.bytes += isCut ? Array(bytes.prefix(bytes.count / 2)) : Array(bytes)
        }
    }

    fileprivate func synchronize(_ node: Node, _ path: String) throws(FileError) {
        try operate("synchronize", path) { node.safeByteCount = node.bytes.count }
    }

    fileprivate func checkAlive(_ action: String, _ path: String) throws(FileError) {
        if isDead { throw FileError(action, path, code: EIO) }
        if isAway { throw FileError(action, path, code: ENOENT) }
    }
}

extension MemoryFileSystem {
    /// What the disk has after the power came back.
    package func afterPowerLoss(seed: UInt64) -> MemoryFileSystem {
        var random = RandomStream(seed: seed)
        let disk = MemoryFileSystem()
        disk.directories = directories
        disk.nodes = safeNodes
        var keptCount = random.index(below: changes.count + 1)
        // Both halves of a rename.
        if keptCount < changes.count, case .unlink(let path) = changes[keptCount], keptCount > 0,
            case .link(_, let node) = changes[keptCount - 1], disk.nodes[path] === node
        {
            keptCount += 1
        }
        for change in changes[..<keptCount] {
            switch change {
            case .link(let path, let node): disk.nodes[path] = node
            case .unlink(let path): disk.nodes[path] = nil
            }
        }
        for (path, node) in disk.nodes.sorted(by: { $0.key < $1.key }) {
            disk.nodes[path] = Self.survivor(of: node, &random)
        }
        disk.safeNodes = disk.nodes
        return disk
    }

    /// What the disk has after a process died that had the power all along: everything. What the dead process still
    /// does happens to a disk that nobody has any more.
    package func afterProcessLoss() -> MemoryFileSystem {
        let disk = MemoryFileSystem()
        disk.directories = directories
        var copies: [ObjectIdentifier: Node] = [:]
        for (path, node) in nodes { disk.nodes[path] = Self.copy(of: node, &copies) }
        for (path, node) in safeNodes { disk.safeNodes[path] = Self.copy(of: node, &copies) }
        disk.changes = changes.map { change in
            switch change {
            case .link(let path, let node): .link(path, Self.copy(of: node, &copies))
            case .unlink: change
            }
        }
        return disk
    }

    private static func copy(of node: Node, _ copies: inout [ObjectIdentifier: Node]) -> Node {
        if let copy = copies[ObjectIdentifier(node)] { return copy }
        let copy = Node()
        copy.bytes = node.bytes
        copy.safeByteCount = node.safeByteCount
        copies[ObjectIdentifier(node)] = copy
        return copy
    }

    private static func survivor(of node: Node, _ random: inout RandomStream) -> Node {
        let copy = Node()
        let unsafeCount = node.bytes.count - node.safeByteCount
        copy.bytes = Array(node.bytes[..<(node.safeByteCount + random.index(below: unsafeCount + 1))])
        if copy.bytes.count > node.safeByteCount, random.chance(0.5) {
            let start = node.safeByteCount + random.index(below: copy.bytes.count - node.safeByteCount)
            for index in start..<copy.bytes.count { copy.bytes[index] = 0 }
        }
        copy.safeByteCount = copy.bytes.count
        return copy
    }

    /// Becomes what another disk is, under those who use it; what they have open is stale.
    package func become(_ other: MemoryFileSystem) {
        nodes = other.nodes
        safeNodes = other.safeNodes
        changes = other.changes
        directories = other.directories
        generation += 1
    }

    /// Changes a file behind everybody's back.
    package func damage(_ path: String, _ change: (inout [UInt8]) -> Void) {
        guard let node = nodes[path] else { return }
        change(&node.bytes)
    }

    /// Takes a file or a directory away behind everybody's back.
    package func lose(_ path: String) {
        directories.remove(path)
        nodes = nodes.filter { $0.key != path && Self.folder($0.key) != path }
    }
}

private final class MemoryFile: NewFile, StoredFile {
    private let disk: MemoryFileSystem
    private let path: String
    private let node: MemoryFileSystem.Node
    private let generation: Int

    init(_ disk: MemoryFileSystem, _ path: String, _ node: MemoryFileSystem.Node) {
        self.disk = disk
        self.path = path
        self.node = node
        generation = disk.generation
    }

    private func check(_ action: String) throws(FileError) {
        if generation != disk.generation { throw FileError(action, path, code: ESTALE) }
    }

    var byteCount: Int { node.bytes.count }

    func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        try check("write")
        try disk.append(bytes, to: node, path)
    }

    func synchronize() throws(FileError) {
        try check("synchronize")
        try disk.synchronize(node, path)
    }

    func close() {}

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        try check("read")
        try disk.checkAlive("read", path)
        let part = node.bytes.dropFirst(offset).prefix(buffer.count)
        buffer.copyBytes(from: part)
        return part.count
    }
}
