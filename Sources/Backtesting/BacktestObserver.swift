import Fitting
public import Model
public import Primitives

/// Watches what the engine says of some customers, and what they did afterwards.
///
/// It sees each record and each applied event once, in the order of the sequence. Memory grows with the
/// customers and with the days of the log, not with its records. Isolation: one thread at a time.
public final class BacktestObserver {
    /// How outcomes are judged.
    public struct Options: Sendable {
        /// The rules that the engine runs with.
        public var rules: Rules
        /// A customer who does not order for this long after an alert has left. At least a day.
        public var windowMilliseconds: Int64
        /// An order this soon after an ad click may be due to it.
        public var attributionMilliseconds: Int64 = 7 * 86_400_000

        /// Makes options.
        public init(rules: Rules, windowMilliseconds: Int64) {
            precondition(windowMilliseconds >= 86_400_000)
            self.rules = rules
            self.windowMilliseconds = windowMilliseconds
        }
    }

    static let dayMilliseconds: Int64 = 86_400_000

    let options: Options
    let model: PurchaseModel
    var counts = MaturingCounts()
    var ledger = CustomerLedger(fresh: CustomerOutcomes())
    /// Days from the last order to an alert, by level.
    var quietDays = [DayHistogram](repeating: DayHistogram(), count: BacktestMetric.levelCount)
    /// Days from an alert of a level to that of `lost`.
    var leadDays = [DayHistogram](repeating: DayHistogram(), count: BacktestMetric.levelCount)
    /// Cost of ad clicks by day since 1970, in ten-thousandths.
    var dailyCost: [Int64: DailyCost] = [:]
    private(set) var latest = EventTime.distantPast

    /// Makes an observer that has seen nothing.
    public init(_ options: Options) {
        self.options = options
        let churn = options.rules.churnRisk
        model = PurchaseModel(kind: churn.model, r: churn.r, alpha: churn.alpha, a: churn.a, b: churn.b)
    }

    /// A record that the engine emitted.
    public func see(_ entry: RecordBuffer.Entry, in records: borrowing RecordBuffer) {
        guard entry.kind != .cartRecovered,
            let fields = TriggerFields(records.value(of: entry), kind: entry.kind)
        else { return }
        let hash = StableHash.hash(records.customer(of: entry))
        let index = ledger.findOrAdd(hash)
        switch entry.kind {
        case .abandonedCart:
            if let cart = fields.cartStep { seeCart(index, hash, at: entry.at, cart.step, since: cart.since) }
        case .churnRisk:
            if let levels = fields.levels {
                seeLevel(index, hash, at: entry.at, levels.level, levels.previous)
            }
        case .adSuppression:
            let reasons = fields.reasons
            // An erased customer is a new one from here on.
            if reasons & 4 != 0 {
                ledger[index] = CustomerOutcomes()
            } else {
                ledger[index].reasons = reasons
            }
        case .cartRecovered: break
        }
    }

    /// An event that the engine applied, seen after the records of timers that were due before it.
    public func see(_ event: Event) {
        latest = max(latest, event.timestamp)
        switch event.kind {
        case .orderPlaced: seeOrder(ledger.findOrAdd(event.customerHash), event)
        case .clickAd: seeClick(ledger.findOrAdd(event.customerHash), event)
        case .customerErased:
            if let index = ledger.find(event.customerHash) { ledger[index] = CustomerOutcomes() }
        default: break
        }
    }

    /// Says that the whole log has come to `time`.
    public func reach(_ time: EventTime) { counts.reach(time) }

    /// Decides what is still open, the log having ended at `end`.
    public func finish(at end: EventTime) {
        counts.reach(end)
        for index in 0..<ledger.count {
            let hash = ledger.hashes[index]
            lookAtWindows(index, hash, before: end + 1)
            for level in 0..<BacktestMetric.levelCount where ledger[index].alerts[level] != .never {
                let matures = ledger[index].alerts[level] + options.windowMilliseconds
                counts.add(BacktestMetric.alertsLapsed(level), hash: hash, matures: matures)
            }
            settleCart(index, hash, order: nil)
        }
    }

    private func seeOrder(_ index: Int, _ event: Event) {
        let hash = event.customerHash
        let time = event.timestamp
        let isOwnCurrency = event.currency == options.rules.currency
        let value = isOwnCurrency && event.amount.isPresent ? event.amount.tenThousandths : 0
        settleAlerts(index, hash, orderAt: time)
        lookAtWindows(index, hash, before: time, orderAt: time)
        settleCart(index, hash, order: (time, value))
        counts.add(BacktestMetric.orders, hash: hash)
        let customer = ledger[index]
        if customer.reasons != 0 {
            counts.add(BacktestMetric.suppressedOrders, hash: hash)
            counts.add(BacktestMetric.suppressedValue, value, hash: hash)
            let clicked = customer.lastSavedClick
            if clicked <= time, time <= clicked + options.attributionMilliseconds {
                counts.add(BacktestMetric.clickedOrders, hash: hash)
                counts.add(BacktestMetric.clickedValue, value, hash: hash)
            }
        }
        ledger.update(index) {
            Self.count(&$0, orderAt: time, merge: options.rules.churnRisk.mergeMilliseconds)
        }
    }

    /// Counts an order as the engine does. Source: contract, section 4.
    private static func count(_ customer: inout CustomerOutcomes, orderAt time: EventTime, merge: Int64) {
        if customer.orderCount == 0 {
            customer.orderCount = 1
            customer.firstOrder = time
            customer.lastOrder = time
            return
        }
        let period = time.milliseconds / merge
        if period != customer.firstOrder.milliseconds / merge,
            period != customer.lastOrder.milliseconds / merge,
            customer.orderCount < .max
        {
            customer.orderCount += 1
        }
        customer.firstOrder = min(customer.firstOrder, time)
        customer.lastOrder = max(customer.lastOrder, time)
    }

    private func seeClick(_ index: Int, _ event: Event) {
        let hash = event.customerHash
        counts.add(BacktestMetric.clicks, hash: hash)
        let isOwnCurrency = event.currency == options.rules.currency
        let cost = isOwnCurrency && event.amount.isPresent ? event.amount.tenThousandths : 0
        if event.amount.isPresent, !isOwnCurrency {
            counts.add(BacktestMetric.otherCurrencyClicks, hash: hash)
        }
        counts.add(BacktestMetric.cost, cost, hash: hash)
        let reasons = ledger[index].reasons
        let day = event.timestamp.milliseconds / Self.dayMilliseconds
        dailyCost[day, default: DailyCost()].all += cost
        guard reasons != 0 else { return }
        dailyCost[day, default: DailyCost()].saved += cost
        ledger[index].lastSavedClick = max(ledger[index].lastSavedClick, event.timestamp)
        counts.add(BacktestMetric.savedClicks, hash: hash)
        counts.add(BacktestMetric.savedCost, cost, hash: hash)
        for reason in 0..<BacktestMetric.reasonNames.count where reasons & 1 << UInt8(reason) != 0 {
            counts.add(BacktestMetric.reasonClicks(reason), hash: hash)
            counts.add(BacktestMetric.reasonCost(reason), cost, hash: hash)
            if reasons.nonzeroBitCount == 1 {
                counts.add(BacktestMetric.reasonOnlyCost(reason), cost, hash: hash)
            }
        }
    }
}

/// What ad clicks of a day cost, in ten-thousandths.
struct DailyCost {
    var all: Int64 = 0
    var saved: Int64 = 0
}
