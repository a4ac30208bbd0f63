import Primitives
import Runtime
import SimulatedDisk
import SnapshotStore

/// A disk in memory whose `fsync` waits as long as the gate is closed.
final class GatedFileSystem: FileSystem, @unchecked Sendable {
    // SAFETY: the disk is used by one thread at a time, as a station does; the gate is a monitor.
    private struct Gate {
        var isOpen = true
        /// How many may pass although it is closed.
        var permitCount = 0
        var arrivalCount = 0
    }

    private let disk = MemoryFileSystem()
    private let gate = Monitor(Gate())

    func closeGate() { gate.change { $0.isOpen = false } }

    func openGate() { gate.change { $0.isOpen = true } }

    /// Lets so many pass a closed gate.
    func admit(_ count: Int) { gate.change { $0.permitCount += count } }

    /// Waits until so many have come to the gate.
    func waitForArrivals(_ count: Int) { gate.wait { $0.arrivalCount >= count ? () : nil } }

    fileprivate func pass() {
        gate.change { $0.arrivalCount += 1 }
        gate.wait { gate in
            if gate.isOpen { return () }
            guard gate.permitCount > 0 else { return nil }
            gate.permitCount -= 1
            return ()
        }
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
