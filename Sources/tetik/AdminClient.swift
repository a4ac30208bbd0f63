import FoundationEssentials
import Glibc
import Settings

/// A request to the running daemon: one GET over one connection. Blocks its caller.
struct AdminClient {
    /// Why there is no answer.
    enum Failure: Error {
        /// Nobody answers there.
        case unreachable(String)
        /// The daemon wants another token.
        case unauthorized
        /// It answered, but not with what was asked for.
        case refused(status: Int, String)
    }

    /// BOUND: of connecting, and of waiting for more of the answer.
    private static let timeoutSeconds = 5
    /// BOUND: of an answer; an hour of samples is a tenth of this.
    private static let byteCountMax = 8 << 20

    let address: ListenAddress
    let token: String?

    /// The answer's body; 404 counts as an answer, since it says what is not known.
    func get(_ path: String) throws(Failure) -> [UInt8] {
        let descriptor = try connect()
        defer { close(descriptor) }
        let host = address.isLoopback ? "localhost:\(address.port)" : "\(address)"
        var request =
            "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\nAccept: application/json\r\n"
        if let token { request += "Authorization: Bearer \(token)\r\n" }
        try send("\(request)\r\n", to: descriptor)
        let answer = try receive(from: descriptor)
        return try body(of: answer)
    }

    /// A text with everything but unreserved characters percent-encoded. Source: RFC 3986, section 2.3.
    static func encoded(_ text: String) -> String {
        let plain = Array("-._~".utf8)
        return text.utf8.map { byte in
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || plain.contains(byte)
            if isPlain { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.utf8.count < 2 ? "0" : "") + digits
        }.joined()
    }

    private func connect() throws(Failure) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        // Who listens on every address is reached on this host's own.
        let host = ["0.0.0.0": "127.0.0.1", "::": "::1"][address.host] ?? address.host
        let code = getaddrinfo(host, "\(address.port)", &hints, &list)
        guard code == 0 else { throw .unreachable(String(cString: gai_strerror(code))) }
        defer { freeaddrinfo(list) }
        var why = "no address"
        var entry = list
        while let candidate = entry {
            let descriptor = socket(
                candidate.pointee.ai_family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            if descriptor >= 0 {
                var timeout = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
                for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
                    setsockopt(
                        descriptor, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
                }
                let code = Glibc.connect(descriptor, candidate.pointee.ai_addr, candidate.pointee.ai_addrlen)
                if code == 0 { return descriptor }
                why = String(cString: strerror(errno))
                close(descriptor)
            }
            entry = candidate.pointee.ai_next
        }
        throw .unreachable(why)
    }

    private func send(_ text: String, to descriptor: Int32) throws(Failure) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw .unreachable(String(cString: strerror(errno))) }
            rest = rest.dropFirst(count)
        }
    }

    private func receive(from descriptor: Int32) throws(Failure) -> [UInt8] {
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while answer.count <= Self.byteCountMax {
            let count = chunk.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count == 0 { return answer }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw .unreachable(errno == EAGAIN ? "no answer in time" : String(cString: strerror(errno)))
            }
            answer += chunk[..<count]
        }
        throw .refused(status: 200, "the answer is over \(Self.byteCountMax >> 20) MiB")
    }

    private func body(of answer: [UInt8]) throws(Failure) -> [UInt8] {
        let end = Array("\r\n\r\n".utf8)
        guard let split = answer.firstRange(of: end) else {
            throw .unreachable("what answers there is no HTTP server")
        }
        let head = String(decoding: answer[..<split.lowerBound], as: UTF8.self)
        let words = head.split(separator: " ", maxSplits: 2)
        guard words.count > 1, let status = Int(words[1]) else {
            throw .unreachable("what answers there is no HTTP server")
        }
        let body = Array(answer[split.upperBound...])
        switch status {
        case 200, 404: return body
        case 401: throw .unauthorized
        default: throw .refused(status: status, String(decoding: body.prefix(1_000), as: UTF8.self))
        }
    }
}
