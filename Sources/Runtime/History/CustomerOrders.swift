import Model
import Primitives

/// The orders of one customer up to the end of the calibration, and how many came after it.
///
/// Orders count as in the engine: contract, section 1 (duplicates) and section 4 (merging).
struct CustomerOrders: BitwiseCopyable {
    /// Hashes of the last ids and order ids, as rings. Sources of the 8 and the 4: contract, section 1.
    private var ids = InlineArray<8, UInt64>(repeating: 0)
    private var orders = InlineArray<4, UInt64>(repeating: 0)
    private var idCount: UInt32 = 0
    private var orderIDCount: UInt32 = 0

    /// Orders up to the end of the calibration, merged.
    private(set) var orderCount: Int32 = 0
    /// Orders after it, merged.
    private(set) var holdoutCount: Int32 = 0
    private(set) var first = EventTime.distantPast
    private(set) var last = EventTime.distantPast
    private var holdoutFirst = EventTime.distantPast
    private var holdoutLast = EventTime.distantPast
    /// Value of all calibration orders, and of those in the period of the first, in ten-thousandths.
    private var value = Money.zero
    private var firstPeriodValue = Money.zero
    /// Whether an order was in another currency than the configured one, so that the values are not the
    /// whole.
    private var hasOtherCurrency = false

    init() {}

    /// Whether an event with this id is new; remembers it.
    mutating func isNew(id: UInt64) -> Bool {
        for index in 0..<min(Int(idCount), 8) where ids[index] == id { return false }
        ids[Int(idCount & 7)] = id
        idCount = idCount &+ 1 == 0 ? 8 : idCount &+ 1
        return true
    }

    /// Whether an order with this order id is new; remembers it.
    mutating func isNew(order: UInt64) -> Bool {
        for index in 0..<min(Int(orderIDCount), 4) where orders[index] == order { return false }
        orders[Int(orderIDCount & 3)] = order
        orderIDCount = orderIDCount &+ 1 == 0 ? 4 : orderIDCount &+ 1
        return true
    }

    /// Adds an order.
    ///
    /// - Parameter amount: its value, nil if it is in another currency.
    mutating func add(at time: EventTime, amount: Money?, merge: Int64, calibrationEnd: EventTime) {
        if time > calibrationEnd {
            addHoldout(at: time, merge: merge)
            return
        }
        let period = time.milliseconds / merge
        if orderCount == 0 {
            orderCount = 1
            first = time
            last = time
        } else {
            let firstPeriod = first.milliseconds / merge
            if period != firstPeriod, period != last.milliseconds / merge {
                orderCount = orderCount == .max ? .max : orderCount + 1
            }
            // What came before in another period than the new first order now counts among the repeats.
            if period < firstPeriod { firstPeriodValue = .zero }
            first = min(first, time)
            last = max(last, time)
        }
        guard let amount else {
            hasOtherCurrency = true
            return
        }
        value = value.addingSaturated(amount)
        if period == first.milliseconds / merge {
            firstPeriodValue = firstPeriodValue.addingSaturated(amount)
        }
    }

    private mutating func addHoldout(at time: EventTime, merge: Int64) {
        let period = time.milliseconds / merge
        let isSameAsLast = orderCount > 0 && period == last.milliseconds / merge
        let ends = [holdoutFirst.milliseconds / merge, holdoutLast.milliseconds / merge]
        let isSameAsEither = holdoutCount > 0 && ends.contains(period)
        guard !isSameAsLast, !isSameAsEither else { return }
        holdoutFirst = holdoutCount == 0 ? time : min(holdoutFirst, time)
        holdoutLast = holdoutCount == 0 ? time : max(holdoutLast, time)
        holdoutCount = holdoutCount == .max ? .max : holdoutCount + 1
    }

    /// Mean value of the repeat orders in major units; nil without any, or if it is 0 or not known.
    var repeatValueMean: Double? {
        let rest = value.tenThousandths - firstPeriodValue.tenThousandths
        guard orderCount > 1, !hasOtherCurrency, rest > 0 else { return nil }
        return Double(rest) / 10_000 / Double(orderCount - 1)
    }
}
