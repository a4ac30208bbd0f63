import Model
import Primitives

/// What a trigger record says, in a few words for people.
enum TriggerSummary {
    /// For example `cart abandoned  step 1/3  39.98 TRY  2 items  email`. Words are separated by two spaces.
    static func text(of fields: TriggerFields, kind: RecordKind) -> String {
        switch kind {
        case .abandonedCart: abandonedCart(fields)
        case .cartRecovered: cartRecovered(fields)
        case .churnRisk: churnRisk(fields)
        case .adSuppression: adSuppression(fields)
        }
    }

    private static func abandonedCart(_ fields: TriggerFields) -> String {
        var words = ["cart abandoned"]
        if let step = fields.number("step") {
            words.append("step \(step)" + (fields.number("steps").map { "/\($0)" } ?? ""))
        }
        words.append(amount("value", fields) ?? "no price")
        words.append(counted(fields.elements("items").count, "item"))
        if let channel = fields.text("channel") { words.append(channel) }
        return words.joined(separator: "  ")
    }

    private static func cartRecovered(_ fields: TriggerFields) -> String {
        var text = "recovered"
        if let order = fields.text("order") { text += " \(order)" }
        if let amount = amount("value", fields) { text += " \(amount)" }
        if let delay = fields.integer("after_ms") { text += " after \(duration(milliseconds: delay))" }
        return text
    }

    private static func churnRisk(_ fields: TriggerFields) -> String {
        var words = ["churn \(fields.text("previous") ?? "?") -> \(fields.text("level") ?? "?")"]
        if let share = fields.number("p_alive") { words.append("P(alive) \(share)") }
        if let orders = fields.integer("orders") { words.append(counted(Int(clamping: orders), "order")) }
        return words.joined(separator: "  ")
    }

    private static func adSuppression(_ fields: TriggerFields) -> String {
        guard fields.isTrue("suppressed") else { return "ads resumed" }
        let reasons = fields.texts("reasons")
        var text = "ads stopped: \(reasons.joined(separator: ", "))"
        if let until = fields.time("until") { text += " until \(minutes(until))" }
        return text
    }

    private static func amount(_ name: String, _ fields: TriggerFields) -> String? {
        guard let value = fields.number(name) else { return nil }
        return fields.text("currency").map { "\(value) \($0)" } ?? value
    }

    private static func counted(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }

    /// The two largest units that say something: `30m`, `1h 12m`, `2d 3h`, `45s`.
    static func duration(milliseconds: Int64) -> String {
        let units: [(name: String, milliseconds: Int64)] = [
            ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000),
        ]
        guard let first = units.firstIndex(where: { milliseconds >= $0.milliseconds }) else {
            return "\(max(milliseconds, 0))ms"
        }
        let (count, rest) = milliseconds.quotientAndRemainder(dividingBy: units[first].milliseconds)
        var text = "\(count)\(units[first].name)"
        if first + 1 < units.count, case let second = rest / units[first + 1].milliseconds, second > 0 {
            text += " \(second)\(units[first + 1].name)"
        }
        return text
    }

    /// `2026-01-15 10:00:00`, UTC.
    static func seconds(_ time: EventTime) -> String { prefix(of: time, count: 19) }

    /// `2026-01-15 10:00`, UTC.
    static func minutes(_ time: EventTime) -> String { prefix(of: time, count: 16) }

    private static func prefix(of time: EventTime, count: Int) -> String {
        // Kafka timestamps may be anything; only the contract's times have a text for sure.
        guard time >= .earliest, time <= .latest else { return String(repeating: "?", count: count) }
        return String(time.description.prefix(count)).replacing("T", with: " ")
    }
}
