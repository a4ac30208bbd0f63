import AdminService
import Model
import Primitives
@testable import Runtime
import Telemetry
import Testing

struct TriggerStreamTests {
    /// Records of one kind for one customer, as if they had been acknowledged.
    private static func publish(_ customer: String, count: Int = 1, padding: Int = 0, to feed: TriggerFeed) {
        var records = RecordBuffer()
        let text = customer + String(repeating: "x", count: padding)
        for number in 0..<count {
            Array(text.utf8).withUnsafeBytes { key in
                var record = records.begin(
                    .abandonedCart, customer: key,
                    at: EventTime(milliseconds: 1_767_261_600_000 + Int64(number)))
                record.identify(decimal: 1)
                records.finish(record)
            }
        }
        feed.publish(records)
    }

    private static func ids(in text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("id: ") }.map {
            String($0.dropFirst(4))
        }
    }

    @Test func `records come as they are acknowledged, filtered by customer and type`() async throws {
        try await withServer { server in
            let all = try Connection(server.address.port)
            try all.write(TestServer.request("/v1/triggers", []) + "\r\n")
            let one = try Connection(server.address.port)
            try one.write(TestServer.request("/v1/triggers?customer=c%2D2&type=abandoned_cart", []) + "\r\n")
            var allText = ""
            var oneText = ""
            try all.read(until: ": tetik", &allText)
            try one.read(until: ": tetik", &oneText)
            Self.publish("c-1", to: server.observer.feed)
            Self.publish("c-2", to: server.observer.feed)
            try all.read(until: "\"customer\":\"c-2\"", &allText)
            try one.read(until: "\"customer\":\"c-2\"", &oneText)
            #expect(allText.contains("event: abandoned_cart\ndata: {\"id\":"))
            #expect(allText.contains("\"customer\":\"c-1\""))
            #expect(!oneText.contains("\"customer\":\"c-1\""))
        }
    }

    @Test func `Last-Event-ID resumes where the reader was, and says what is gone`() async throws {
        try await withServer { server in
            let feed = server.observer.feed
            var text = ""
            let first = try Connection(server.address.port)
            try first.write(TestServer.request("/v1/triggers", []) + "\r\n")
            try first.read(until: ": tetik", &text)
            Self.publish("a", to: feed)
            try first.read(until: "\"customer\":\"a\"", &text)
            let id = try #require(Self.ids(in: text).last)
            Self.publish("b", to: feed)
            var resumed = ""
            let second = try Connection(server.address.port)
            try second.write(TestServer.request("/v1/triggers", ["Last-Event-ID: \(id)"]) + "\r\n")
            try second.read(until: "\"customer\":\"b\"", &resumed)
            #expect(!resumed.contains("\"customer\":\"a\""))
            #expect(!resumed.contains("event: gap"))
            // More than the ring holds: the oldest are gone, and the reader is told.
            Self.publish("c", count: 20_000, to: feed)
            var late = ""
            let third = try Connection(server.address.port)
            try third.write(TestServer.request("/v1/triggers", ["Last-Event-ID: \(id)"]) + "\r\n")
            try third.read(until: "event: gap\ndata: {\"missed\":", &late)
        }
    }

    @Test func `a slow reader is dropped and counted, and nobody waits for it`() async throws {
        try await withServer { server in
            let slow = try Connection(server.address.port, receiveByteCount: 4_096)
            try slow.write(TestServer.request("/v1/triggers", []) + "\r\n")
            var text = ""
            try slow.read(until: ": tetik", &text)
            #expect(server.observer.status(.init(), .init(.init())).http.streamCount == 1)
            let feed = server.observer.feed
            // Some MiB: more than the buffers between here and there hold.
            for _ in 0..<60 { Self.publish("c", count: 250, padding: 200, to: feed) }
            let healthy = try server.get("/livez")
            #expect(healthy.status == 200)
            let dropped = Monitor(false)
            _ = SystemThread(name: "test-watch") {
                for _ in 0..<(patienceSeconds * 20) {
                    let http = server.observer.status(.init(), .init(.init())).http
                    if http.droppedStreamCount == 1, http.streamCount == 0 {
                        dropped.change { $0 = true }
                        return
                    }
                    _ = Monitor(false).wait(milliseconds: 50) { _ in Bool?.none }
                }
            }
            let isDropped = dropped.wait(milliseconds: Int64(patienceSeconds) * 1_000) { $0 ? true : nil }
            #expect(isDropped == true)
        }
    }

    @Test func `a reader who goes gives his seat back at once`() async throws {
        try await withServer { server in
            // Twice as many as there are seats, one after the other, on a stream on which nothing happens.
            for _ in 0..<512 {
                let reader = try Connection(server.address.port)
                try reader.write(TestServer.request("/v1/triggers?customer=nobody", []) + "\r\n")
                var text = ""
                try reader.read(until: ": tetik", &text)
            }
        }
    }

    @Test func `hundreds of idle readers and some slow ones change nothing, and more are refused`()
        async throws
    {
        try await withServer { server in
            let port = server.address.port
            var readers: [Connection] = []
            for number in 0..<256 {
                let isSlow = number < 20
                let reader = try Connection(port, receiveByteCount: isSlow ? 4_096 : nil)
                let path = isSlow ? "/v1/triggers" : "/v1/triggers?customer=nobody"
                try reader.write(TestServer.request(path, []) + "\r\n")
                var text = ""
                try reader.read(until: ": tetik", &text)
                readers.append(reader)
            }
            #expect(try server.get("/v1/triggers").status == 503)
            for _ in 0..<20 { Self.publish("c", count: 250, padding: 200, to: server.observer.feed) }
            #expect(server.observer.feed.lastNumber == 5_000)
            for path in ["/livez", "/metrics", "/v1/status"] { #expect(try server.get(path).status == 200) }
            #expect(!readers.isEmpty)
        }
    }
}
