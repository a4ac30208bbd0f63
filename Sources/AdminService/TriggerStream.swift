import HTTPTypes
import Hummingbird
import Model
import Runtime

/// `/v1/triggers`: records as they are acknowledged, as server-sent events. Source: WHATWG HTML, "Server-sent events".
///
/// Ids are `<start of the process>-<number>`; `Last-Event-ID` resumes after it as long as the record is in memory. An
/// event `gap` says how many were not. Each reader has a place in the feed and nothing else, so a slow one costs
/// nothing and is dropped.
struct TriggerStream: Sendable {
    let source: AdminSource
    let executor: AdminExecutor

    /// What one stream holds as long as anything of it is there: one of the bounded number of seats.
    private final class Seat: Sendable {
        struct Progress {
            var writingSince: ContinuousClock.Instant?
            var isDropped = false
        }

        let progress = Monitor(Progress())
        private let observer: DaemonObserver

        init?(_ observer: DaemonObserver) {
            guard observer.openStream(countMax: AdminLimits.streamCountMax) else { return nil }
            self.observer = observer
        }

        deinit { observer.closeStream(isDropped: progress.read { $0.isDropped }) }
    }

    private enum Wake: Sendable {
        case news
        case heartbeat
    }

    func response(to request: Request, _ context: AdminContext) -> Response {
        guard let filter = Self.filter(request) else {
            return .text(
                "type is one of abandoned_cart, cart_recovered, churn_risk and ad_suppression\n",
                status: .badRequest)
        }
        guard let seat = Seat(source.observer) else {
            return .text("too many readers of triggers; try again later\n", status: .serviceUnavailable)
        }
        let lastID =
            request.headers[.lastEventID] ?? request.uri.queryParameters["last_event_id"].map(String.init)
        let start = position(after: lastID)
        context.boundSending()
        let isHead = request.method == .head
        var response = Response(
            status: .ok, headers: [.contentType: "text/event-stream"],
            body: ResponseBody { writer in
                if isHead { return try await writer.finish(nil) }
                let (wakes, continuation) = AsyncStream.makeStream(
                    of: Wake.self, bufferingPolicy: .bufferingNewest(1))
                // A reader who goes gives his seat back at once, not at the next thing that is written to him.
                try await request.body.consumeWithInboundCloseHandler { _ in
                    try await run(&writer, from: start, filter, seat, wakes, continuation, context)
                } onInboundClosed: {
                    continuation.finish()
                    context.close()
                }
            })
        response.harden()
        return response
    }

    /// Nil if a type is named that there is not.
    private static func filter(_ request: Request) -> TriggerFeed.Filter? {
        var filter = TriggerFeed.Filter()
        for (name, value) in request.uri.queryParameters {
            guard let bytes = PercentCoding.decoded(value.replacing("+", with: "%20")[...]) else {
                return nil
            }
            let text = String(decoding: bytes, as: UTF8.self)
            switch name {
            case "type":
                for type in text.split(separator: ",") {
                    guard let kind = RecordKind.allCases.first(where: { "\($0.name)" == type }) else {
                        return nil
                    }
                    filter.kinds.insert(kind)
                }
            case "customer": filter.customer = bytes
            default: break
            }
        }
        return filter
    }

    private var epoch: String { String(source.observer.epoch, radix: 36) }

    /// Without an id from now on; with one of another process from the oldest record in memory on.
    private func position(after id: String?) -> UInt64 {
        guard let id, !id.isEmpty else { return source.observer.feed.lastNumber }
        let parts = id.split(separator: "-")
        guard parts.count == 2, parts[0] == epoch, let number = UInt64(parts[1]) else { return 0 }
        return number
    }

    private func run(
        _ writer: inout any ResponseBodyWriter, from start: UInt64, _ filter: TriggerFeed.Filter,
        _ seat: Seat, _ wakes: AsyncStream<Wake>, _ continuation: AsyncStream<Wake>.Continuation,
        _ context: AdminContext
    ) async throws {
        let feed = source.observer.feed
        let waker = feed.addWaker(filter) { continuation.yield(.news) }
        let ticker = Task(executorPreference: executor) { await Self.tick(continuation, seat, context) }
        defer {
            feed.removeWaker(waker)
            ticker.cancel()
            continuation.finish()
        }
        var position = start
        try await write(ByteBuffer(staticString: "retry: 2000\n\n: tetik\n\n"), to: &writer, seat)
        var iterator = wakes.makeAsyncIterator()
        position = try await writeNews(after: position, to: &writer, filter, seat)
        // BOUND: until the reader goes, or is dropped.
        while !Task.isCancelled, let wake = await iterator.next() {
            if wake == .heartbeat {
                try await write(ByteBuffer(staticString: ": still here\n\n"), to: &writer, seat)
            }
            // What came before the first wanted record is not wanted, even if it is gone by now.
            guard let number = feed.takeNews(waker) else { continue }
            position = try await writeNews(after: max(position, number - 1), to: &writer, filter, seat)
        }
        try await writer.finish(nil)
    }

    /// Writes what is in memory after `position`; returns where to go on.
    private func writeNews(
        after position: UInt64, to writer: inout any ResponseBodyWriter, _ filter: TriggerFeed.Filter,
        _ seat: Seat
    ) async throws -> UInt64 {
        var position = position
        // BOUND: what is in memory.
        while case let reading = source.observer.feed.read(
            after: position, filter, countMax: AdminLimits.batchCountMax),
            reading.position != position || reading.missedCount > 0
        {
            position = reading.position
            let text = self.text(of: reading)
            if text.readableBytes > 0 { try await write(text, to: &writer, seat) }
        }
        return position
    }

    /// Bytes from the start, since a reader of everything gets thousands of records a second.
    private func text(of reading: TriggerFeed.Reading) -> ByteBuffer {
        var text = ByteBuffer()
        text.reserveCapacity(reading.entries.reduce(64) { $0 + $1.value.count + 64 })
        if reading.missedCount > 0 {
            text.writeString("event: gap\ndata: {\"missed\":\(reading.missedCount)}\n\n")
        }
        let epoch = epoch
        for entry in reading.entries {
            text.writeStaticString("id: ")
            text.writeString(epoch)
            text.writeStaticString("-")
            text.writeString(String(entry.number))
            text.writeStaticString("\nevent: ")
            text.writeStaticString(entry.kind.name)
            text.writeStaticString("\ndata: ")
            text.writeBytes(entry.value)
            text.writeStaticString("\n\n")
        }
        return text
    }

    private func write(
        _ text: ByteBuffer, to writer: inout any ResponseBodyWriter, _ seat: Seat
    ) async throws {
        seat.progress.change { $0.writingSince = .now }
        try await writer.write(text)
        seat.progress.change { $0.writingSince = nil }
    }

    /// Lets a quiet stream show that it lives, and closes one whose reader does not read.
    private static func tick(
        _ continuation: AsyncStream<Wake>.Continuation, _ seat: Seat,
        _ context: AdminContext
    ) async {
        var seconds = 0
        // BOUND: until the stream ends, which cancels this.
        while !Task.isCancelled {
            do { try await Task.sleep(for: .seconds(AdminLimits.tickSeconds)) } catch { return }
            seconds += AdminLimits.tickSeconds
            let isStuck = seat.progress.change { progress in
                guard let since = progress.writingSince,
                    since.duration(to: .now) > .seconds(AdminLimits.writeSeconds)
                else { return false }
                progress.isDropped = true
                return true
            }
            if isStuck {
                context.close()
                return
            }
            if seconds % AdminLimits.heartbeatSeconds == 0 { continuation.yield(.heartbeat) }
        }
    }
}
