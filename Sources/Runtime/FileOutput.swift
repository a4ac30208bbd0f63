import Glibc
import Primitives

/// A file, or standard output, that bytes are written to in large pieces.
///
/// Isolation: one thread at a time.
public final class FileOutput {
    /// Bytes that are gathered before a write: large enough that the system call costs nothing per record.
    private static let gatheredByteCountMax = 1 << 18

    /// What messages call it.
    public let name: String
    private let descriptor: Int32
    private let isOwned: Bool
    private var isClosed = false
    private var gathered = ByteWriter(capacity: FileOutput.gatheredByteCountMax)

    /// Creates the file, or empties it if it exists.
    public init(path: String) throws(SystemError) {
        name = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        isOwned = true
        if descriptor < 0 { throw SystemError("cannot write \(path)") }
    }

    private init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
        isOwned = false
    }

    deinit { if isOwned, descriptor >= 0, !isClosed { Glibc.close(descriptor) } }

    /// Writes what has been gathered and closes the file, which may be where a full disk shows; nothing can be
    /// written after it. Standard output stays open.
    public func close() throws(SystemError) {
        try flush()
        guard isOwned, !isClosed else { return }
        isClosed = true
        if Glibc.close(descriptor) != 0 { throw SystemError("cannot write \(name)") }
    }

    /// Has a reader who went away show as an error, `EPIPE`, instead of ending the process.
    public static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    /// Standard output.
    public static func standardOutput() -> FileOutput {
        FileOutput(descriptor: STDOUT_FILENO, name: "standard output")
    }

    /// Whether it is a terminal.
    public var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Writes `bytes`, at once if they are many, else with what comes later.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        if gathered.count + bytes.count > Self.gatheredByteCountMax { try flush() }
        if bytes.count >= Self.gatheredByteCountMax / 4 {
            try flush()
            try writeAll(bytes)
        } else {
            gathered.append(bytes)
        }
    }

    /// Writes the UTF-8 of `text`.
    public func write(text: String) throws(SystemError) {
        var bytes = ByteWriter(capacity: text.utf8.count)
        bytes.append(text: text)
        try write(bytes.bytes)
    }

    /// Writes what has been gathered.
    public func flush() throws(SystemError) {
        try writeAll(gathered.bytes)
        gathered.removeAll()
    }

    private func writeAll(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        var rest = bytes
        while rest.count > 0 {
            let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if written < 0 {
                if errno == EINTR { continue }
                throw SystemError("cannot write \(name)")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }
}
