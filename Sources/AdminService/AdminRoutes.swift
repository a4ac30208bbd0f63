import Hummingbird
import Logging
import Runtime
import Telemetry

/// The paths of the admin service.
struct AdminRoutes: Sendable {
    let source: AdminSource
    let gate: AdminGate
    let executor: AdminExecutor
    let logger: Logger

    /// All of them, behind the gate.
    func router() -> Router<AdminContext> {
        let router = Router(context: AdminContext.self)
        router.add(middleware: gate)
        router.get("/") { _, _ in LivePage.response() }
        router.get("livez") { _, _ in health(isGood: \.isLive) }
        router.get("readyz") { _, _ in health(isGood: \.isReady) }
        router.get("metrics") { _, _ in metrics() }
        router.get("v1/status") { _, _ in try Response.json(source.status()) }
        router.get("v1/history") { request, _ in
            let after = request.uri.queryParameters["after"].flatMap { Int64($0) } ?? .min
            return try Response.json(source.observer.history(after: after))
        }
        router.get("v1/customers/**") { request, _ in try await customer(request) }
        router.get("v1/triggers") { request, context in
            TriggerStream(source: source, executor: executor).response(to: request, context)
        }
        return router
    }

    private func health(isGood: (DaemonStatus) -> Bool) -> Response {
        let status = source.status()
        if isGood(status) { return .text("ok\n") }
        let lines = status.problems.map { "\($0)\n" }.joined()
        return .text(lines.isEmpty ? "not yet\n" : lines, status: .serviceUnavailable)
    }

    private func metrics() -> Response {
        var response = Response.text(MetricsText.text(of: source.status()))
        response.headers[.contentType] = MetricsText.contentType
        return response
    }

    private func customer(_ request: Request) async throws -> Response {
        let encoded = request.uri.path.dropFirst("/v1/customers/".count)
        guard let key = PercentCoding.decoded(encoded),
            (1...AdminLimits.customerByteCountMax).contains(key.count),
            let name = String(validating: key, as: UTF8.self)
        else {
            return .text(
                "a customer is 1 to \(AdminLimits.customerByteCountMax) bytes of UTF-8, percent-encoded\n",
                status: .badRequest)
        }
        // Who looks at a customer leaves a trace; the trace does not name the customer unless that was asked for.
        let mark = key.withUnsafeBytes { CustomerMark.text($0, isPlain: source.namesCustomers) }
        logger.info("a customer was asked for", metadata: ["customer": "\(mark)"])
        guard let reply = await ask(key) else {
            return .text("too many questions at once; ask again\n", status: .serviceUnavailable)
        }
        var filter = TriggerFeed.Filter()
        filter.customer = key
        let entries = source.observer.feed.newest(filter, countMax: AdminLimits.triggerCountMax)
        let known = CustomerReply(customer: name, reply, source.rules(), entries)
        guard known.reports.isEmpty, known.triggers.isEmpty else { return try .json(known) }
        return try .json(known, status: reply.isComplete ? .notFound : .serviceUnavailable)
    }

    /// Puts a question to the shards; after a while what has come in until then is the answer.
    private func ask(_ key: [UInt8]) async -> CustomerDesk.Reply? {
        let desk = source.observer.desk
        return await withCheckedContinuation { continuation in
            let number = desk.ask(key: key) { continuation.resume(returning: $0) }
            guard let number else {
                continuation.resume(returning: nil)
                return
            }
            Task(executorPreference: executor) {
                try? await Task.sleep(for: .milliseconds(AdminLimits.questionMilliseconds))
                desk.giveUp(number)
            }
        }
    }
}

/// Percent-encoded texts. Source: RFC 3986, section 2.1.
enum PercentCoding {
    /// The bytes that `text` stands for; nil if a `%` is not followed by two hexadecimal digits.
    static func decoded(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
