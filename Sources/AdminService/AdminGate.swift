import Hummingbird

/// What stands before every request: limits, the host it asks for, and the token.
struct AdminGate: RouterMiddleware {
    let token: AccessToken?
    /// Whether only this host can connect; then a request has to name this host too.
    let isLoopback: Bool
    let source: AdminSource

    /// What answers without a token: whether the process works, and a page that holds nothing.
    private static let openPaths: Set = ["/", "/livez", "/readyz"]

    func handle(
        _ request: Request, context: AdminContext,
        next: (Request, AdminContext) async throws -> Response
    ) async throws -> Response {
        if let refusal = refusal(of: request) {
            source.observer.noteRequest(isRefused: true)
            return refusal
        }
        let response: Response
        do {
            response = try await next(request, context)
        } catch let error as HTTPError {
            response = .text("\(error.status.code) \(error.status.reasonPhrase)\n", status: error.status)
        }
        source.observer.noteRequest(isRefused: false)
        return response
    }

    private func refusal(of request: Request) -> Response? {
        guard request.method == .get || request.method == .head else {
            return .text("only GET is answered here\n", status: .methodNotAllowed)
        }
        let length = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        if length != 0 || request.headers[.transferEncoding] != nil {
            return .text("a request has no body here\n", status: .contentTooLarge, closes: true)
        }
        if isLoopback, token == nil, !isOfThisHost(request) {
            return .text("this address answers this host only\n", status: .misdirectedRequest)
        }
        guard let token, !Self.openPaths.contains(request.uri.path) else { return nil }
        if let given = bearer(request), token.matches(given.utf8) { return nil }
        var response = Response.text("a token is needed: Authorization: Bearer …\n", status: .unauthorized)
        response.headers[.wwwAuthenticate] = "Bearer realm=\"tetik\""
        return response
    }

    /// A page of another site may have its name point here and read what it likes, but its requests carry its name.
    private func isOfThisHost(_ request: Request) -> Bool {
        guard let authority = request.head.authority else { return true }
        return ListenAddressText.isLoopback(authority)
    }

    private func bearer(_ request: Request) -> Substring? {
        guard let value = request.headers[.authorization] else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1].drop { $0 == " " }
    }
}
