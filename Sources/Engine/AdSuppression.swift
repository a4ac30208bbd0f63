import Model
import Primitives

/// Contract, section 5: the reasons for showing a customer no ads, and when each ends.
extension Engine {
    mutating func applyAdClick(at time: EventTime) {
        if customer.orderCount > 0, time <= customer.lastOrder { return }
        let needed = rules.adSuppression.fatigueClickCount
        var place = customer.adClicks.count
        while place > 0, customer.adClicks[place - 1] > time { place -= 1 }
        if customer.adClicks.count < needed {
            customer.adClicks.insert(time, at: place)
        } else if place > 0 {
            customer.adClicks.remove(at: 0)
            customer.adClicks.insert(time, at: place - 1)
        }
        if customer.fatigueEnd > watermark || isFatigued() { setFatigueEnd() }
    }

    /// An order that is newer than all before: clicks up to it count no more.
    mutating func dropAdClicks(upTo time: EventTime) {
        while customer.adClicks.count > 0, customer.adClicks[0] <= time { customer.adClicks.remove(at: 0) }
        if customer.fatigueEnd != .distantPast, !isFatigued() { customer.fatigueEnd = .distantPast }
    }

    /// Whether the newest N clicks lie within the window.
    private func isFatigued() -> Bool {
        let rules = rules.adSuppression
        let count = customer.adClicks.count
        guard count >= rules.fatigueClickCount else { return false }
        let span = customer.adClicks[count - 1] - customer.adClicks[count - rules.fatigueClickCount]
        return span <= rules.fatigueWindowMilliseconds
    }

    private mutating func setFatigueEnd() {
        let newest = customer.adClicks[customer.adClicks.count - 1]
        customer.fatigueEnd = newest + rules.adSuppression.fatigueCoolOffMilliseconds
    }

    /// When `recent_purchase` ends; `distantPast` without an order.
    private func purchaseEnd() -> EventTime {
        guard customer.orderCount > 0 else { return .distantPast }
        return customer.lastOrder + rules.adSuppression.recentPurchaseMilliseconds
    }

    /// When the next of the reasons that hold ends by itself, or `never`.
    func suppressionEnd() -> EventTime {
        var end = EventTime.never
        if customer.reasons.contains(.adFatigue) { end = min(end, customer.fatigueEnd) }
        if customer.reasons.contains(.recentPurchase) { end = min(end, purchaseEnd()) }
        return end
    }

    /// Works out the reasons that hold after an instant, and says so if they or their end have changed.
    ///
    /// - Parameter now: the watermark at an event, the due time at a timer.
    mutating func settleSuppression(
        now: EventTime, at: EventTime, cause: RecordCause, into records: inout RecordBuffer
    ) {
        if customer.fatigueEnd <= now { customer.fatigueEnd = .distantPast }
        guard rules.adSuppression.isEnabled else { return }
        var reasons: SuppressionReasons = []
        var until = EventTime.distantPast
        if customer.fatigueEnd > now {
            reasons.insert(.adFatigue)
            until = max(until, customer.fatigueEnd)
        }
        // Past its end the reason is over for good, even for a late timer that is due before that.
        if purchaseEnd() > max(now, watermark) {
            reasons.insert(.recentPurchase)
            until = max(until, purchaseEnd())
        }
        if customer.level != .none, customer.level >= rules.adSuppression.churnLevel {
            reasons.insert(.churnRisk)
            until = .never
        }
        if hasWithdrawnAds() {
            reasons.insert(.optedOut)
            until = .never
        }
        if reasons.isEmpty { until = .never }
        guard reasons != customer.reasons || until != customer.until else { return }
        customer.reasons = reasons
        customer.until = until
        emitSuppression(
            reasons, until: until, at: at, valueAt: max(now, at), cause: cause, into: &records)
    }

    func emitSuppression(
        _ reasons: SuppressionReasons, until: EventTime, at: EventTime, valueAt: EventTime?,
        cause: RecordCause, into records: inout RecordBuffer
    ) {
        var record = records.begin(.adSuppression, customer: customer.key, at: at)
        if reasons.isEmpty {
            record.append(",\"suppressed\":false,\"reasons\":[")
            record.identify("none")
        } else {
            record.append(",\"suppressed\":true,\"reasons\":[")
        }
        var isFirst = true
        for index in 0..<5 where reasons.rawValue & 1 << UInt8(index) != 0 {
            let name = SuppressionReasons.name(index)
            if !isFirst {
                record.append(",")
                record.identify(",")
            }
            isFirst = false
            record.append("\"")
            record.append(name: name)
            record.append("\"")
            record.identify(name)
        }
        record.identify("@")
        record.append("],\"until\":")
        if until == .never {
            record.append("null")
        } else {
            record.identify(decimal: until.milliseconds)
            record.append(quoted: until)
        }
        writeValue(at: valueAt, to: &record)
        cause.write(to: &record)
        records.finish(record)
    }
}
