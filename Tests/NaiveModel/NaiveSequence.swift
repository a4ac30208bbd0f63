/// One sequence of events: its customers and its watermark. Source: contract, section 2.
struct NaiveSequence {
    let config: NaiveConfig
    private(set) var customers: [Bytes: NaiveCustomer] = [:]
    /// When the next timer of each customer is due; customers without one are absent.
    private var dueTimes: [Bytes: Int64] = [:]
    /// Nil is before all time.
    var watermark: Int64?
    var duplicateCount = 0
    var lateCount = 0

    init(config: NaiveConfig) { self.config = config }

    /// A timer that is due: the instant of one customer.
    struct Due: Comparable {
        var time: Int64
        var customer: Bytes

        static func < (left: Due, right: Due) -> Bool {
            if left.time != right.time { return left.time < right.time }
            return left.customer.lexicographicallyPrecedes(right.customer)
        }
    }

    private mutating func store(_ customer: NaiveCustomer) {
        customers[customer.name] = customer
        let times = [customer.cartDue(config), customer.churnDue, customer.suppressionDue(config)]
        dueTimes[customer.name] = times.compactMap { $0 }.min()
    }

    private mutating func forget(_ name: Bytes) {
        customers[name] = nil
        dueTimes[name] = nil
    }

    /// The first timer with a due time up to the watermark.
    func nextDue() -> Due? {
        guard let watermark else { return nil }
        var first: Due?
        for (name, time) in dueTimes where time <= watermark {
            let due = Due(time: time, customer: name)
            first = first.map { min($0, due) } ?? due
        }
        return first
    }

    /// `W = max(W, time)`, then everything due fires.
    mutating func advance(to time: Int64) -> [NaiveRecord] {
        watermark = newest(watermark, time)
        return fireDue()
    }

    private mutating func fireDue() -> [NaiveRecord] {
        var records: [NaiveRecord] = []
        while let due = nextDue() { records += fire(due) }
        return records
    }

    /// All timers of one customer at one time: one instant.
    mutating func fire(_ due: Due) -> [NaiveRecord] {
        guard var customer = customers[due.customer] else { return [] }
        let cause = Bytes("timer".utf8)
        var records: [NaiveRecord?] = []
        if customer.cartDue(config) == due.time {
            let channel = customer.channel(config)
            records.append(customer.fireCart(at: due.time, channel: channel, config: config))
        }
        if customer.churnDue == due.time {
            records.append(
                customer.updateLevel(
                    at: due.time, evaluatedAt: due.time, cause: cause, config: config))
        }
        customer.endReasons(at: due.time)
        records.append(customer.reportSuppression(at: due.time, cause: cause, config: config))
        store(customer)
        return records.compactMap { $0 }
    }

    /// Takes the next event.
    mutating func take(_ event: NaiveEvent) -> [NaiveRecord] {
        var records = advance(to: event.timestamp - config.allowedLateness)
        let watermark = watermark ?? event.timestamp
        if event.timestamp < watermark { lateCount += 1 }
        var customer = customers[event.customer] ?? NaiveCustomer(name: event.customer)
        if customer.isDuplicate(event) {
            duplicateCount += 1
        } else if event.kind == .customerErased {
            forget(event.customer)
            let record = customer.erasedRecord(at: event.timestamp, cause: event.id, config: config)
            return records + [record].compactMap { $0 }
        } else {
            records += apply(event, to: &customer, watermark: watermark)
        }
        store(customer)
        return records + fireDue()
    }

    private func apply(
        _ event: NaiveEvent, to customer: inout NaiveCustomer, watermark: Int64
    ) -> [NaiveRecord] {
        let time = event.timestamp
        var records: [NaiveRecord?] = []
        customer.noteConsent(event)
        customer.changeCart(event, config: config)
        if event.kind == .clickAd {
            customer.countAdClick(at: time, watermark: watermark, config: config)
        }
        if event.kind == .orderPlaced {
            records.append(customer.settle(event, config: config))
            customer.suppressAfterOrder(at: time, watermark: watermark, config: config)
            customer.countOrder(event, config: config)
            records.append(
                customer.updateLevel(
                    at: time, evaluatedAt: max(watermark, time), cause: event.id, config: config))
        }
        records.append(customer.reportSuppression(at: time, cause: event.id, config: config))
        return records.compactMap { $0 }
    }
}
