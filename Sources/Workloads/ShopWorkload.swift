import Model
public import Primitives

/// A believable shop: customers who browse, fill baskets, forget them, order, drift away, and get mail and ads.
///
/// A simulation of single actions in event time. Orders follow `PurchaseModel` exactly (moved to the busy
/// hours of the week), so a fit to enough of them finds its parameters again; everything else is arranged around
/// them. Costs O(log customers) an event and allocates nothing per event. One owner at a time.
public struct ShopWorkload: Workload, Sendable {
    let settings: ShopSettings
    let closing: EventTime
    let rhythm = WeeklyRhythm()
    let catalogue = Catalogue()
    var random: RandomStream
    var queue = ActionQueue()
    var customers: [ShopCustomer] = []
    /// The baskets of all customers, `ShopCustomer.lineCountMax` lines each.
    var lines: [ShopCustomer.Line]
    var now: EventTime
    private var delayed = DelayedDeliveries()
    private var madeCount = 0
    /// Keeps the ids of different seeds apart.
    private let idBase: UInt64
    private var eventNumber: UInt64 = 0
    var sessionNumber: UInt32 = 0
    var orderNumber: UInt32 = 1_000_000
    var messageNumber: UInt32 = 0

    /// Opens the shop. Time and memory grow with the customers, about 300 bytes each.
    public init(_ settings: ShopSettings = ShopSettings()) {
        precondition(settings.dayCount >= 1)
        precondition((1...ShopSettings.customerCountMax).contains(settings.customerCount))
        self.settings = settings
        closing = settings.start + Int64(settings.dayCount) * dayMilliseconds
        now = settings.start
        idBase = RandomStream.mix(settings.seed)
        random = RandomStream(seed: settings.seed)
        let lineCount = settings.customerCount * ShopCustomer.lineCountMax
        lines = Array(repeating: ShopCustomer.Line(), count: lineCount)
        customers.reserveCapacity(settings.customerCount)
        queue.reserve(2 * settings.customerCount)
        let span = Double(Int64(settings.dayCount) * dayMilliseconds)
        for index in 0..<settings.customerCount {
            customers.append(ShopCustomer(&random, purchases: settings.purchases))
            let within = random.chance(0.5) ? Double(dayMilliseconds) : span
            let time = rhythm.time(random.unit() * within, after: settings.start)
            queue.add(ShopAction(time: time, customer: UInt32(index), kind: .arrive))
        }
    }

    /// Appends the next event to `writer`; see `Workload`.
    public mutating func next(into writer: inout ByteWriter) -> GeneratedEvent? {
        if let most = settings.eventCountMax, madeCount >= most { return nil }
        let mark = writer.count
        while true {
            // What is on its way after closing time still arrives.
            let due = queue.nextTime.flatMap { $0 < closing ? $0 : nil }
            if let arrival = delayed.nextTime, arrival <= due ?? arrival {
                madeCount += 1
                return delayed.take(into: &writer)
            }
            guard due != nil, let action = queue.take() else { return nil }
            now = action.time
            guard let event = perform(action, into: &writer) else { continue }
            guard !isDelayed(event, in: writer) else {
                writer.truncate(to: mark)
                continue
            }
            madeCount += 1
            return event
        }
    }

    /// Lets a few events arrive late, twice or spoiled.
    /// - Returns: whether the event is not to be delivered now.
    private mutating func isDelayed(_ event: GeneratedEvent, in writer: borrowing ByteWriter) -> Bool {
        var later = event
        later.deliveredAt = event.timestamp + random.whole(1...latenessMillisecondsMax)
        if random.chance(settings.lateShare) { return delayed.add(later, from: writer) }
        if random.chance(settings.duplicateShare) { _ = delayed.add(later, from: writer) }
        if settings.badShare > 0, random.chance(settings.badShare) {
            var spoiled = ByteWriter(capacity: 1_024)
            let event = EventSpoiler.spoil(later, from: writer, into: &spoiled, random: &random)
            _ = delayed.add(event, from: spoiled)
        }
        return false
    }

    /// Does what is due; nearly every action makes one event, and none makes two.
    private mutating func perform(_ action: ShopAction, into writer: inout ByteWriter) -> GeneratedEvent? {
        let index = Int(action.customer)
        guard !customers[index].isErased else { return nil }
        switch action.kind {
        case .arrive: return arrive(index, into: &writer)
        case .visit: return visit(index)
        case .purchase: return purchase(index)
        case .fillBasket: return beginSession(of: index, .fill)
        case .sessionStep: return stepSession(of: index, into: &writer)
        case .mailing: return sendMailing(to: index, into: &writer)
        case .reminder: return remind(index, afterSession: action.subject, into: &writer)
        case .openMail: return openMail(action.subject, of: index, into: &writer)
        case .clickMail: return clickMail(action.subject, of: index, into: &writer)
        case .leaveMailing: return leaveMailing(index, into: &writer)
        case .complain: return complain(index, into: &writer)
        case .adClick: return clickAd(index, left: action.subject, into: &writer)
        case .consentChange: return changeConsent(of: index, into: &writer)
        case .refund, .cancel: return takeBack(action, into: &writer)
        case .erase: return erase(index, into: &writer)
        }
    }

    /// Lets customer `index` do something `milliseconds` from now, by the wall clock.
    mutating func schedule(
        _ kind: ShopAction.Kind, _ index: Int, in milliseconds: Int64, subject: UInt32 = 0
    ) {
        queue.add(
            ShopAction(
                time: now + max(1, milliseconds), customer: UInt32(index), subject: subject, kind: kind))
    }

    /// Lets customer `index` do something `milliseconds` of the even clock from now, at a busy hour.
    mutating func scheduleAtLeisure(
        _ kind: ShopAction.Kind, _ index: Int, in milliseconds: Double, subject: UInt32 = 0
    ) {
        let time = rhythm.time(milliseconds, after: now)
        queue.add(ShopAction(time: time, customer: UInt32(index), subject: subject, kind: kind))
    }

    /// Begins an event of customer `index` now; `end(_:…)` closes it.
    mutating func begin(_ kind: EventKind, _ index: Int, into writer: inout ByteWriter) -> GeneratedEvent {
        let start = writer.count
        eventNumber += 1
        // A bijection of the number: no two ids are alike, and yet they look like ids.
        let id = RandomStream.mix(idBase &+ eventNumber)
        let customer = writer.putHead(kind, customer: index + 1, timestamp: now, event: id)
        return GeneratedEvent(
            timestamp: now, deliveredAt: now, topic: kind.workloadTopic, value: start..<start,
            customer: customer)
    }

    /// Closes an event that `begin` began.
    func end(_ event: GeneratedEvent, into writer: inout ByteWriter) -> GeneratedEvent {
        writer.append("}")
        var whole = event
        whole.value = event.value.lowerBound..<writer.count
        return whole
    }
}
