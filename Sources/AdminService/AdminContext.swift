import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import Settings

/// One request's surroundings, with a way to end its connection from outside.
struct AdminContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Closes the connection at once; from any thread.
    let close: @Sendable () -> Void
    /// Bounds what the kernel keeps for a reader who does not read; from any thread, some time later.
    let boundSending: @Sendable () -> Void

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        let channel = source.channel
        close = { channel.close(mode: .all, promise: nil) }
        boundSending = {
            _ = channel.setOption(.socketOption(.so_sndbuf), value: AdminLimits.sendBufferByteCount)
        }
    }

    /// Surroundings without a connection.
    init(logger: Logger) {
        coreContext = .init(source: Unconnected(logger: logger))
        close = {}
        boundSending = {}
    }

    private struct Unconnected: RequestContextSource {
        let logger: Logger
    }
}

/// Hosts as requests name them.
enum ListenAddressText {
    /// Whether `authority`, a host with or without a port, is this host.
    static func isLoopback(_ authority: String) -> Bool {
        (ListenAddress(authority) ?? ListenAddress("\(authority):80"))?.isLoopback ?? false
    }
}

extension Response {
    /// Plain text.
    static func text(_ text: String, status: HTTPResponse.Status = .ok, closes: Bool = false) -> Response {
        var response = Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        if closes { response.headers[.connection] = "close" }
        response.harden()
        return response
    }

    /// A value as JSON, names in snake case.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(value)
        var response = Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
        response.harden()
        return response
    }

    /// What is said of one customer or one moment is not to be kept, guessed at, or shown inside another page.
    mutating func harden() {
        headers[.cacheControl] = "no-store"
        headers[.xContentTypeOptions] = "nosniff"
        headers[.referrerPolicy] = "no-referrer"
        headers[.crossOriginResourcePolicy] = "same-origin"
    }
}

extension HTTPField.Name {
    static let referrerPolicy = Self.literal("Referrer-Policy")
    static let crossOriginResourcePolicy = Self.literal("Cross-Origin-Resource-Policy")
    static let lastEventID = Self.literal("Last-Event-ID")

    /// A name of ours is a token, so it is always one.
    private static func literal(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no header's name") }
        return name
    }
}
