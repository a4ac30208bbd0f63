import HTTPTypes
import Hummingbird
import Logging

/// One request, taken apart; for tests.
package struct AdminRequest: Sendable {
    /// The method, such as `GET`.
    package var method: String
    /// Path and query.
    package var target: String
    /// Names and values, `Host` among them.
    package var headers: [(name: String, value: String)] = []

    /// A request without headers.
    package init(method: String, target: String) {
        self.method = method
        self.target = target
    }
}

/// Answers requests without a socket: everything that reads a request stands behind this, but for HTTP itself.
package struct AdminResponder: Sendable {
    private let responder: RouterResponder<AdminContext>
    private let logger = Logger(label: "requests") { _ in SwiftLogNoOpLogHandler() }

    /// Puts gate and routes together, as `AdminServer` does; nothing is logged.
    package init(_ source: AdminSource, token: AccessToken?, isLoopback: Bool) {
        responder =
            AdminRoutes(
                source: source, gate: AdminGate(token: token, isLoopback: isLoopback, source: source),
                executor: AdminExecutor(), logger: logger
            ).router().buildResponder()
    }

    /// The status of the answer, 500 for an error that nobody foresaw; nil if this is no request that HTTP can carry.
    package func status(of request: AdminRequest) async -> Int? {
        guard let method = HTTPRequest.Method(request.method) else { return nil }
        var fields = HTTPFields()
        var authority: String?
        for (name, value) in request.headers {
            guard let name = HTTPField.Name(name), HTTPField.isValidValue(value) else { return nil }
            if name.canonicalName == "host" { authority = value } else { fields[name] = value }
        }
        let head = HTTPRequest(
            method: method, scheme: "http", authority: authority, path: request.target, headerFields: fields)
        do {
            let context = AdminContext(logger: logger)
            return try await responder.respond(
                to: Request(head: head, body: RequestBody(buffer: ByteBuffer())), context: context
            ).status.code
        } catch {
            return 500
        }
    }
}
