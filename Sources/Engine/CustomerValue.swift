public import Model
public import Primitives

/// What a customer is worth, as far as the models can tell.
public struct CustomerValue: Sendable, Equatable {
    /// Expected margin within the horizon, discounted; whole hundredths of the configured currency.
    public let clv: Money
    /// The class of `clv`.
    public let tier: ValueTier
    /// Expected orders within the horizon, each discounted to now.
    public let orders: Double
    /// Expected value of one order, in major units, before the margin.
    public let orderValue: Double
}

extension Engine {
    /// What the loaded customer is worth at `time`, or at the last order if that is later.
    ///
    /// - Returns: nil if `rules.value` is off, without an order, and if an order was in another currency, since
    ///   `spend` is not the whole then.
    /// - Complexity: microseconds; nothing is allocated.
    func customerValue(at time: EventTime) -> CustomerValue? {
        guard let value, customer.orderCount > 0, !customer.hasOtherCurrency else { return nil }
        let now = max(time, customer.lastOrder)
        let alive = churn.probability(
            orderCount: customer.orderCount, first: customer.firstOrder, last: customer.lastOrder, at: now)
        return value.value(
            alive: alive, orderCount: customer.orderCount, first: customer.firstOrder, now: now,
            spend: customer.spend)
    }

    /// Appends `clv` and `tier` to a record, if `rules.value` is on; what is not known is null.
    ///
    /// - Parameter time: the instant of the record; nil if nothing is to be said of the customer any more.
    func writeValue(at time: EventTime?, to record: inout RecordWriter) {
        guard value != nil else { return }
        guard let known = time.flatMap({ customerValue(at: $0) }) else {
            record.append(",\"clv\":null,\"tier\":null")
            return
        }
        record.append(",\"clv\":")
        record.append(money: Int128(known.clv.tenThousandths))
        record.append(",\"tier\":\"")
        record.append(name: known.tier.name)
        record.append("\"")
    }
}
