import Model
import Primitives

/// Contract, section 3, Recovery: the order that settles the latest abandoned-cart record.
extension Engine {
    mutating func settleRecovery(
        _ event: Event, _ batch: borrowing EventBatch, into records: inout RecordBuffer
    ) {
        guard customer.abandonedStep != 0 else { return }
        let at = customer.abandonedAt
        let step = Int64(customer.abandonedStep)
        customer.abandonedStep = 0
        let isWithinWindow =
            event.timestamp >= at
            && event.timestamp <= at + rules.abandonedCart.recoveryWindowMilliseconds
        guard isWithinWindow else { return }
        let order = batch.bytes(of: event.subject)
        let trigger = records.abandonedCartID(customer: customer.key, at: at, step: step)
        var record = records.begin(.cartRecovered, customer: customer.key, at: event.timestamp)
        record.identify(order)
        record.append(",\"order\":")
        record.append(quoted: order)
        record.append(",\"value\":")
        record.append(money: Int128(event.amount.tenThousandths))
        record.append(",\"currency\":\"")
        record.append(event.currency)
        record.append("\",\"step\":")
        record.append(decimal: step)
        record.append(",\"trigger\":\"")
        record.append(trigger)
        record.append("\",\"after_ms\":")
        record.append(decimal: event.timestamp - at)
        writeValue(at: max(watermark, event.timestamp), to: &record)
        cause(event, batch).write(to: &record)
        records.finish(record)
    }
}
