import Primitives
import Runtime
import SimulatedDisk
import SnapshotStore

/// A disk in memory whose `fsync` waits as long as the gate is closed.
final class GatedFileSystem: FileSystem, @unchecked Sendable {
    // SAFETY: the disk is used by one thread at a time, as a station does; the gate is a monitor.
    private struct Gate {
        var isOpen = true
        var heldCount = 0
    }

    private let disk = MemoryFileSystem()
    private let gate = Monitor(Gate())

    func closeGate() { gate.change { $0.isOpen = false } }

    func openGate() { gate.change { $0.isOpen = true } }

    /// Waits until somebody waits for the disk.
    func waitUntilHeld() { gate.wait { $0.heldCount > 0 ? () : nil } }

    fileprivate func pass() {
        gate.change { $0.heldCount += 1 }
        gate.wait { $0.isOpen ? () : nil }
        gate.change { $0.heldCount -= 1 }
    }

    func makeDirectory(_ path: String) throws(FileError) { try disk.makeDirectory(path) }
    func names(in directory: String) throws(FileError) -> [String] { try disk.names(in: directory) }
    func create(_ path: String) throws(FileError) -> any NewFile {
        GatedFile(file: try disk.create(path), system: self)
    }
    func open(_ path: String) throws(FileError) -> any StoredFile { try disk.open(path) }
    func rename(_ path: String, to newPath: String) throws(FileError) {
        try disk.rename(path, to: newPath)
    }
    func remove(_ path: String) throws(FileError) { try disk.remove(path) }
    func synchronize(directory: String) throws(FileError) { try disk.synchronize(directory: directory) }
}

private final class GatedFile: NewFile {
    private let file: any NewFile
    private let system: GatedFileSystem

    init(file: any NewFile, system: GatedFileSystem) {
        self.file = file
        self.system = system
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) { try file.append(bytes) }
    func synchronize() throws(FileError) {
        system.pass()
        try file.synchronize()
    }
    func close() { file.close() }
}
