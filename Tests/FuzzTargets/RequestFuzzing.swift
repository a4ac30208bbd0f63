import AdminService
import Dispatch
import Runtime
import Settings
import Synchronization
import Telemetry

/// Requests of the admin service: a first line `METHOD TARGET`, then headers `name: value`.
enum RequestFuzzing {
    private static let token = "0123456789abcdef"

    private static let source = AdminSource(
        observer: DaemonObserver(), rules: RulesOfReport(Settings()), status: { DaemonStatus() })
    private static let open = AdminResponder(source, token: nil, isLoopback: true)
    private static let guarded = AdminResponder(
        source, token: AccessToken(token.utf8), isLoopback: false)

    /// Every request has an answer of ours, and only those with the token learn anything from a guarded service.
    static func check(_ bytes: [UInt8]) throws(FuzzFailure) {
        guard let request = request(bytes), let status = answer(open, request) else { return }
        // Only a path is an open path; of other targets HTTP knows that they are none. Control bytes get no further than
        // NIO's parser; here they would be taken for white space, and cut off.
        let isPath =
            request.target.hasPrefix("/") && request.target.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
        guard isPath else { return }
        guard statuses.contains(status) else { throw FuzzFailure("\(status) for \(request)") }
        guard let guardedStatus = answer(guarded, request) else { return }
        let isNamed = request.headers.contains { $0.value.hasSuffix(token) }
        let path = request.target.prefix { $0 != "?" && $0 != "#" }
        if guardedStatus == 200, !isNamed, !["/", "/livez", "/readyz"].contains(path) {
            throw FuzzFailure("200 without a token for \(request)")
        }
        if isNamed, guardedStatus == 500 { throw FuzzFailure("500 for \(request)") }
    }

    private static let statuses: Set = [200, 400, 401, 404, 405, 413, 421, 503]

    private static func request(_ bytes: [UInt8]) -> AdminRequest? {
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let first = lines[0].split(separator: " ", maxSplits: 1)
        guard first.count == 2 else { return nil }
        var request = AdminRequest(method: String(first[0]), target: String(first[1]))
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            request.headers.append((String(parts[0]), String(parts[1].drop { $0 == " " })))
        }
        return request
    }

    private static func answer(_ responder: AdminResponder, _ request: AdminRequest) -> Int? {
        let answer = Answer()
        Task.detached {
            let status = await responder.status(of: request)
            answer.status.withLock { $0 = status }
            answer.isThere.signal()
        }
        answer.isThere.wait()
        return answer.status.withLock { $0 }
    }

    private final class Answer: Sendable {
        let status = Mutex<Int?>(nil)
        let isThere = DispatchSemaphore(value: 0)
    }

    static let seeds = [
        "GET /", "GET /livez", "GET /readyz", "GET /metrics", "GET /v1/status", "GET /v1/history?after=12",
        "HEAD /v1/triggers?type=churn_risk,abandoned_cart&customer=a%20b\nLast-Event-ID: zik0zj-12",
        "GET /v1/customers/%c3%bc?x=1\nAuthorization: Bearer \(token)\nHost: localhost:80",
        "GET /v1/triggers?last_event_id=a-1&type=x\nHost: example.org", "POST /metrics\nContent-Length: 5",
        "GET /v1/customers/%zz\nTransfer-Encoding: chunked",
        "GET //v1/../metrics?#\nAuthorization: bearer  x",
    ]
}
