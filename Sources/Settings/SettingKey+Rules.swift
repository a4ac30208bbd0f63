internal import Model
internal import Primitives

/// From 1 ms to the longest duration.
private let atLeastOneMillisecond: ClosedRange<Int64> = 1...DurationText.millisecondsMax
/// From 0 to the longest duration.
private let anyDuration: ClosedRange<Int64> = 0...DurationText.millisecondsMax

extension SettingKey {
    /// The keys under `rules`. Source: contract, sections 3 to 5 and 9.
    static func rules() -> [SettingKey] {
        [
            .choice(
                "rules.email_consent", \.rules.emailConsent,
                "Whether customers are mailed until they withdraw (assumed) or once they agreed (explicit).",
                example: "explicit")
        ] + abandonedCart() + churnRisk() + adSuppression() + value()
    }

    private static func abandonedCart() -> [SettingKey] {
        let base = "rules.abandoned_cart."
        return [
            .boolean(
                base + "enabled", \.rules.abandonedCart.isEnabled,
                "Whether abandoned carts are looked for."),
            SettingKey(
                path: base + "steps", kind: .risingDurations(count: 1...16, each: atLeastOneMillisecond),
                summary: "How long after the last cart activity each record is sent.", example: "30m,24h",
                read: { .durations($0.rules.abandonedCart.stepMilliseconds) },
                write: {
                    guard case .durations(let steps) = $1 else { mismatch() }
                    $0.rules.abandonedCart.stepMilliseconds = steps
                }),
            .money(
                base + "min_value", \.rules.abandonedCart.minValue, Money.zero...Money.fieldMax,
                "Carts worth less send no record.", example: "19.99"),
            .duration(
                base + "cooldown", \.rules.abandonedCart.cooldownMilliseconds, atLeastOneMillisecond,
                "The least time between two first records to one customer.", example: "12h"),
            .duration(
                base + "recovery_window", \.rules.abandonedCart.recoveryWindowMilliseconds, anyDuration,
                "How long after a record an order counts as a recovered cart.", example: "2d"),
        ]
    }

    private static func churnRisk() -> [SettingKey] {
        let base = "rules.churn_risk."
        return [
            .boolean(
                base + "enabled", \.rules.churnRisk.isEnabled, "Whether the risk of churn is followed."),
            .choice(
                base + "model", \.rules.churnRisk.model,
                "The model behind the probability that a customer is still a customer.", example: "bg_nbd"),
            .positive(
                base + "parameters.r", \.rules.churnRisk.r, "Shape of the distribution of order rates.",
                example: "0.243"),
            .positive(
                base + "parameters.alpha", \.rules.churnRisk.alpha,
                "Scale of the distribution of order rates, in time units.", example: "4.414"),
            .positive(
                base + "parameters.a", \.rules.churnRisk.a,
                "First parameter of the distribution of dropout probabilities.", example: "0.793"),
            .positive(
                base + "parameters.b", \.rules.churnRisk.b,
                "Second parameter of the distribution of dropout probabilities.", example: "2.426"),
            .duration(
                base + "time_unit", \.rules.churnRisk.timeUnitMilliseconds, atLeastOneMillisecond,
                "The unit of time in which the parameters were estimated.", example: "1d"),
            .duration(
                base + "merge", \.rules.churnRisk.mergeMilliseconds, atLeastOneMillisecond,
                "Orders of one period of this length count once.", example: "1h"),
            SettingKey(
                path: base + "min_orders", kind: .integer(1...1_000_000),
                summary: "Customers with fewer orders have no level.", example: "3",
                read: { .integer(Int64($0.rules.churnRisk.orderCountMin)) },
                write: {
                    guard case .integer(let count) = $1 else { mismatch() }
                    $0.rules.churnRisk.orderCountMin = UInt32(count)
                }),
            .positive(
                base + "levels.watch", \.rules.churnRisk.watchThreshold, below: 1,
                "The probability at which the level watch begins.", example: "0.7"),
            .positive(
                base + "levels.at_risk", \.rules.churnRisk.atRiskThreshold, below: 1,
                "The probability at which the level at_risk begins, below that of watch.", example: "0.4"),
            .positive(
                base + "levels.lost", \.rules.churnRisk.lostThreshold, below: 1,
                "The probability at which the level lost begins, below that of at_risk.", example: "0.2"),
        ]
    }

    private static func adSuppression() -> [SettingKey] {
        let base = "rules.ad_suppression."
        let levels = ChurnLevel.allCases.filter { $0 != .none }
        return [
            .boolean(
                base + "enabled", \.rules.adSuppression.isEnabled,
                "Whether customers are taken out of ads."),
            .duration(
                base + "recent_purchase", \.rules.adSuppression.recentPurchaseMilliseconds, anyDuration,
                "How long after the newest order a customer sees no ads.", example: "30d"),
            SettingKey(
                path: base + "churn_level", kind: .choice(levels.map(\.name.description)),
                summary: "The level of churn risk from which on a customer sees no ads.", example: "lost",
                read: { .text($0.rules.adSuppression.churnLevel.name.description) },
                write: { settings, value in
                    guard case .text(let name) = value,
                        let level = ChurnLevel.allCases.first(where: { $0.name.description == name })
                    else { mismatch() }
                    settings.rules.adSuppression.churnLevel = level
                }),
            SettingKey(
                path: base + "ad_fatigue.clicks", kind: .integer(2...8),
                summary: "How many ad clicks within the window tire a customer.", example: "3",
                read: { .integer(Int64($0.rules.adSuppression.fatigueClickCount)) },
                write: {
                    guard case .integer(let count) = $1 else { mismatch() }
                    $0.rules.adSuppression.fatigueClickCount = Int(count)
                }),
            .duration(
                base + "ad_fatigue.window", \.rules.adSuppression.fatigueWindowMilliseconds, anyDuration,
                "The time within which the ad clicks have to lie.", example: "1d"),
            .duration(
                base + "ad_fatigue.cool_off", \.rules.adSuppression.fatigueCoolOffMilliseconds, anyDuration,
                "How long after the newest ad click a tired customer sees no ads.", example: "14d"),
        ]
    }
}
