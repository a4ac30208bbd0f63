import Glibc

/// One connection to the daemon's admin service, with blocking calls. Of one thread.
struct AdminConnection: ~Copyable {
    let descriptor: Int32
    private var buffer: [UInt8] = []

    /// Connects to `port` of this host.
    ///
    /// - Parameter receiveByteCount: how much the kernel may keep for a reader who does not read; nil for its default.
    init(port: UInt16, receiveByteCount: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Child.Failure(description: "no socket") }
        if var size = receiveByteCount {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var timeout = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = Self.address(port: port)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            close(descriptor)
            throw Child.Failure(description: "nobody listens on port \(port)")
        }
    }

    deinit { close(descriptor) }

    /// A port of this host that nobody listens on now.
    static func freePort() throws -> UInt16 {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(probe) }
        var address = address(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(probe, $0, length) == 0 ? getsockname(probe, $0, &length) : -1
            }
        }
        guard code == 0 else { throw Child.Failure(description: "no free port") }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        return address
    }

    /// Sends a request for `path`.
    func ask(_ path: String) throws {
        var rest = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Child.Failure(description: "\(path): cannot be asked for") }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads the answer to the request before: its status, and its body as it was sent.
    mutating func answer() throws -> (status: Int, body: [UInt8]) {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let split = buffer.firstRange(of: end) {
                let head = String(decoding: buffer[..<split.lowerBound], as: UTF8.self).lowercased()
                let lines = head.split(separator: "\r\n")
                let length = lines.first { $0.hasPrefix("content-length:") }.flatMap {
                    Int($0.dropFirst("content-length:".count).drop { $0 == " " })
                }
                let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
                guard let status else { throw Child.Failure(description: "no HTTP answer") }
                // A stream has no length: its first bytes are its answer.
                let bodyCount = length ?? buffer.count - split.upperBound
                if buffer.count - split.upperBound >= max(bodyCount, length == nil ? 1 : 0) {
                    let body = Array(buffer[split.upperBound..<(split.upperBound + bodyCount)])
                    buffer.removeFirst(split.upperBound + bodyCount)
                    return (status, body)
                }
            }
            guard try receive() > 0 else { throw Child.Failure(description: "the connection was closed") }
        }
    }

    private mutating func receive() throws -> Int {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count >= 0 else { throw Child.Failure(description: "no answer within 60 s") }
        buffer += chunk[..<count]
        return count
    }
}
