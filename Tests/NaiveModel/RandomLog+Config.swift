/// Odd but valid configurations.
extension RandomLog {
    /// A duration of at least `least` milliseconds, as the configuration writes it.
    private mutating func duration(atLeast least: Int64 = 1) -> String { text(max(least, distance())) }

    /// A duration that often spans several events.
    private mutating func longDuration() -> String { text(max(1, distance() * pick([1, 3, 10, 40]))) }

    private mutating func text(_ milliseconds: Int64) -> String {
        if milliseconds.isMultiple(of: 86_400_000) && chance(50) { return "\(milliseconds / 86_400_000)d" }
        if milliseconds.isMultiple(of: 60_000) && chance(50) { return "\(milliseconds / 60_000)m" }
        return "\(milliseconds)ms"
    }

    mutating func makeConfig() -> String {
        lateness = chance(25) ? 0 : distance()
        maxAhead = distance()
        var lines = ["event_time: {allowed_lateness: \(text(lateness)), max_ahead: \(text(maxAhead))}"]
        lines.append("currency: \(pick(["TRY", "EUR", "eur"]))")
        lines.append("rules:")
        lines.append("  email_consent: \(pick(["assumed", "assumed", "explicit"]))")
        lines.append("  abandoned_cart: {\(cartRules())}")
        lines.append("  churn_risk: {\(churnRules())}")
        lines.append("  ad_suppression: {\(suppressionRules())}")
        return lines.joined(separator: "\n") + "\n"
    }

    private mutating func cartRules() -> String {
        var steps: [Int64] = []
        for _ in 0..<int(1...4) { steps.append((steps.last ?? 0) + max(1, chance(20) ? 1 : distance())) }
        let cooldown = chance(30) ? "1ms" : duration()
        return "enabled: \(!chance(6)), steps: [\(steps.map { "\($0)ms" }.joined(separator: ", "))], "
            + "min_value: \(pick(["0", "0", "0", "0.0001", "2.5", "20", "100"])), "
            + "cooldown: \(cooldown), recovery_window: \(longDuration())"
    }

    private mutating func churnRules() -> String {
        let isBG = chance(40)
        let parameters =
            chance(50)
            ? (isBG
                ? "{r: 0.243, alpha: 4.414, a: 0.793, b: 2.426}"
                : "{r: 0.525, alpha: 6.183, a: 0.891, b: 1.614}")
            : "{r: \(pick([0.1, 0.5, 1.5])), alpha: \(pick([0.5, 2.0, 7.0])), a: \(pick([0.3, 0.9, 2.0])), "
                + "b: \(pick([0.4, 1.5, 3.0]))}"
        let levels = pick([
            "{watch: 0.5, at_risk: 0.3, lost: 0.1}", "{watch: 0.9, at_risk: 0.8, lost: 0.7}",
            "{watch: 0.6, at_risk: 0.5, lost: 0.4}", "{watch: 0.5, at_risk: 0.499999999999, lost: 0.1}",
            "{watch: 0.99, at_risk: 0.2, lost: 0.01}",
        ])
        return "enabled: \(!chance(6)), model: \(isBG ? "bg_nbd" : "mbg_nbd"), parameters: \(parameters), "
            + "time_unit: \(text(unit)), merge: \(chance(30) ? "1ms" : duration()), "
            + "min_orders: \(pick([1, 1, 1, 2, 3])), levels: \(levels)"
    }

    private mutating func suppressionRules() -> String {
        "enabled: \(!chance(6)), recent_purchase: \(duration()), "
            + "churn_level: \(pick(["watch", "at_risk", "lost"])), "
            + "ad_fatigue: {clicks: \(pick([2, 2, 2, 3, 4, 8])), window: \(longDuration()), "
            + "cool_off: \(longDuration())}"
    }
}
