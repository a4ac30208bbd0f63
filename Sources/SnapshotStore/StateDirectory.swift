import Glibc
import Primitives

/// The directory of one process's state, locked as long as this lives.
///
/// It holds `lock`, with the process number of who has it, `instance`, and the snapshots. Isolation: any thread.
public final class StateDirectory: Sendable {
    /// Hexadecimal digits of an instance's name: 64 random bits.
    private static let instanceDigitCount = 16

    /// The directory.
    public let path: String
    /// A name that was drawn when the directory was first used, and stays: ASCII letters and digits.
    public let instance: String
    private let lock: Int32

    private init(path: String, instance: String, lock: Int32) {
        self.path = path
        self.instance = instance
        self.lock = lock
    }

    /// The lock goes with its last descriptor, however the process ends.
    deinit { close(lock) }

    /// Makes the directory (mode 0700; the one above it must exist) unless it is there, locks it, and reads its
    /// instance's name or draws one.
    public static func open(_ path: String) throws(StateDirectoryError) -> StateDirectory {
        let disk = DiskFileSystem()
        do {
            try disk.makeDirectory(path)
        } catch {
            throw .unusable(error)
        }
        let lock = try takeLock("\(path)/lock", of: path)
        do {
            let name = try instance("\(path)/instance", in: path, disk)
            return StateDirectory(path: path, instance: name, lock: lock)
        } catch {
            close(lock)
            throw error
        }
    }

    private static func takeLock(_ file: String, of path: String) throws(StateDirectoryError) -> Int32 {
        let descriptor = Glibc.open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unusable(FileError("open", file)) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isTaken = errno == EWOULDBLOCK
            let error = FileError("lock", file)
            var bytes = [UInt8](repeating: 0, count: 32)
            let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
            close(descriptor)
            if !isTaken { throw .unusable(error) }
            let digits = bytes.prefix(max(count, 0)).prefix { $0 >= 0x30 && $0 <= 0x39 }
            throw .inUse(path, process: Int(String(decoding: digits, as: UTF8.self)))
        }
        // Only for the message of whoever comes second.
        let text = Array("\(getpid())\n".utf8)
        ftruncate(descriptor, 0)
        text.withUnsafeBytes { _ = pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        return descriptor
    }

    private static func instance(
        _ file: String, in path: String, _ disk: DiskFileSystem
    ) throws(StateDirectoryError) -> String {
        do throws(FileError) {
            let text = try content(file, disk)
            guard let name = text.split(separator: "\n").first, name.count == instanceDigitCount,
                name.allSatisfy({ $0.isASCII && $0.isHexDigit })
            else { throw FileError("read", file, code: EILSEQ) }
            return String(name)
        } catch {
            if error.code == EILSEQ { throw .instanceBroken(file) }
            guard error.isMissing else { throw .unusable(error) }
        }
        do throws(FileError) {
            let name = SnapshotManifest.hexadecimal(try randomNumber())
            try write(name + "\n", file, in: path, disk)
            return name
        } catch {
            throw .unusable(error)
        }
    }

    private static func content(_ file: String, _ disk: DiskFileSystem) throws(FileError) -> String {
        let stored = try disk.open(file)
        var bytes = ByteWriter(capacity: 64)
        try bytes.append(upTo: min(stored.byteCount, 64)) { buffer throws(FileError) in
            try stored.read(at: 0, into: buffer)
        }
        return String(decoding: bytes.bytes, as: UTF8.self)
    }

    private static func randomNumber() throws(FileError) -> UInt64 {
        let path = "/dev/urandom"
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path) }
        defer { close(descriptor) }
        var number: UInt64 = 0
        let byteCount = MemoryLayout<UInt64>.size
        guard read(descriptor, &number, byteCount) == byteCount else { throw FileError("read", path) }
        return number
    }

    private static func write(
        _ text: String, _ file: String, in path: String, _ disk: DiskFileSystem
    ) throws(FileError) {
        let temporary = file + SnapshotFile.temporarySuffix
        let new = try disk.create(temporary)
        var writer = ByteWriter(capacity: 64)
        writer.append(text: text)
        try new.append(writer.bytes)
        try new.synchronize()
        new.close()
        try disk.rename(temporary, to: file)
        try disk.synchronize(directory: path)
    }
}

/// Why a state directory cannot be used, and what to do about it.
public enum StateDirectoryError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Another process has it.
    case inUse(String, process: Int?)
    /// The disk.
    case unusable(FileError)
    /// The instance's name is no name.
    case instanceBroken(String)

    /// What is wrong, and what to do.
    public var description: String {
        switch self {
        case .inUse(let path, let process):
            "\(path) is in use by \(process.map { "process \($0)" } ?? "another process"); "
                + "stop it, or give this one another state.directory"
        case .unusable(let error):
            "\(error); state.directory must be a directory that this user can write to"
        case .instanceBroken(let path):
            "\(path) is damaged: it should hold 16 hexadecimal digits; remove it to have a new name drawn "
                + "(a transaction that the old name left open then blocks readers until it times out)"
        }
    }
}
