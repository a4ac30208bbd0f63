import Model
import Primitives

/// Looking at a customer, without changing one.
extension Engine {
    /// What is known of the customer with this key; nil if nothing is.
    ///
    /// To be called between events by the engine's thread. Takes a few microseconds.
    public mutating func describe(key: UnsafeRawBufferPointer) -> CustomerView? {
        let hash = StableHash.hash(key)
        guard let slot = table.find(key: key, hash: hash) else { return nil }
        return describe(table.block(of: slot), hash: hash)
    }

    /// What a stored customer's bytes say, as if the engine knew them; its watermark and rules are taken.
    ///
    /// The bytes have been checked when they were found. Isolation: whoever owns the engine.
    public mutating func describe(_ stored: StoredCustomer) -> CustomerView {
        let padded = stored.packed + [UInt8](repeating: 0, count: BlockArena.readSlackByteCount)
        return padded.withUnsafeBytes { bytes in
            // An array's elements begin at a multiple of 16 bytes; it is not empty.
            let block = bytes.baseAddress.unsafelyUnwrapped
            return describe(block, hash: StableHash.hash(PackedCustomer.key(of: block)))
        }
    }

    private mutating func describe(_ block: UnsafeRawPointer, hash: UInt64) -> CustomerView {
        let key = PackedCustomer.key(of: block)
        // The working copy is nobody's between events.
        customer.unpack(block, hash: hash)
        customer.cart.unpackItems()
        var view = CustomerView(
            key: String(decoding: key, as: UTF8.self), watermark: watermark.known,
            consent: describeConsent(), storedByteCount: PackedCustomer.byteCount(of: block))
        view.cart = describeCart()
        view.orders = describeOrders()
        for index in 0..<customer.adClicks.count { view.adClicks.append(customer.adClicks[index]) }
        view.reasons = describeReasons()
        if customer.abandonedStep != 0 {
            view.openReminder = CustomerView.OpenReminder(
                at: customer.abandonedAt, step: Int(customer.abandonedStep),
                windowEnd: customer.abandonedAt + rules.abandonedCart.recoveryWindowMilliseconds)
        }
        view.timers = describeTimers()
        view.value = customerValue(at: watermark)
        return view
    }

    private func describeConsent() -> CustomerView.Consent {
        CustomerView.Consent(
            canBeMailed: canBeMailed(), hasWithdrawnAds: hasWithdrawnAds(),
            mailWithdrawn: customer.mailWithdrawn.known, mailGranted: customer.mailGranted.known,
            adsWithdrawn: customer.adsWithdrawn.known, adsGranted: customer.adsGranted.known,
            hardBounce: customer.hardBounce.known, mailReceived: customer.mailReceived.known)
    }

    private func describeCart() -> CustomerView.CartState? {
        guard !customer.cart.isEmpty else { return nil }
        let currency = customer.cart.currency
        var items: [CustomerView.Item] = []
        for item in customer.cart.items.elements {
            items.append(
                CustomerView.Item(
                    sku: String(decoding: item.sku, as: UTF8.self),
                    quantity: item.quantity, price: item.price, currency: item.currency,
                    touched: item.touched))
        }
        return CustomerView.CartState(
            items: items, valueTenThousandths: customer.cart.value(in: currency), currency: currency,
            activity: customer.cart.activity, start: customer.cart.start, nextStep: customer.cart.step + 1,
            nextStepDue: cartStepDue().known, isTruncated: customer.cart.isTruncated)
    }

    private func describeOrders() -> CustomerView.Orders? {
        guard customer.orderCount > 0 else { return nil }
        let crossings = [ChurnLevel.watch, .atRisk, .lost].map { level in
            CustomerView.Crossing(
                level: level,
                at: churn.crossing(
                    to: level, orderCount: customer.orderCount, first: customer.firstOrder,
                    last: customer.lastOrder
                ).known)
        }
        let now = max(watermark, customer.lastOrder)
        let end = crossings.compactMap(\.at).max().map { max($0, now) } ?? now
        // A little past the last crossing, so that it lies inside the picture.
        let span = max(end - customer.firstOrder, 86_400_000)
        let step = max((span + span / 8) / Int64(CustomerView.curvePointCount - 3), 1)
        var times = (0..<CustomerView.curvePointCount - 2).map { customer.firstOrder + step * Int64($0) }
        // The curve falls from 1 at the newest order; both sides of that edge belong to the picture.
        times += [customer.lastOrder - 1, customer.lastOrder]
        let curve = times.filter { $0 >= customer.firstOrder && $0 <= .latest }.sorted().map {
            CustomerView.CurvePoint(at: $0, probability: probability(at: $0))
        }
        return CustomerView.Orders(
            count: customer.orderCount, first: customer.firstOrder, last: customer.lastOrder,
            spend: customer.spend, probability: probability(at: now), level: customer.level,
            crossings: crossings, curve: curve)
    }

    /// The formula holds from the newest order on; before it the customer evidently was one.
    private func probability(at time: EventTime) -> Double {
        guard time >= customer.lastOrder else { return 1 }
        return churn.probability(
            orderCount: customer.orderCount, first: customer.firstOrder, last: customer.lastOrder, at: time)
    }

    private func describeReasons() -> [CustomerView.Reason] {
        (0..<5).filter { customer.reasons.rawValue & 1 << UInt8($0) != 0 }.map { index in
            let reason = SuppressionReasons(rawValue: 1 << UInt8(index))
            var until: EventTime?
            if reason == .adFatigue { until = customer.fatigueEnd.known }
            if reason == .recentPurchase {
                until = customer.lastOrder + rules.adSuppression.recentPurchaseMilliseconds
            }
            return CustomerView.Reason(name: "\(SuppressionReasons.name(index))", until: until)
        }
    }

    private func describeTimers() -> [CustomerView.PendingTimer] {
        let all = [
            (CustomerView.Timer.cartStep, cartStepDue()), (.churnLevel, customer.crossing),
            (.suppressionEnd, suppressionEnd()),
        ]
        return all.compactMap { timer, due in
            due.known.map { CustomerView.PendingTimer(timer: timer, due: $0) }
        }.sorted { $0.due < $1.due }
    }
}

extension EventTime {
    /// Nil for the two that stand for no time at all.
    fileprivate var known: EventTime? { self == .distantPast || self == .never ? nil : self }
}
