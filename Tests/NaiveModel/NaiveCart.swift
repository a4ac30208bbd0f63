/// The abandoned cart. Source: contract, section 3.
extension NaiveCustomer {
    private static let skuCountMax = 200

    /// Changes the cart as `event` says.
    mutating func changeCart(_ event: NaiveEvent, config: NaiveConfig) {
        let time = event.timestamp
        switch event.kind {
        case .cartClear, .orderPlaced: clearCart(until: time)
        case .cartSet where event.items.isEmpty: clearCart(until: time)
        case .cartAdd, .cartRemove, .cartSet, .cartCheckout:
            if let cleared, time <= cleared { return }
            if event.kind == .cartAdd { add(event) }
            if event.kind == .cartRemove { remove(event) }
            if event.kind == .cartSet {
                if let lastActivity, time < lastActivity { return }
                replaceCart(event)
            }
            noteActivity(event, config: config)
        default: break
        }
        if cart.isEmpty { forgetActivity() }
    }

    private mutating func clearCart(until time: Int64) {
        cleared = newest(cleared, time)
        cart.removeAll { $0.touched <= time }
    }

    private mutating func forgetActivity() {
        lastActivity = nil
        lastActivityEvent = nil
        start = 0
        step = 0
        cartIsTruncated = false
    }

    private mutating func add(_ event: NaiveEvent) {
        let quantity = event.quantity ?? 1
        if let index = cart.firstIndex(where: { $0.sku == event.sku }) {
            cart[index].quantity += quantity
            if let price = event.money, event.timestamp >= cart[index].touched {
                cart[index].price = price
                cart[index].currency = event.currency
            }
            cart[index].touched = max(cart[index].touched, event.timestamp)
        } else if cart.count == Self.skuCountMax {
            cartIsTruncated = true
        } else {
            cart.append(
                CartItem(
                    sku: event.sku, quantity: quantity, price: event.money, currency: event.currency,
                    touched: event.timestamp))
        }
    }

    private mutating func remove(_ event: NaiveEvent) {
        guard let index = cart.firstIndex(where: { $0.sku == event.sku }) else { return }
        cart[index].touched = max(cart[index].touched, event.timestamp)
        if let quantity = event.quantity, quantity < cart[index].quantity {
            cart[index].quantity -= quantity
        } else {
            cart.remove(at: index)
        }
    }

    private mutating func replaceCart(_ event: NaiveEvent) {
        cart = []
        cartIsTruncated = false
        for item in event.items {
            if let index = cart.firstIndex(where: { $0.sku == item.sku }) {
                cart[index].quantity += item.quantity
                cart[index].price = item.price ?? cart[index].price
            } else if cart.count == Self.skuCountMax {
                cartIsTruncated = true
            } else {
                cart.append(
                    CartItem(
                        sku: item.sku, quantity: item.quantity, price: item.price, currency: event.currency,
                        touched: event.timestamp))
            }
        }
        cleared = newest(cleared, event.timestamp - 1)
    }

    private mutating func noteActivity(_ event: NaiveEvent, config: NaiveConfig) {
        guard !cart.isEmpty else { return }
        if let lastActivity, event.timestamp <= lastActivity { return }
        lastActivity = event.timestamp
        lastActivityEvent = event.id
        step = 0
        start = event.timestamp
        if let lastFirstStep { start = max(start, lastFirstStep + config.cooldown - config.steps[0]) }
    }

    /// When the next step of the cart is due, or nil.
    func cartDue(_ config: NaiveConfig) -> Int64? {
        guard config.cartEnabled, !cart.isEmpty, lastActivity != nil, step < config.steps.count else {
            return nil
        }
        return start + config.steps[step]
    }

    /// Fires the step that is due at `due`.
    mutating func fireCart(at due: Int64, channel: String, config: NaiveConfig) -> NaiveRecord? {
        let number = step + 1
        step += 1
        guard var newestItem = cart.first else { return nil }
        for item in cart where item.touched >= newestItem.touched { newestItem = item }
        let currency = newestItem.currency
        let priced = cart.filter { $0.price != nil && $0.currency == currency }
        let sum = priced.reduce(Int128(0)) { $0 + Int128($1.quantity) * Int128($1.price ?? 0) }
        guard sum >= Int128(config.minValue) else { return nil }

        var record = NaiveRecord(
            type: "abandoned_cart", customer: name, at: due, discriminator: Bytes(String(number).utf8))
        record.add("step", raw: String(number))
        record.add("steps", raw: String(config.steps.count))
        record.add("since", time: lastActivity)
        record.add("items", array: cart.map { text(of: $0, cartCurrency: currency) })
        record.add("value", raw: priced.isEmpty ? "null" : moneyText(sum))
        record.add("currency", string: currency)
        record.add("channel", string: Bytes(channel.utf8))
        record.add("last_event", string: lastActivityEvent)
        record.add("cause", raw: "\"timer\"")
        if cartIsTruncated { record.add("truncated", raw: "true") }
        if number == 1 { lastFirstStep = due }
        unsettledRecord = CartRecord(id: record.id, at: due, step: number)
        return record
    }

    private func text(of item: CartItem, cartCurrency: Bytes) -> Bytes {
        var text = Bytes("{\"sku\":".utf8) + quoted(item.sku) + Bytes(",\"qty\":\(item.quantity)".utf8)
        if let price = item.price { text += Bytes(",\"price\":\(moneyText(Int128(price)))".utf8) }
        if item.currency != cartCurrency { text += Bytes(",\"currency\":".utf8) + quoted(item.currency) }
        return text + Bytes("}".utf8)
    }

    /// Settles the latest abandoned-cart record with an order.
    mutating func settle(_ order: NaiveEvent, config: NaiveConfig) -> NaiveRecord? {
        guard let settled = unsettledRecord else { return nil }
        unsettledRecord = nil
        let time = order.timestamp
        guard settled.at <= time, time <= settled.at + config.recoveryWindow else { return nil }
        var record = NaiveRecord(
            type: "cart_recovered", customer: name, at: time, discriminator: order.order)
        record.add("order", string: order.order)
        record.add("value", raw: moneyText(Int128(order.money ?? 0)))
        record.add("currency", string: order.currency)
        record.add("step", raw: String(settled.step))
        record.add("trigger", string: Bytes(settled.id.utf8))
        record.add("after_ms", raw: String(time - settled.at))
        record.add("cause", string: order.id)
        return record
    }
}
