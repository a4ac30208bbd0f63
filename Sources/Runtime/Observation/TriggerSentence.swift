import Model
import Primitives
import Settings

/// Why a trigger record came: the facts and the rule behind it, in a sentence for people.
enum TriggerSentence {
    /// Explains one record. The rules are those of now; the record's facts those of then.
    static func text(of fields: TriggerFields, kind: RecordKind, rules: Rules) -> String {
        switch kind {
        case .abandonedCart: abandonedCart(fields, rules)
        case .cartRecovered: cartRecovered(fields, rules)
        case .churnRisk: churnRisk(fields, rules)
        case .adSuppression: adSuppression(fields, rules)
        }
    }

    /// A reason for showing no ads, with its rule.
    static func reasonWords(_ reason: String, _ rules: Rules) -> String {
        let rules = rules.adSuppression
        switch reason {
        case "ad_fatigue":
            return
                "clicked \(rules.fatigueClickCount) ads within "
                + "\(DurationText.text(milliseconds: rules.fatigueWindowMilliseconds)) without ordering"
        case "churn_risk": return "churn level \(rules.churnLevel.name) or deeper"
        case "erased": return "asked to be forgotten"
        case "opted_out": return "complained, or withdrew consent to ads"
        case "recent_purchase":
            return "ordered within \(DurationText.text(milliseconds: rules.recentPurchaseMilliseconds))"
        default: return reason
        }
    }

    /// `30 %`, with decimals only where they say something.
    static func percent(_ share: Double) -> String {
        let tenths = (share * 1_000).rounded()
        let whole = Int(tenths / 10)
        let rest = Int(tenths) % 10
        return rest == 0 ? "\(whole) %" : "\(whole).\(rest) %"
    }

    private static func abandonedCart(_ fields: TriggerFields, _ rules: Rules) -> String {
        let count = fields.elements("items").count
        var text = "A cart of \(count) \(count == 1 ? "item" : "items")"
        if let value = fields.number("value") { text += " worth \(value) \(fields.text("currency") ?? "")" }
        text += " was last touched at \(time("since", fields))"
        if let event = fields.text("last_event") { text += " (event \(event))" }
        text += ", and neither it nor an order has come since: step \(fields.number("step") ?? "?")"
        text += " of \(fields.number("steps") ?? "?")"
        if let step = fields.integer("step"), step >= 1,
            Int(clamping: step) <= rules.abandonedCart.stepMilliseconds.count
        {
            let delay = rules.abandonedCart.stepMilliseconds[Int(step) - 1]
            text += ", after \(DurationText.text(milliseconds: delay)) (rules.abandoned_cart.steps)"
        }
        return text + ". " + channel(fields.text("channel"))
    }

    private static func channel(_ channel: String?) -> String {
        switch channel {
        case "email": "Mail is the channel: nothing speaks against it."
        case "ads": "Ads are the channel: mail may not be sent."
        case "onsite": "Only the site itself is left as channel: neither mail nor ads may be used."
        default: ""
        }
    }

    private static func cartRecovered(_ fields: TriggerFields, _ rules: Rules) -> String {
        let delay = fields.integer("after_ms").map { TriggerSummary.duration(milliseconds: $0) } ?? "?"
        return
            "Order \(fields.text("order") ?? "?") of \(fields.number("value") ?? "?") "
            + "\(fields.text("currency") ?? "") came \(delay) after the reminder of step "
            + "\(fields.number("step") ?? "?"), within rules.abandoned_cart.recovery_window "
            + "(\(DurationText.text(milliseconds: rules.abandonedCart.recoveryWindowMilliseconds)))."
    }

    private static func churnRisk(_ fields: TriggerFields, _ rules: Rules) -> String {
        let level = fields.text("level") ?? "?"
        let orders = fields.integer("orders") ?? 0
        let share = fields.number("p_alive").flatMap { Double($0) }.map(percent) ?? "?"
        // Orders that `merge` puts together count once, but the last one's time is its own.
        let isOnce = fields.time("first_order") == fields.time("last_order")
        let history =
            "after \(orders) \(orders == 1 ? "order" : "orders") "
            + (isOnce ? "at " : "from \(time("first_order", fields)) to ") + time("last_order", fields)
        if level == "none" {
            return
                "An order came, and the customer is no longer at risk (\(fields.text("previous") ?? "?") before); "
                + "the probability of still being a customer is \(share) \(history)."
        }
        let limit = ChurnLevel.allCases.first { "\($0.name)" == level }.map {
            percent(rules.churnRisk.threshold(of: $0))
        }
        return
            "The probability of still being a customer is \(share) \(history); level \(level) begins at "
            + "\(limit ?? "?") (rules.churn_risk.levels)."
    }

    private static func adSuppression(_ fields: TriggerFields, _ rules: Rules) -> String {
        guard fields.isTrue("suppressed") else {
            return "The last reason for showing no ads has ended; ads may be shown again."
        }
        let reasons = fields.texts("reasons").map { reasonWords($0, rules) }
        let end =
            fields.time("until").map { "until \(TriggerSummary.minutes($0)) UTC" } ?? "with no known end"
        return "No ads, \(end): \(reasons.joined(separator: "; "))."
    }

    private static func time(_ name: String, _ fields: TriggerFields) -> String {
        fields.time(name).map { "\(TriggerSummary.minutes($0)) UTC" } ?? "?"
    }
}
