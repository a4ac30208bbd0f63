import Glibc

/// What snapshots need of a disk: few operations, so that tests can put one underneath that fails.
///
/// Paths are absolute or relative to the process. Every operation may take as long as the disk does. Isolation: any
/// thread; two threads never use one file at once.
public protocol FileSystem: Sendable {
    /// Makes a directory that only its owner may enter; one that is there already is fine.
    func makeDirectory(_ path: String) throws(FileError)
    /// The names in a directory, in order.
    func names(in directory: String) throws(FileError) -> [String]
    /// Makes an empty file, in place of one that may be there.
    func create(_ path: String) throws(FileError) -> any NewFile
    /// Opens a file for reading.
    func open(_ path: String) throws(FileError) -> any StoredFile
    /// Gives a file another name, in place of a file that may have it, in one step.
    func rename(_ path: String, to newPath: String) throws(FileError)
    /// Removes a file.
    func remove(_ path: String) throws(FileError)
    /// Makes what was renamed, made or removed in a directory survive a loss of power.
    func synchronize(directory: String) throws(FileError)
}

/// A file that is being written, from front to back.
public protocol NewFile: AnyObject {
    /// Appends all of `bytes`.
    func append(_ bytes: UnsafeRawBufferPointer) throws(FileError)
    /// Makes the content survive a loss of power.
    func synchronize() throws(FileError)
    /// Closes the file; nothing is promised of what was not synchronized.
    func close()
}

/// A file that is being read; it is closed with the last reference.
public protocol StoredFile: AnyObject {
    /// Bytes of the file when it was opened.
    var byteCount: Int { get }
    /// Fills `buffer` with the bytes from `offset` on; returns how many there were, less only at the file's end.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int
}

/// An operation on a file that failed.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was attempted: `write`, `rename`.
    public var action: String
    /// The file or directory.
    public var path: String
    /// The system's number, such as `ENOSPC`.
    public var code: Int32

    /// Makes an error, of `errno`'s present value unless another is given.
    public init(_ action: String, _ path: String, code: Int32 = errno) {
        self.action = action
        self.path = path
        self.code = code
    }

    /// Whether there is no such file.
    public var isMissing: Bool { code == ENOENT }

    /// For example `cannot write /var/lib/tetik/x: No space left on device`.
    public var description: String { "cannot \(action) \(path): \(String(cString: strerror(code)))" }
}
