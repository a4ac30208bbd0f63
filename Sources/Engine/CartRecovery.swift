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
        records.begin(.cartRecovered, customer: customer.key.bytes, at: event.timestamp)
        records.values.append(",\"order\":")
        records.values.append(quoted: order)
        records.values.append(",\"value\":")
        records.values.append(money: Int128(event.amount.tenThousandths))
        records.values.append(",\"currency\":\"")
        records.values.append(event.currency)
        records.values.append("\",\"step\":")
        records.values.append(decimal: step)
        records.values.append(",\"trigger\":\"")
        records.beginIdentity(.abandonedCart, customer: customer.key.bytes, at: at)
        records.identity.append(decimal: step)
        records.appendID()
        records.values.append("\",\"after_ms\":")
        records.values.append(decimal: event.timestamp - at)
        cause(event, batch).write(to: &records.values)
        records.beginIdentity(.cartRecovered, customer: customer.key.bytes, at: event.timestamp)
        records.identity.append(order)
        records.finish()
    }
}
