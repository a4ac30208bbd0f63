internal import Glibc

/// Reads a configuration file as a whole.
enum SettingsFile {
    /// Where the daemon looks when no file is named.
    static let standardPath = "/etc/tetik/tetik.yaml"
    /// No configuration is near this; it stops the reading of a wrong or endless file.
    static let byteCountMax = 1 << 20

    /// Why there is no text.
    enum Failure: Error {
        case missing
        /// Why, in words that follow the file's name.
        case unreadable(String)
    }

    /// Whether there is something at `path` that we may read.
    static func exists(_ path: String) -> Bool { access(path, R_OK) == 0 }

    /// The names in a directory, sorted; none if it cannot be read.
    static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        // BOUND: the entries of one directory.
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            names.append(name)
        }
        return names.sorted()
    }

    static func text(path: String) throws(Failure) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { throw .missing }
            throw .unreadable("cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { break }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                throw .unreadable("cannot be read: \(String(cString: strerror(errno)))")
            }
            bytes += chunk[..<count]
            guard bytes.count <= byteCountMax else {
                throw .unreadable(
                    "is over 1 MiB; a configuration is a few kilobytes, so is this another file?")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .unreadable("is not UTF-8; save it as UTF-8")
        }
        return text
    }
}
