import Glibc

/// Reads a small text file, and replaces it in one step: a reader sees the old text or the new one.
public enum FileReplacement {
    /// No file that is edited is near this.
    private static let byteCountMax = 1 << 20

    /// The whole text of a file.
    public static func text(of path: String) throws(SystemError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("cannot open \(path)") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        // BOUND: `byteCountMax`.
        while true {
            let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { break }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError("cannot read \(path)") }
            bytes += chunk[..<count]
            guard bytes.count <= byteCountMax else { throw SystemError("cannot read \(path)", code: EFBIG) }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SystemError("cannot read \(path)", code: EILSEQ)
        }
        return text
    }

    /// Writes `text` beside the file, makes it durable and puts it in the file's place, with the same
    /// permissions.
    public static func replace(_ path: String, with text: String) throws(SystemError) {
        // A symbolic link stays one; what it points to is replaced.
        guard let resolved = realpath(path, nil) else { throw SystemError("cannot open \(path)") }
        defer { free(resolved) }
        let target = String(cString: resolved)
        var status = stat()
        guard stat(target, &status) == 0 else { throw SystemError("cannot open \(path)") }
        let temporary = "\(target).\(getpid()).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, status.st_mode & 0o7777)
        guard descriptor >= 0 else { throw SystemError("cannot write \(temporary)") }
        var isDone = false
        defer {
            close(descriptor)
            if !isDone { unlink(temporary) }
        }
        // The owner can only be kept by root; the permissions always.
        _ = fchown(descriptor, status.st_uid, status.st_gid)
        guard fchmod(descriptor, status.st_mode & 0o7777) == 0 else {
            throw SystemError("cannot write \(temporary)")
        }
        try writeAll(text, to: descriptor, temporary)
        guard fsync(descriptor) == 0, rename(temporary, target) == 0 else {
            throw SystemError("cannot write \(path)")
        }
        isDone = true
    }

    private static func writeAll(_ text: String, to descriptor: Int32, _ name: String) throws(SystemError) {
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                write(descriptor, buffer.baseAddress.map { $0 + done }, bytes.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError("cannot write \(name)") }
            done += count
        }
    }
}
