import AdminService
@testable import Engine
import Primitives
@testable import Runtime
import Settings
import Telemetry
import Testing

struct EndpointTests {
    @Test func `livez and readyz say yes, or no and why`() async throws {
        try await withServer { server in
            #expect(try server.get("/livez").status == 200)
            #expect(try server.get("/readyz").body == "ok\n")
            server.status.change { status in
                status.isReady = false
                status.problems = ["no Kafka broker has answered for 7 s"]
            }
            #expect(try server.get("/livez").status == 200)
            let refused = try server.get("/readyz")
            #expect(refused.status == 503)
            #expect(refused.body == "no Kafka broker has answered for 7 s\n")
        }
    }

    @Test func `metrics are Prometheus text, and the status is JSON in snake case`() async throws {
        try await withServer { server in
            let metrics = try server.get("/metrics")
            #expect(metrics.headers.contains("text/plain; version=0.0.4"))
            #expect(metrics.body.contains("\ntetik_events_total 42\n"))
            let status = try server.get("/v1/status")
            #expect(status.body.contains("\"event_count\":42"))
            #expect(status.headers.lowercased().contains("cache-control: no-store"))
        }
    }

    @Test func `the page runs its own script only, and may not be shown inside another`() async throws {
        try await withServer { server in
            let page = try server.get("/")
            #expect(page.status == 200)
            #expect(page.body.hasPrefix("<!doctype html>"))
            #expect(page.headers.contains("frame-ancestors 'none'"))
            #expect(page.headers.contains("script-src 'sha256-"))
            #expect(!page.body.contains("http://") || page.body.contains("http://www.w3.org/2000/svg"))
        }
    }

    @Test(arguments: [
        ("/v1/customers/%", 400), ("/v1/customers/%FF", 400), ("/v1/customers/", 404), ("/nowhere", 404),
        ("/v1/customers/nobody", 404), ("/v1/triggers?type=lost_cart", 400),
    ])
    func `what cannot be answered is refused`(path: String, status: Int) async throws {
        try await withServer { server in
            let answer = try server.get(path)
            // A path that no route has and a customer without an id may be told apart or not.
            #expect(answer.status == status || (path == "/v1/customers/" && answer.status == 400))
        }
    }

    @Test func `a customer's id is percent-encoded bytes`() async throws {
        try await withServer { server in
            let answer = try server.get("/v1/customers/a%2Fb%20%C3%A7%3F")
            #expect(answer.status == 404)
            #expect(answer.body.contains("\"customer\":\"a/b ç?\""))
        }
    }

    @Test func `bodies, other methods and large headers are refused`() async throws {
        try await withServer { server in
            let body = try server.send(
                "POST /v1/status HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            #expect(body.status == 405)
            let get = try server.get("/v1/status", "Content-Length: 9999999999")
            #expect(get.status == 413)
            let large = try server.get("/v1/status", "X-Large: \(String(repeating: "x", count: 20_000))")
            #expect(large.status == 431 || large.status == 400)
            let target = try server.get("/v1/status?\(String(repeating: "x", count: 100_000))")
            #expect([400, 414, 431].contains(target.status))
        }
    }

    @Test func `what a shard knows comes back with reasons`() async throws {
        try await withServer { server in
            let desk = server.observer.desk
            desk.open(loop: 0) {}
            let answering = SystemThread(name: "shard") {
                var isAnswered = false
                while !isAnswered {
                    desk.answer(loop: 0) { key in
                        isAnswered = true
                        var view = CustomerView(
                            key: String(decoding: key, as: UTF8.self),
                            watermark: EventTime(milliseconds: 1_767_261_600_000),
                            consent: CustomerView.Consent(canBeMailed: true, hasWithdrawnAds: false),
                            storedByteCount: 64)
                        view.timers = [
                            CustomerView.PendingTimer(
                                timer: .cartStep, due: EventTime(milliseconds: 1_767_265_200_000))
                        ]
                        return [CustomerDesk.Answer(partition: 3, view: view)]
                    }
                }
            }
            let answer = try server.get("/v1/customers/c-1")
            answering.join()
            #expect(answer.status == 200)
            #expect(answer.body.contains("\"partition\":3"))
            #expect(answer.body.contains("\"due\":\"2026-01-01T11:00:00.000Z\""))
            #expect(answer.body.contains("\"is_complete\":true"))
        }
    }

    @Test func `a shard that does not answer is not waited for`() async throws {
        try await withServer { server in
            server.observer.desk.open(loop: 0) {}
            let answer = try server.get("/v1/customers/c-1")
            #expect(answer.status == 503)
            #expect(answer.body.contains("\"is_complete\":false"))
        }
    }
}
