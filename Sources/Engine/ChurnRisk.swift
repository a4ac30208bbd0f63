import Model
import Primitives

/// Contract, section 4: orders, the level of risk, and the one timer for the next deeper level.
extension Engine {
    /// After an order has been counted: the level that holds now.
    mutating func settleLevel(
        _ event: Event, _ batch: borrowing EventBatch, into records: inout RecordBuffer
    ) {
        guard rules.churnRisk.isEnabled, customer.orderCount >= rules.churnRisk.orderCountMin else { return }
        let now = max(watermark, event.timestamp)
        let level = deepestLevel(at: now)
        if level != customer.level {
            emitChurnRisk(
                level, at: event.timestamp, probabilityAt: now, cause: cause(event, batch), into: &records)
            customer.level = level
        }
        setCrossing()
    }

    /// Counts an order; before any record of its instant, so that all of them say the same of the customer.
    mutating func count(_ event: Event) {
        let time = event.timestamp
        if customer.orderCount == 0 {
            customer.orderCount = 1
            customer.firstOrder = time
            customer.lastOrder = time
        } else {
            let period = self.period(of: time)
            if period != self.period(of: customer.firstOrder), period != self.period(of: customer.lastOrder) {
                customer.orderCount = customer.orderCount == .max ? .max : customer.orderCount + 1
            }
            customer.firstOrder = min(customer.firstOrder, time)
            customer.lastOrder = max(customer.lastOrder, time)
        }
        if event.currency == rules.currency {
            customer.spend = customer.spend.addingSaturated(event.amount)
        } else {
            customer.hasOtherCurrency = true
        }
    }

    /// Number of the period of length `merge` since 1970 that holds `time`, which is never before 1970.
    private func period(of time: EventTime) -> Int64 {
        time.milliseconds / rules.churnRisk.mergeMilliseconds
    }

    private func crossing(to level: ChurnLevel) -> EventTime {
        churn.crossing(
            to: level, orderCount: customer.orderCount, first: customer.firstOrder, last: customer.lastOrder)
    }

    /// The deepest level that has begun by `time`.
    private func deepestLevel(at time: EventTime) -> ChurnLevel {
        if crossing(to: .watch) > time { return .none }
        if crossing(to: .atRisk) > time { return .watch }
        return crossing(to: .lost) > time ? .atRisk : .lost
    }

    private mutating func setCrossing() {
        customer.crossing =
            ChurnLevel(rawValue: customer.level.rawValue + 1).map { crossing(to: $0) } ?? .never
    }

    /// Works out the next crossing under rules that have just changed; one that is over is due at once.
    mutating func renewCrossing() {
        guard customer.orderCount > 0 else { return }
        guard rules.churnRisk.isEnabled, customer.orderCount >= rules.churnRisk.orderCountMin else {
            customer.level = .none
            customer.crossing = .never
            return
        }
        setCrossing()
        customer.crossing = max(customer.crossing, watermark)
    }

    mutating func deepenLevel(at due: EventTime, into records: inout RecordBuffer) {
        let level = deepestLevel(at: due)
        emitChurnRisk(level, at: due, probabilityAt: due, cause: .timer, into: &records)
        customer.level = level
        setCrossing()
    }

    private func emitChurnRisk(
        _ level: ChurnLevel, at: EventTime, probabilityAt: EventTime, cause: RecordCause,
        into records: inout RecordBuffer
    ) {
        let probability = churn.probability(
            orderCount: customer.orderCount, first: customer.firstOrder, last: customer.lastOrder,
            at: probabilityAt)
        var record = records.begin(.churnRisk, customer: customer.key, at: at)
        record.identify(level.name)
        record.append(",\"level\":\"")
        record.append(name: level.name)
        record.append("\",\"previous\":\"")
        record.append(name: customer.level.name)
        record.append("\",\"p_alive\":")
        record.json.append(probability: probability)
        record.append(",\"orders\":")
        record.append(decimal: Int64(customer.orderCount))
        record.append(",\"first_order\":")
        record.append(quoted: customer.firstOrder)
        record.append(",\"last_order\":")
        record.append(quoted: customer.lastOrder)
        record.append(",\"spend\":")
        record.append(money: Int128(customer.spend.tenThousandths))
        record.append(",\"currency\":\"")
        record.append(rules.currency)
        record.append("\"")
        writeValue(at: probabilityAt, to: &record)
        cause.write(to: &record)
        records.finish(record)
    }
}

extension TextCursor {
    /// Adds a probability from 0 to 1 with 4 decimals: the exact binary value, rounded half to even; 6 bytes.
    mutating func append(probability: Double) {
        precondition(probability >= 0 && probability <= 1)
        // 1/2^64 is far below what 4 decimals show, and the sticky bit keeps a tie from looking like one.
        var tenThousandths: UInt64 = 0
        if probability >= 0x1p-40 {
            // The value is significand / 2^shift with a significand below 2^53 and a shift of at most 92.
            let shift = 52 - Int(probability.exponent)
            let scaled = UInt128(probability.significandBitPattern | 1 << 52) * 10_000
            let floor = scaled >> UInt128(shift)
            let rest = scaled - floor << UInt128(shift)
            let half = UInt128(1) << UInt128(shift - 1)
            let roundsUp = rest > half || (rest == half && floor & 1 == 1)
            tenThousandths = UInt64(floor) + (roundsUp ? 1 : 0)
        }
        append(UInt8(0x30 + tenThousandths / 10_000))
        append(UInt8(ascii: "."))
        var unit: UInt64 = 1_000
        while unit > 0 {
            append(UInt8(0x30 + tenThousandths / unit % 10))
            unit /= 10
        }
    }
}
