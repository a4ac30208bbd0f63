internal import Model
internal import Primitives

extension SettingKey {
    /// The keys under `rules.value`. Source: README, "Customer value".
    static func value() -> [SettingKey] {
        let base = "rules.value."
        let day: Int64 = 86_400_000
        return [
            .boolean(
                base + "enabled", \.rules.value.isEnabled,
                "Whether records say what the customer is worth; needs parameters fitted to the shop.",
                example: "true"),
            .positive(
                base + "parameters.p", \.rules.value.p,
                "Shape of the distribution of a customer's order values; with q above 1.", example: "4.2"),
            .positive(
                base + "parameters.q", \.rules.value.q,
                "Shape of the distribution of their scales between customers.", example: "3.1"),
            .positive(
                base + "parameters.v", \.rules.value.v,
                "Scale of the distribution of their scales, in the configured currency.", example: "220.5"),
            .duration(
                base + "horizon", \.rules.value.horizonMilliseconds, day...3_650 * day,
                "How far ahead orders count; at most 1000 times alpha of churn_risk.", example: "180d"),
            .number(
                base + "discount", \.rules.value.discount, 0...1,
                "How much less a year away counts, as a share a year.", example: "0.3"),
            .number(
                base + "margin", \.rules.value.margin, 0...1,
                "The share of an order's value that is earned.", example: "0.35"),
            .money(
                base + "tiers.gold", \.rules.value.goldBound, Money.zero...Money.fieldMax,
                "The tier gold begins at this value.", example: "20000"),
            .money(
                base + "tiers.silver", \.rules.value.silverBound, Money.zero...Money.fieldMax,
                "The tier silver begins at this value, below that of gold; all others are bronze.",
                example: "250"),
        ]
    }
}
