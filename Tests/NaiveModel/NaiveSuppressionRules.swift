/// Ad suppression. Source: contract, section 5.
extension NaiveCustomer {
    /// An `order.placed`, before the order itself has been counted.
    mutating func suppressAfterOrder(at time: Int64, watermark: Int64, config: NaiveConfig) {
        if let lastOrder, time <= lastOrder { return }
        let end = time + config.recentPurchase
        purchaseEnd = end > watermark ? end : nil
        adClicks.removeAll { $0 <= time }
        if !clicksLieWithinWindow(config) { fatigueEnd = nil }
    }

    /// A `click.ad`.
    mutating func countAdClick(at time: Int64, watermark: Int64, config: NaiveConfig) {
        if let lastOrder, time <= lastOrder { return }
        adClicks = (adClicks + [time]).sorted()
        guard fatigueEnd != nil || clicksLieWithinWindow(config), let newest = adClicks.last else { return }
        let end = newest + config.fatigueCoolOff
        fatigueEnd = end > watermark ? end : nil
    }

    /// Whether the newest N clicks lie within the window.
    private func clicksLieWithinWindow(_ config: NaiveConfig) -> Bool {
        let newest = adClicks.suffix(config.fatigueClicks)
        guard newest.count == config.fatigueClicks, let first = newest.first, let last = newest.last else {
            return false
        }
        return last - first <= config.fatigueWindow
    }

    /// When the next reason ends, or nil.
    func suppressionDue(_ config: NaiveConfig) -> Int64? {
        config.suppressionEnabled ? [purchaseEnd, fatigueEnd].compactMap { $0 }.min() : nil
    }

    /// Ends the reasons whose time is over at `time`.
    mutating func endReasons(at time: Int64) {
        if let purchaseEnd, purchaseEnd <= time { self.purchaseEnd = nil }
        if let fatigueEnd, fatigueEnd <= time { self.fatigueEnd = nil }
    }

    /// The reasons that hold now.
    private func suppression(_ config: NaiveConfig) -> NaiveSuppression {
        var ends: [(reason: String, end: Int64?)] = []
        if let fatigueEnd { ends.append(("ad_fatigue", fatigueEnd)) }
        if level != .none && level.rawValue >= config.churnLevel.rawValue { ends.append(("churn_risk", nil)) }
        if hasWithdrawnAds { ends.append(("opted_out", nil)) }
        if let purchaseEnd { ends.append(("recent_purchase", purchaseEnd)) }
        let known = ends.compactMap { $0.end }
        return NaiveSuppression(
            reasons: ends.map { $0.reason }, until: known.count == ends.count ? known.max() : nil)
    }

    /// After an instant: a record if the reasons or their end differ from those before.
    mutating func reportSuppression(at time: Int64, cause: Bytes?, config: NaiveConfig) -> NaiveRecord? {
        guard config.suppressionEnabled else { return nil }
        let now = suppression(config)
        guard now != reportedSuppression else { return nil }
        reportedSuppression = now
        return suppressionRecord(now, at: time, cause: cause)
    }

    /// The record that an erasure emits.
    func erasedRecord(at time: Int64, cause: Bytes?, config: NaiveConfig) -> NaiveRecord? {
        guard config.suppressionEnabled else { return nil }
        return suppressionRecord(NaiveSuppression(reasons: ["erased"], until: nil), at: time, cause: cause)
    }

    private func suppressionRecord(_ state: NaiveSuppression, at time: Int64, cause: Bytes?) -> NaiveRecord {
        let reasons = state.reasons.isEmpty ? "none" : state.reasons.joined(separator: ",")
        let discriminator = reasons + "@" + (state.until.map { String($0) } ?? "")
        var record = NaiveRecord(
            type: "ad_suppression", customer: name, at: time, discriminator: Bytes(discriminator.utf8))
        record.add("suppressed", raw: state.reasons.isEmpty ? "false" : "true")
        record.add("reasons", array: state.reasons.map { quoted(Bytes($0.utf8)) })
        record.add("until", time: state.until)
        record.add("cause", string: cause)
        return record
    }

    /// Where an abandoned-cart record may reach the customer, as things were before the instant.
    func channel(_ config: NaiveConfig) -> String {
        if canBeMailed(config) { return "email" }
        return reportedSuppression.reasons.isEmpty && !hasWithdrawnAds ? "ads" : "onsite"
    }
}
