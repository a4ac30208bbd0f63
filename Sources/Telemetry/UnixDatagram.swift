import Glibc

/// One-way messages to a Unix datagram socket of the host, such as systemd's. Nothing is waited for.
public enum UnixDatagram {
    /// Sends `bytes` to the socket at `path`; an `@` in front means Linux's abstract names.
    ///
    /// - Returns: whether the whole message was taken; a socket that is full or away is no reason to stop.
    @discardableResult
    public static func send(_ bytes: UnsafeRawBufferPointer, to path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        let nameOffset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        guard !name.isEmpty, name.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { field in
            field.copyBytes(from: name)
            // An abstract name begins with a zero byte.
            if name[0] == UInt8(ascii: "@") { field[0] = 0 }
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let count = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { target in
                sendto(
                    descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL),
                    target, socklen_t(nameOffset + name.count))
            }
        }
        return count == bytes.count
    }

    /// Sends a text.
    @discardableResult
    public static func send(_ text: String, to path: String) -> Bool {
        var text = text
        return text.withUTF8 { send(UnsafeRawBufferPointer($0), to: path) }
    }
}
