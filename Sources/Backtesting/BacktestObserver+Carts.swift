import Primitives

/// Abandoned carts, and the orders that came anyway.
extension BacktestObserver {
    private static let hourMilliseconds: Int64 = 3_600_000

    func seeCart(_ index: Int, _ hash: UInt64, at: EventTime, _ step: Int, since: EventTime) {
        let steps = options.rules.abandonedCart.stepMilliseconds
        guard step >= 1, step <= min(steps.count, BacktestMetric.stepCountMax) else { return }
        if ledger[index].cartSince != since {
            settleCart(index, hash, order: nil)
            ledger[index].cartSince = since
            ledger[index].cartStart = at - steps[step - 1]
        }
        ledger[index].cartSteps |= 1 << UInt16(step - 1)
    }

    /// Decides the customer's cart: by an order and its value, or by another cart or the end of the log.
    func settleCart(_ index: Int, _ hash: UInt64, order: (time: EventTime, value: Int64)?) {
        let customer = ledger[index]
        guard customer.cartStart != .never else { return }
        let rules = options.rules.abandonedCart
        for step in 0..<min(rules.stepMilliseconds.count, BacktestMetric.stepCountMax)
        where customer.cartSteps & 1 << UInt16(step) != 0 {
            let at = customer.cartStart + rules.stepMilliseconds[step]
            let matures = at + rules.recoveryWindowMilliseconds
            counts.add(BacktestMetric.cartRecords(step), hash: hash, matures: matures)
            guard let order, order.time >= at, order.time <= matures else { continue }
            counts.add(BacktestMetric.cartRecovered(step), hash: hash, matures: matures)
            counts.add(BacktestMetric.cartValue(step), order.value, hash: hash, matures: matures)
            if step == 0 {
                let hours = (order.time - customer.cartSince) / Self.hourMilliseconds
                let place = min(Int(max(hours, 0)), BacktestMetric.hourCount - 1)
                counts.add(BacktestMetric.cartHours(place), hash: hash, matures: matures)
            }
        }
        ledger[index].cartSince = .never
        ledger[index].cartStart = .never
        ledger[index].cartSteps = 0
    }
}
