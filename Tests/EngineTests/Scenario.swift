@testable import Engine
import Model
import Primitives

/// Events in, records out: one sequence through one engine.
///
/// A log is JSON lines in which `@1d2h3m4s5ms` stands for a time after 2026-01-01T00:00Z, and `c` is the customer
/// of events that name none.
struct Scenario {
    /// The rules that can be switched on.
    enum Rule { case cart, churn, suppression }

    /// 2026-01-01T00:00Z.
    static let start: Int64 = 1_767_225_600_000
    /// The defaults without lateness, and with the rules asked for only.
    var rules = Rules()

    init(_ enabled: Rule...) {
        rules.allowedLatenessMilliseconds = 0
        rules.abandonedCart.isEnabled = enabled.contains(.cart)
        rules.churnRisk.isEnabled = enabled.contains(.churn)
        rules.adSuppression.isEnabled = enabled.contains(.suppression)
    }

    /// Changes the rules, in a chain.
    func with(_ change: (inout Rules) -> Void) -> Scenario {
        var changed = self
        change(&changed.rules)
        return changed
    }

    /// Runs the log, and lets the timers fire up to `until`.
    func run(_ log: String, until: String? = nil) -> Outcome {
        var outcome = Outcome(counters: EngineCounters())
        play(log, until: until) { engine, records in
            outcome.counters = engine.counters
            outcome.customerCount = engine.customerCount
            outcome.timerCount = engine.timerCount
            for entry in records.entries {
                outcome.records.append(
                    Record(json: String(decoding: records.value(of: entry), as: UTF8.self)))
            }
        }
        return outcome
    }

    /// Runs the log and says what is known of the customer then.
    func view(of customer: String = "c", after log: String, until: String? = nil) -> CustomerView? {
        var view: CustomerView?
        play(log, until: until) { engine, _ in
            view = Array(customer.utf8).withUnsafeBytes { engine.describe(key: $0) }
        }
        return view
    }

    private func play(
        _ log: String, until: String?, _ look: (inout Engine, borrowing RecordBuffer) -> Void
    ) {
        var lines = ByteWriter()
        for line in log.split(separator: "\n") {
            var text = Self.resolvingTimes(String(line))
            if !text.contains("\"customer\""), !text.contains("\"tick\"") {
                text = text.dropLast() + ",\"customer\":\"c\"}"
            }
            lines.append(text: text + "\n")
        }
        let count = lines.count
        lines.append(byteCount: JSONScanner.paddingByteCount) {
            $0.initializeMemory(as: UInt8.self, repeating: 0)
        }
        var engine = Engine(rules: rules)
        var records = RecordBuffer()
        apply(UnsafeRawBufferPointer(rebasing: lines.bytes[..<count]), to: &engine, into: &records)
        if let until { engine.advance(to: Self.time(until), into: &records) }
        look(&engine, records)
    }

    private func apply(
        _ bytes: UnsafeRawBufferPointer, to engine: inout Engine, into records: inout RecordBuffer
    ) {
        guard let base = bytes.baseAddress else { return }
        let decoder = EventDecoder(rules: rules)
        var batch = EventBatch(source: base)
        var start = 0
        var number: UInt32 = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
            decoder.decodeLine(
                UnsafeRawBufferPointer(rebasing: bytes[start..<end]), number: number, into: &batch)
            start = end
            number += 1
        }
        precondition(batch.rejected.isEmpty && batch.ignoredCount == 0, "a line of the scenario is no event")
        var watermark = EventTime.distantPast
        for event in batch.events {
            let lateness = event.kind == .tick ? 0 : rules.allowedLatenessMilliseconds
            watermark = max(watermark, event.timestamp - lateness)
            engine.apply(event, of: batch, watermark: watermark, into: &records)
        }
    }

    /// The time that `text`, such as `@1h30m` or `@-1ms`, stands for.
    static func time(_ text: String) -> EventTime {
        EventTime(milliseconds: start + offset(text.dropFirst()))
    }

    /// The text that stands for `time`, as `time(_:)` reads it.
    static func text(of time: EventTime) -> String {
        var rest = time.milliseconds - start
        var text = rest < 0 ? "@-" : "@"
        rest = abs(rest)
        if rest == 0 { return "@0" }
        for (unit, length) in units.reversed() where rest >= length {
            text += "\(rest / length)\(unit)"
            rest %= length
        }
        return text
    }

    private static let units: [(String, Int64)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    private static func offset(_ text: Substring) -> Int64 {
        var sum: Int64 = 0
        var number: Int64 = 0
        var unit = ""
        let sign: Int64 = text.hasPrefix("-") ? -1 : 1
        func finish() { sum += number * (units.first { $0.0 == unit }?.1 ?? 1) }
        for character in text.drop(while: { $0 == "-" }) {
            if let digit = character.wholeNumberValue {
                if !unit.isEmpty {
                    finish()
                    number = 0
                    unit = ""
                }
                number = number * 10 + Int64(digit)
            } else {
                unit.append(character)
            }
        }
        finish()
        return sign * sum
    }

    private static func resolvingTimes(_ line: String) -> String {
        let pieces = line.split(separator: "@", omittingEmptySubsequences: false)
        return pieces.dropFirst().reduce(String(pieces[0])) { text, piece in
            let notation = piece.prefix { $0.isNumber || "-dhms".contains($0) }
            return text + String(start + offset(notation)) + piece.dropFirst(notation.count)
        }
    }
}

/// What came out of a scenario.
struct Outcome {
    var records: [Record] = []
    var counters: EngineCounters
    var customerCount = 0
    var timerCount = 0

    /// The named fields of every record, separated by spaces; times as `@1h`.
    func fields(_ names: String) -> [String] {
        let names = names.split(separator: " ").map(String.init)
        return records.map { record in names.map { record[$0] }.joined(separator: " ") }
    }
}

/// One record: its JSON, and its fields one by one.
struct Record {
    let json: String
    private var values: [String: String] = [:]

    init(json: String) {
        self.json = json
        var depth = 0
        var isInString = false
        var part = ""
        var key = ""
        for character in json.dropFirst().dropLast() {
            if character == "\"" { isInString.toggle() }
            if !isInString, character == "[" || character == "{" { depth += 1 }
            if !isInString, character == "]" || character == "}" { depth -= 1 }
            if !isInString, depth == 0, character == ":", key.isEmpty {
                (key, part) = (part, "")
            } else if !isInString, depth == 0, character == "," {
                values[key.filter { $0 != "\"" }] = part
                (key, part) = ("", "")
            } else {
                part.append(character)
            }
        }
        values[key.filter { $0 != "\"" }] = part
    }

    /// The value of a field: a string without its quotes, a time as `@1h`, `-` where there is none.
    subscript(name: String) -> String {
        guard let value = values[name] else { return "-" }
        guard value.hasPrefix("\"") else { return value }
        let text = String(value.dropFirst().dropLast())
        return EventTime(rfc3339: text).map { Scenario.text(of: $0) } ?? text
    }
}
