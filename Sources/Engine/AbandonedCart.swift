import Model
import Primitives

/// Contract, section 3: what cart events do, and the steps of an abandoned cart.
extension Engine {
    mutating func applyCart(_ event: Event, _ batch: borrowing EventBatch) {
        let isClear = event.kind == .cartClear || (event.kind == .cartSet && event.itemCount == 0)
        if isClear {
            clearCart(upTo: event.timestamp)
            return
        }
        guard event.timestamp > customer.cartCleared else { return }
        customer.cart.unpackItems()
        switch event.kind {
        case .cartAdd: add(event, batch)
        case .cartRemove: remove(event, batch)
        case .cartSet:
            guard event.timestamp >= customer.cart.activity else { return }
            replace(event, batch)
        default: break
        }
        noteActivity(event, batch)
    }

    private mutating func add(_ event: Event, _ batch: borrowing EventBatch) {
        let sku = batch.bytes(of: event.subject)
        guard let index = customer.cart.index(of: sku) else {
            append(sku, Int64(event.quantity), event.amount, event)
            return
        }
        customer.cart.update(index) { item in
            item.quantity += Int64(event.quantity)
            if event.amount.isPresent, event.timestamp >= item.touched {
                item.price = event.amount
                item.currency = event.currency
            }
            item.touched = max(item.touched, event.timestamp)
        }
    }

    private mutating func append(
        _ sku: UnsafeRawBufferPointer, _ quantity: Int64, _ price: Money, _ event: Event
    ) {
        guard customer.cart.items.count < Cart.itemCountMax else {
            customer.cart.isTruncated = true
            counters.droppedItemCount += 1
            return
        }
        customer.cart.append(
            sku: sku, quantity: quantity, price: price, currency: event.currency, touched: event.timestamp)
    }

    private mutating func remove(_ event: Event, _ batch: borrowing EventBatch) {
        guard let index = customer.cart.index(of: batch.bytes(of: event.subject)) else { return }
        let quantity = Int64(event.quantity)
        if quantity == 0 || customer.cart.items[index].quantity <= quantity {
            customer.cart.remove(at: index)
        } else {
            customer.cart.update(index) { item in
                item.quantity -= quantity
                item.touched = max(item.touched, event.timestamp)
            }
        }
    }

    private mutating func replace(_ event: Event, _ batch: borrowing EventBatch) {
        customer.cart.removeAllItems()
        customer.cart.isTruncated = false
        for index in Int(event.firstItem)..<Int(event.firstItem + event.itemCount) {
            let given = batch.items[index]
            let sku = batch.bytes(of: given.sku)
            guard let place = customer.cart.index(of: sku) else {
                append(sku, Int64(given.quantity), given.price, event)
                continue
            }
            customer.cart.update(place) { item in
                item.quantity += Int64(given.quantity)
                if given.price.isPresent { item.price = given.price }
            }
        }
        customer.cartCleared = max(customer.cartCleared, event.timestamp - 1)
    }

    /// After a cart event: an empty cart forgets its steps, a newer event starts them over.
    private mutating func noteActivity(_ event: Event, _ batch: borrowing EventBatch) {
        guard !customer.cart.isEmpty else {
            forgetCart()
            return
        }
        guard event.timestamp > customer.cart.activity else { return }
        let rules = rules.abandonedCart
        customer.cart.activity = event.timestamp
        customer.cart.step = 0
        customer.cart.start = event.timestamp
        if customer.firstStepFired != .distantPast {
            let rested = customer.firstStepFired + (rules.cooldownMilliseconds - rules.stepMilliseconds[0])
            customer.cart.start = max(event.timestamp, rested)
        }
        customer.cart.lastEventID = batch.bytes(of: event.id)
    }

    private mutating func forgetCart() {
        customer.cart.forgetActivity()
        customer.cart.isTruncated = false
    }

    /// `cart.clear` and `order.placed`: what was touched up to `time` is settled.
    mutating func clearCart(upTo time: EventTime) {
        customer.cartCleared = max(customer.cartCleared, time)
        guard !customer.cart.isEmpty else { return }
        customer.cart.unpackItems()
        customer.cart.removeItems(touchedUpTo: time)
        if customer.cart.isEmpty { forgetCart() }
    }

    /// When the cart's next step is due, or `never`.
    func cartStepDue() -> EventTime {
        let rules = rules.abandonedCart
        guard rules.isEnabled, customer.cart.activity != .distantPast,
            customer.cart.step < rules.stepMilliseconds.count
        else { return .never }
        return customer.cart.start + rules.stepMilliseconds[customer.cart.step]
    }

    mutating func fireCartStep(at due: EventTime, into records: inout RecordBuffer) {
        let step = customer.cart.step
        customer.cart.step += 1
        customer.cart.unpackItems()
        let currency = customer.cart.currency
        let value = customer.cart.value(in: currency)
        guard value ?? 0 >= Int128(rules.abandonedCart.minValue.tenThousandths) else { return }
        if step == 0 { customer.firstStepFired = due }
        customer.abandonedAt = due
        customer.abandonedStep = UInt8(step + 1)
        emitAbandonedCart(at: due, currency: currency, value: value, into: &records)
    }

    private func emitAbandonedCart(
        at: EventTime, currency: Currency, value: Int128?, into records: inout RecordBuffer
    ) {
        var record = records.begin(
            .abandonedCart, customer: customer.key, at: at,
            itemByteCountMax: customer.cart.recordByteCountMax)
        record.identify(decimal: Int64(customer.abandonedStep))
        record.append(",\"step\":")
        record.append(decimal: Int64(customer.abandonedStep))
        record.append(",\"steps\":")
        record.append(decimal: Int64(rules.abandonedCart.stepMilliseconds.count))
        record.append(",\"since\":")
        record.append(quoted: customer.cart.activity)
        record.append(",\"items\":[")
        var index = 0
        while index < customer.cart.items.count {
            let item = customer.cart.items[index]
            if index > 0 { record.append(",") }
            writeItem(item, cartCurrency: currency, to: &record)
            index += 1
        }
        record.append("],\"value\":")
        if let value { record.append(money: value) } else { record.append("null") }
        record.append(",\"currency\":\"")
        record.append(currency)
        record.append("\",\"channel\":\"")
        record.append(name: channel())
        record.append("\",\"last_event\":")
        if customer.cart.lastEventID.count == 0 {
            record.append("null")
        } else {
            record.append(quoted: customer.cart.lastEventID)
        }
        writeValue(at: at, to: &record)
        RecordCause.timer.write(to: &record)
        if customer.cart.isTruncated { record.append(",\"truncated\":true") }
        records.finish(record)
    }

    @inline(__always)
    private func writeItem(_ item: CartItem, cartCurrency: Currency, to record: inout RecordWriter) {
        record.append("{\"sku\":")
        record.append(quoted: item.sku)
        record.append(",\"qty\":")
        record.append(decimal: item.quantity)
        if item.price.isPresent {
            record.append(",\"price\":")
            record.append(money: Int128(item.price.tenThousandths))
        }
        if item.currency != cartCurrency {
            record.append(",\"currency\":\"")
            record.append(item.currency)
            record.append("\"")
        }
        record.append("}")
    }

    /// Where the customer can be reached, as things stood before this instant.
    private func channel() -> StaticString {
        if canBeMailed() { return "email" }
        return customer.reasons.isEmpty && !hasWithdrawnAds() ? "ads" : "onsite"
    }
}
