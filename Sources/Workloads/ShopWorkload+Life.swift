import Model
import Primitives

/// From arrival to departure: visits, orders to come, orders taken back, ads, consent and erasure.
extension ShopWorkload {
    /// A new customer registers, says yes or nothing to mail, and looks around.
    mutating func arrive(_ index: Int, into writer: inout ByteWriter) -> GeneratedEvent? {
        let day = Double(dayMilliseconds)
        schedule(.mailing, index, in: untilMailing(days: 1 + random.whole(0...3)))
        scheduleAtLeisure(.adClick, index, in: random.exponential(mean: 12 * day), subject: burstLength())
        scheduleAtLeisure(.consentChange, index, in: random.exponential(mean: 250 * day))
        if random.chance(0.003) {
            scheduleAtLeisure(.erase, index, in: random.unit() * 30 * day)
        }
        if customers[index].isBuyer, random.chance(0.4) {
            schedule(.purchase, index, in: random.whole(500...4_000))
            let mean = 1 / customers[index].visitRate
            scheduleAtLeisure(.visit, index, in: random.exponential(mean: mean))
        } else {
            schedule(.visit, index, in: random.whole(500...4_000))
            if customers[index].isBuyer {
                let unit = Double(settings.purchases.timeUnitMilliseconds)
                scheduleAtLeisure(.purchase, index, in: random.exponential(mean: unit / 2))
            }
        }
        guard random.chance(0.6) else { return nil }
        let event = begin(.consentGranted, index, into: &writer)
        writer.append(",\"purpose\":\"email\"")
        return end(event, into: &writer)
    }

    /// A visit without an order, and the next one. Those who left look in rarely.
    mutating func visit(_ index: Int) -> GeneratedEvent? {
        let interest = customers[index].hasLeft ? 0.1 : 1
        let mean = 1 / (customers[index].visitRate * interest)
        scheduleAtLeisure(.visit, index, in: random.exponential(mean: mean))
        return beginSession(of: index, random.chance(0.4) ? .fill : .browse)
    }

    /// The customer comes to order; a session under way is let finish first.
    mutating func purchase(_ index: Int) -> GeneratedEvent? {
        guard customers[index].stage == .outside else {
            schedule(.purchase, index, in: random.whole(20...40) * 60_000)
            return nil
        }
        return beginSession(of: index, .buy)
    }

    /// Decides after an order whether there is another, and when.
    mutating func planNextOrder(of index: Int) {
        let customer = customers[index]
        guard !random.chance(customer.dropout) else {
            customers[index].hasLeft = true
            return
        }
        let wait = random.exponential(mean: 1 / max(customer.orderRate, 1e-15))
        scheduleAtLeisure(.purchase, index, in: wait)
        // Some fill the basket first, forget it, and order after a reminder or on their own.
        let ahead = random.exponential(mean: 0.8 * Double(dayMilliseconds))
        if random.chance(0.4), wait - ahead > Double(hourMilliseconds) {
            scheduleAtLeisure(.fillBasket, index, in: wait - ahead)
        }
    }

    /// Plans what may become of an order.
    mutating func planAftermath(ofOrder order: UInt32, of index: Int) {
        let roll = random.unit()
        if roll < 0.05 {
            let days = random.whole(2...11) * dayMilliseconds
            schedule(.refund, index, in: days + random.whole(0...dayMilliseconds), subject: order)
        } else if roll < 0.07 {
            schedule(.cancel, index, in: random.whole(600_000...5 * hourMilliseconds), subject: order)
        }
    }

    /// An order comes back, or is called off.
    mutating func takeBack(_ action: ShopAction, into writer: inout ByteWriter) -> GeneratedEvent? {
        let index = Int(action.customer)
        let kind: EventKind = action.kind == .refund ? .orderRefunded : .orderCancelled
        let event = begin(kind, index, into: &writer)
        writer.put(",\"order\":\"o-", Int(action.subject))
        writer.append("\"")
        if customers[index].order == action.subject {
            writer.put(",\"value\":", cents: customers[index].orderCents)
        }
        return end(event, into: &writer)
    }

    /// One click on an ad; `left` more follow in this burst, then a long pause.
    mutating func clickAd(_ index: Int, left: UInt32, into writer: inout ByteWriter) -> GeneratedEvent? {
        if left > 0 {
            let pause = random.exponential(mean: 9 * Double(hourMilliseconds))
            scheduleAtLeisure(.adClick, index, in: pause, subject: left - 1)
        } else {
            let pause = random.exponential(mean: 25 * Double(dayMilliseconds))
            scheduleAtLeisure(.adClick, index, in: pause, subject: burstLength())
        }
        guard !customers[index].hasWithdrawnAds else { return nil }
        if random.chance(0.5), customers[index].stage == .outside {
            _ = beginSession(of: index, random.chance(0.3) ? .fill : .browse)
        }
        let event = begin(.clickAd, index, into: &writer)
        // A burst is one campaign: it belongs to the customer and the week.
        let week = Int(now.milliseconds / (7 * dayMilliseconds))
        writer.putAd(network: (index + week) % 4, campaign: (index * 7 + week) % 40)
        writer.put(",\"cost\":", cents: 40 + random.index(below: 900))
        writer.append(",\"currency\":\"TRY\"")
        return end(event, into: &writer)
    }

    /// How many clicks follow the first of a burst: mostly few, sometimes enough to tire.
    private mutating func burstLength() -> UInt32 {
        UInt32(min(11, random.exponential(mean: 2.2)))
    }

    /// The customer changes a setting of the account.
    mutating func changeConsent(of index: Int, into writer: inout ByteWriter) -> GeneratedEvent? {
        scheduleAtLeisure(
            .consentChange, index, in: random.exponential(mean: 120 * Double(dayMilliseconds)))
        let isAds = random.chance(0.5)
        let isGranted = isAds ? customers[index].hasWithdrawnAds : !customers[index].isMailable
        if isAds {
            customers[index].hasWithdrawnAds = !isGranted
        } else {
            customers[index].isMailable = isGranted
        }
        let event = begin(isGranted ? .consentGranted : .consentWithdrawn, index, into: &writer)
        writer.append(isAds ? ",\"purpose\":\"ads\"" : ",\"purpose\":\"email\"")
        return end(event, into: &writer)
    }

    /// The customer asks to be forgotten, and never comes back.
    mutating func erase(_ index: Int, into writer: inout ByteWriter) -> GeneratedEvent? {
        customers[index].isErased = true
        return end(begin(.customerErased, index, into: &writer), into: &writer)
    }
}
