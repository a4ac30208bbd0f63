import AdminService
import Foundation
import Logging
import Runtime
import Settings
import Testing

struct AccessTests {
    private static let secret = "correct-horse-battery"

    @Test func `without the token only health and the empty page are shown`() async throws {
        let token = try #require(AccessToken(Self.secret.utf8))
        try await withServer(token: token) { server in
            for path in ["/livez", "/readyz", "/"] { #expect(try server.get(path).status == 200) }
            for path in ["/metrics", "/v1/status", "/v1/history", "/v1/customers/c-1", "/v1/triggers"] {
                let answer = try server.get(path)
                #expect(answer.status == 401, "\(path)")
                #expect(answer.headers.lowercased().contains("www-authenticate: bearer"))
                for wrong in ["Bearer ", "Bearer \(Self.secret)x", "Basic \(Self.secret)", Self.secret] {
                    #expect(try server.get(path, "Authorization: \(wrong)").status == 401)
                }
            }
            #expect(try server.get("/v1/status", "Authorization: Bearer \(Self.secret)").status == 200)
            #expect(try server.get("/v1/status?token=\(Self.secret)").status == 401)
        }
    }

    @Test func `a page of another site whose name points here gets nothing`() async throws {
        try await withServer { server in
            let port = server.address.port
            for host in ["evil.example", "evil.example:\(port)", "127.0.0.1.evil.example"] {
                let answer = try server.send(
                    "GET /v1/status HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
                #expect(answer.status == 421, "\(host)")
            }
            for host in ["localhost:\(port)", "127.0.0.1:\(port)", "[::1]:\(port)"] {
                let answer = try server.send(
                    "GET /v1/status HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
                #expect(answer.status == 200, "\(host)")
            }
        }
    }

    @Test func `an address that others can reach is refused without a token`() {
        let source = AdminSource(
            observer: DaemonObserver(), rules: RulesOfReport(Settings()), status: { .init() })
        let server = AdminServer(
            source, listen: ListenAddress(host: "0.0.0.0", port: 0), token: nil,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        #expect(throws: AdminServer.Failure.self) { try server.start() }
    }

    @Test func `a port that is taken is refused, unless any will do`() async throws {
        try await withServer { server in
            let source = AdminSource(
                observer: DaemonObserver(), rules: RulesOfReport(Settings()), status: { .init() })
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let refused = AdminServer(source, listen: server.address, token: nil, logger: logger)
            #expect(throws: AdminServer.Failure.self) { try refused.start() }
            let other = AdminServer(source, listen: server.address, token: nil, logger: logger)
            let address = try other.start(orAnyPort: true)
            #expect(address.port != server.address.port && address.port > 0)
            other.stop()
        }
    }

    @Test func `a token comes from a file or a credential, and is never shown`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "http-token")
        try Data("\(Self.secret)\nsecond line\n".utf8).write(to: file)
        var settings = HTTPSettings()
        #expect(try AccessToken.load(settings, environment: [:]) == nil)
        let credential = try #require(
            try AccessToken.load(settings, environment: ["CREDENTIALS_DIRECTORY": folder.path()]))
        #expect(credential.matches(Self.secret.utf8))
        settings.tokenFile = file.path()
        let token = try #require(try AccessToken.load(settings, environment: [:]))
        #expect(token.matches(Self.secret.utf8))
        #expect(!token.matches("\(Self.secret)2".utf8))
        #expect(!"\(token) \(String(reflecting: token))".contains(Self.secret))
        try Data("short\n".utf8).write(to: file)
        #expect(throws: AccessToken.Failure.self) { try AccessToken.load(settings, environment: [:]) }
        settings.tokenFile = folder.appending(path: "none").path()
        #expect(throws: AccessToken.Failure.self) { try AccessToken.load(settings, environment: [:]) }
    }
}
