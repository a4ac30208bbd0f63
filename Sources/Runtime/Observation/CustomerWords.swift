import Engine
import Model
import Primitives
import Settings

/// What is known of a customer, in plain sentences.
struct CustomerWords {
    let view: CustomerView
    let rules: Rules

    /// What is known, one fact a sentence.
    var sentences: [String] { cart + orders + suppression + consent }

    private var cart: [String] {
        guard let cart = view.cart else { return ["The cart is empty."] }
        let count = cart.items.count
        var text = "The cart holds \(count) \(count == 1 ? "item" : "items")"
        if let value = cart.valueTenThousandths {
            text += " worth \(MoneyWords.text(value)) \(cart.currency)"
        }
        text += "; it was last touched at \(Self.text(cart.activity))."
        if cart.isTruncated { text += " More than 200 items were added; the rest found no room." }
        return [text]
    }

    private var orders: [String] {
        guard let orders = view.orders else { return ["No order yet."] }
        let count = orders.count
        var text =
            "\(count) \(count == 1 ? "order" : "orders"), the last at \(Self.text(orders.last)), together "
            + "\(MoneyWords.text(Int128(orders.spend.tenThousandths))) \(rules.currency)."
        if let probability = orders.probability, rules.churnRisk.isEnabled {
            let level = orders.level == .none ? "no churn level" : "churn level \(orders.level.name)"
            text += " Still a customer with a probability of \(Self.percent(probability)): \(level)."
        }
        var all = [text]
        if let value = view.value {
            all.append(
                "Expected to be worth \(MoneyWords.text(Int128(value.clv.tenThousandths))) \(rules.currency): "
                    + "tier \(value.tier.name).")
        }
        if let reminder = view.openReminder {
            all.append(
                "Reminded of a cart (step \(reminder.step)) at \(Self.text(reminder.at)); an order up to "
                    + "\(Self.text(reminder.windowEnd)) counts as its recovery.")
        }
        return all
    }

    private var suppression: [String] {
        guard rules.adSuppression.isEnabled else { return [] }
        guard !view.reasons.isEmpty else { return ["Ads may be shown."] }
        let reasons = view.reasons.map { reason in
            let words = TriggerSentence.reasonWords(reason.name, rules)
            return reason.until.map { "\(words), until \(Self.text($0))" } ?? "\(words), with no known end"
        }
        return ["Shown no ads: \(reasons.joined(separator: "; "))."]
    }

    private var consent: [String] {
        let consent = view.consent
        if consent.canBeMailed { return ["Mail may be sent."] }
        if let withdrawn = consent.mailWithdrawn, withdrawn >= consent.mailGranted ?? .distantPast {
            return ["No mail: withdrawn at \(Self.text(withdrawn))."]
        }
        if let bounce = consent.hardBounce, bounce > consent.mailReceived ?? .distantPast {
            return ["No mail: it bounced for good at \(Self.text(bounce)), and nothing has arrived since."]
        }
        return ["No mail: rules.email_consent is explicit, and none was granted."]
    }

    /// What a timer will do.
    func sentence(of timer: CustomerView.PendingTimer) -> String {
        let time = Self.text(timer.due)
        switch timer.timer {
        case .cartStep:
            let step = view.cart?.nextStep ?? 1
            let delays = rules.abandonedCart.stepMilliseconds
            let delay = step <= delays.count ? DurationText.text(milliseconds: delays[step - 1]) : "?"
            return
                "At \(time) the cart counts as abandoned, step \(step) of \(delays.count) (\(delay) after "
                + "\(view.cart.map { Self.text($0.start) } ?? "?")), unless it changes or an order comes."
        case .churnLevel:
            let next = view.orders.flatMap { orders in
                orders.crossings.first { $0.at == timer.due && $0.level > orders.level }?.level
            }
            guard let next else { return "At \(time) the churn level is looked at again." }
            return
                "At \(time) the churn level becomes \(next.name): the probability of still being a customer "
                + "falls to \(Self.percent(rules.churnRisk.threshold(of: next))) (rules.churn_risk.levels)."
        case .suppressionEnd:
            let ending = view.reasons.filter { $0.until == timer.due }.map {
                TriggerSentence.reasonWords($0.name, rules)
            }
            return "At \(time) a reason for showing no ads ends: \(ending.joined(separator: ", "))."
        }
    }

    /// `2026-01-15 10:00 UTC`.
    private static func text(_ time: EventTime) -> String { "\(TriggerSummary.minutes(time)) UTC" }

    private static func percent(_ share: Double) -> String { TriggerSentence.percent(share) }
}
