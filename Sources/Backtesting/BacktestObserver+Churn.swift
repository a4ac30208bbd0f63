import Fitting
import Model
import Primitives

/// Alerts, and the looks at every customer at the beginning of each window.
extension BacktestObserver {
    func seeLevel(_ index: Int, _ hash: UInt64, at: EventTime, _ level: Int, _ previous: Int) {
        guard level > previous else { return }
        for place in previous..<level {
            counts.add(BacktestMetric.alerts(place), hash: hash)
            let quiet = at.milliseconds - ledger[index].lastOrder.milliseconds
            if ledger[index].orderCount > 0, quiet >= 0 { quietDays[place].add(quiet / Self.dayMilliseconds) }
            ledger[index].alerts[place] = at
        }
        guard level == BacktestMetric.levelCount else { return }
        for place in 0..<BacktestMetric.levelCount - 1 where ledger[index].alerts[place] != .never {
            leadDays[place].add((at - ledger[index].alerts[place]) / Self.dayMilliseconds)
        }
    }

    /// An order decides all alerts before it; one that came too late for a window means that the customer had
    /// left.
    func settleAlerts(_ index: Int, _ hash: UInt64, orderAt time: EventTime) {
        for level in 0..<BacktestMetric.levelCount {
            let at = ledger[index].alerts[level]
            guard at != .never, time > at else { continue }
            let matures = at + options.windowMilliseconds
            let metric =
                time <= matures ? BacktestMetric.alertsReturned(level) : BacktestMetric.alertsLapsed(level)
            counts.add(metric, hash: hash, matures: matures)
            ledger[index].alerts[level] = .never
        }
    }

    /// Looks at the customer at the beginning of every window up to `end`, itself not included, that is not
    /// yet done.
    ///
    /// Windows follow each other from 1970 on. The customer's orders up to here are all before those moments.
    /// - Parameter order: the order that comes next; nil if none does.
    func lookAtWindows(_ index: Int, _ hash: UInt64, before end: EventTime, orderAt order: EventTime? = nil) {
        let window = options.windowMilliseconds
        let rules = options.rules.churnRisk
        let customer = ledger[index]
        // The number of the first window that begins at `end` or later.
        let stop = (end.milliseconds + window - 1) / window
        guard customer.orderCount > 0, rules.isEnabled else {
            ledger[index].nextWindow = stop
            return
        }
        guard stop > customer.nextWindow else { return }
        if customer.orderCount >= Int32(truncatingIfNeeded: rules.orderCountMin) {
            for number in customer.nextWindow..<stop {
                look(customer, hash, at: EventTime(milliseconds: number * window), order: order)
            }
        }
        ledger[index].nextWindow = stop
    }

    private func look(_ customer: CustomerOutcomes, _ hash: UInt64, at time: EventTime, order: EventTime?) {
        guard time >= customer.lastOrder else { return }
        let rules = options.rules.churnRisk
        let unit = Double(rules.timeUnitMilliseconds)
        let matures = time + options.windowMilliseconds
        let repeats = customer.orderCount - 1
        let recency = Double(customer.lastOrder - customer.firstOrder) / unit
        let age = Double(time - customer.firstOrder) / unit
        let alive = model.probabilityAlive(repeats: repeats, recency: recency, age: age)
        let chance = model.probabilityOfOrder(
            repeats: repeats, recency: recency, age: age, within: Double(options.windowMilliseconds) / unit)
        let hasReturned = order.map { $0 <= matures } ?? false
        let place = min(Int(alive * Double(BacktestMetric.classCount)), BacktestMetric.classCount - 1)
        let scale = BacktestMetric.probabilityScale
        counts.add(BacktestMetric.classCustomers(place), hash: hash, matures: matures)
        counts.add(BacktestMetric.classChances(place), Int64(chance * scale), hash: hash, matures: matures)
        counts.add(BacktestMetric.classAlive(place), Int64(alive * scale), hash: hash, matures: matures)
        if hasReturned { counts.add(BacktestMetric.classReturned(place), hash: hash, matures: matures) }
        let thresholds = [rules.watchThreshold, rules.atRiskThreshold, rules.lostThreshold]
        for (level, threshold) in thresholds.enumerated() where alive <= threshold {
            counts.add(BacktestMetric.flagged(level), hash: hash, matures: matures)
            if !hasReturned { counts.add(BacktestMetric.flaggedLapsed(level), hash: hash, matures: matures) }
        }
    }
}
