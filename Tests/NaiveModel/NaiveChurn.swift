import Foundation

/// Churn risk. Source: contract, section 4.
extension NaiveCustomer {
    private static let levels: [NaiveLevel] = [.watch, .atRisk, .lost]

    /// Counts an order.
    mutating func countOrder(_ order: NaiveEvent, config: NaiveConfig) {
        let time = order.timestamp
        let period = time / config.merge
        let isMerged = [firstOrder, lastOrder].contains { $0.map { $0 / config.merge } == period }
        if !isMerged { orderCount += 1 }
        firstOrder = firstOrder.map { min($0, time) } ?? time
        lastOrder = newest(lastOrder, time)
        if order.currency == config.currency {
            let (sum, overflow) = spend.addingReportingOverflow(order.money ?? 0)
            spend = overflow ? .max : sum
        }
        crossings = config.thresholds.map { crossing(of: $0, config: config) }
    }

    private func units(_ milliseconds: Int64, _ config: NaiveConfig) -> Double {
        Double(milliseconds) / Double(config.timeUnit)
    }

    /// The `b + x` of the model's formula.
    private func shape(_ x: Double, _ config: NaiveConfig) -> Double {
        config.churnModel == .mbgNBD ? config.b + x : config.b + x - 1
    }

    /// When P falls to `threshold`, or nil if that is never.
    private func crossing(of threshold: Double, config: NaiveConfig) -> Int64? {
        guard config.churnEnabled, orderCount >= config.minOrders, let firstOrder, let lastOrder else {
            return nil
        }
        let x = Double(orderCount - 1)
        if config.churnModel == .bgNBD && x == 0 { return nil }
        let tx = units(lastOrder - firstOrder, config)
        let odds = (1 / threshold - 1) * shape(x, config) / config.a
        let units = (config.alpha + tx) * pow(odds, 1 / (config.r + x)) - config.alpha
        let milliseconds = (Double(config.timeUnit) * units).rounded(.up)
        guard milliseconds <= Double(NaiveTime.latest - firstOrder) else { return nil }
        return firstOrder + Int64(max(milliseconds, -Double(firstOrder)))
    }

    private func probabilityAlive(at time: Int64, config: NaiveConfig) -> Double {
        guard let firstOrder, let lastOrder else { return 1 }
        let x = Double(orderCount - 1)
        if config.churnModel == .bgNBD && x == 0 { return 1 }
        let tx = units(lastOrder - firstOrder, config)
        let ratio = (config.alpha + units(time - firstOrder, config)) / (config.alpha + tx)
        return 1 / (1 + config.a / shape(x, config) * pow(ratio, config.r + x))
    }

    /// The deepest level whose crossing is not after `time`.
    private func level(at time: Int64) -> NaiveLevel {
        var level = NaiveLevel.none
        for (candidate, crossing) in zip(Self.levels, crossings) {
            if let crossing, crossing <= time { level = candidate }
        }
        return level
    }

    /// The next crossing into a level deeper than the one held, or nil.
    var churnDue: Int64? {
        zip(Self.levels, crossings).filter { $0.0.rawValue > level.rawValue }.compactMap { $0.1 }.min()
    }

    /// Takes the level that holds at `time`; a record if it is another one than before.
    mutating func updateLevel(
        at recordTime: Int64, evaluatedAt time: Int64, cause: Bytes?, config: NaiveConfig
    ) -> NaiveRecord? {
        guard config.churnEnabled else { return nil }
        let previous = level
        level = level(at: time)
        guard level != previous else { return nil }
        let probability = probabilityAlive(at: time, config: config)
        var record = NaiveRecord(
            type: "churn_risk", customer: name, at: recordTime, discriminator: Bytes(level.name.utf8))
        record.add("level", string: Bytes(level.name.utf8))
        record.add("previous", string: Bytes(previous.name.utf8))
        record.add("p_alive", raw: String(format: "%.4f", probability))
        record.add("orders", raw: String(orderCount))
        record.add("first_order", time: firstOrder)
        record.add("last_order", time: lastOrder)
        record.add("spend", raw: moneyText(Int128(spend)))
        record.add("currency", string: config.currency)
        record.add("cause", string: cause)
        return record
    }
}
