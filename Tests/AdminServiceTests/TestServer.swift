import AdminService
import Glibc
import Logging
import Runtime
import Settings
import Telemetry
import Testing

/// How long something may take on a busy machine.
let patienceSeconds = 60

/// One answer.
struct Answer {
    var status: Int
    var headers: String
    var body: String
}

/// A listening server that shows an observer without a daemon.
final class TestServer: Sendable {
    let observer = DaemonObserver()
    let status: Monitor<DaemonStatus>
    private let server: AdminServer
    let address: ListenAddress

    init(host: String = "127.0.0.1", token: AccessToken? = nil) throws {
        var known = DaemonStatus()
        known.isReady = true
        known.totals.eventCount = 42
        let status = Monitor(known)
        self.status = status
        let source = AdminSource(
            observer: observer, rules: RulesOfReport(Settings()), status: { status.read { $0 } })
        server = AdminServer(
            source, listen: ListenAddress(host: host, port: 0), token: token,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        address = try server.start()
    }

    func stop() { server.stop() }

    /// One request on a connection of its own, as it stands.
    func send(_ request: String) throws -> Answer {
        let connection = try Connection(address.port)
        try connection.write(request)
        let text = try connection.readToEnd()
        return try Answer(text)
    }

    func get(_ path: String, _ headers: String...) throws -> Answer {
        try send(Self.request(path, headers) + "Connection: close\r\n\r\n")
    }

    static func request(_ path: String, _ headers: [String]) -> String {
        "GET \(path) HTTP/1.1\r\nHost: localhost\r\n" + headers.map { "\($0)\r\n" }.joined()
    }
}

extension Answer {
    init(_ text: String) throws {
        let split = try #require(text.range(of: "\r\n\r\n"), "no answer but: \(text)")
        headers = String(text[..<split.lowerBound])
        body = String(text[split.upperBound...])
        status = try #require(Int(headers.split(separator: " ")[1]))
    }
}

extension String {
    fileprivate func range(of text: String) -> Range<Index>? { ranges(of: text).first }
}

/// A connection that blocks, with a bound on every wait.
final class Connection {
    private let descriptor: Int32

    init(_ port: Int, receiveByteCount: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: patienceSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        if var count = receiveByteCount {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &count, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(code == 0)
    }

    deinit { close(descriptor) }

    func write(_ text: String) throws {
        let bytes = Array(text.utf8)
        let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        try #require(count == bytes.count)
    }

    /// What has come next; empty at the end.
    func read() throws -> String {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = chunk.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
        // A connection that the server cuts off ends too.
        if count < 0, errno == ECONNRESET { return "" }
        try #require(count >= 0, "nothing came in time")
        return String(decoding: chunk[..<count], as: UTF8.self)
    }

    func readToEnd() throws -> String {
        var text = ""
        while case let more = try read(), !more.isEmpty { text += more }
        return text
    }

    func read(until wanted: String, _ text: inout String) throws {
        while !text.contains(wanted) {
            let more = try read()
            try #require(!more.isEmpty, "the stream ended after: \(text)")
            text += more
        }
    }
}

/// Runs `body`, which blocks, with a server, on a thread of its own: the pool's threads are for tests that don't.
func withServer(
    host: String = "127.0.0.1", token: AccessToken? = nil,
    _ body: @escaping @Sendable (TestServer) throws -> Void
) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        _ = SystemThread(name: "test") {
            continuation.resume(
                with: Result {
                    let server = try TestServer(host: host, token: token)
                    defer { server.stop() }
                    try body(server)
                })
        }
    }
}
