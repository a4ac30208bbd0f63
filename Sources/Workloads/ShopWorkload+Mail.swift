import Model
import Primitives

/// Mailings, reminders, and what customers do with them.
extension ShopWorkload {
    /// Messages below this number are mailings, those from it on reminders: 31 bits each.
    private static let reminderFlag: UInt32 = 0x8000_0000

    /// Milliseconds until the mailing of the day `days` from now: 10:00 in Turkey and up to 20 minutes.
    mutating func untilMailing(days: Int64) -> Int64 {
        let midnight = now.milliseconds - now.milliseconds % dayMilliseconds
        let time = midnight + days * dayMilliseconds + 7 * hourMilliseconds + random.whole(0...1_200_000)
        return time - now.milliseconds
    }

    /// The next newsletter; every day goes to about a third of the customers.
    mutating func sendMailing(to index: Int, into writer: inout ByteWriter) -> GeneratedEvent? {
        schedule(.mailing, index, in: untilMailing(days: random.whole(2...4)))
        let customer = customers[index]
        guard customer.isMailable else { return nil }
        messageNumber += 1
        if customer.isAddressDead || random.chance(0.008) {
            let event = begin(.emailBounced, index, into: &writer)
            writer.append(customer.isAddressDead ? ",\"bounce\":\"hard\"" : ",\"bounce\":\"soft\"")
            putCampaign(ofMessage: messageNumber, into: &writer)
            if customer.isAddressDead { customers[index].isMailable = false }
            return end(event, into: &writer)
        }
        planReading(ofMessage: messageNumber, by: index, interest: customer.hasLeft ? 0.5 : 1)
        return mail(.emailDelivered, messageNumber, index, into: &writer)
    }

    /// Reminds of a basket that nobody touched since `session`.
    mutating func remind(
        _ index: Int, afterSession session: UInt32, into writer: inout ByteWriter
    ) -> GeneratedEvent? {
        let customer = customers[index]
        guard customer.session == session, customer.lineCount > 0, customer.stage == .outside,
            customer.isMailable, !customer.isAddressDead
        else { return nil }
        messageNumber += 1
        let message = messageNumber | Self.reminderFlag
        customers[index].isReminded = true
        customers[index].reminder = message
        planReading(ofMessage: message, by: index, interest: 1.3)
        return mail(.emailDelivered, message, index, into: &writer)
    }

    private mutating func planReading(ofMessage message: UInt32, by index: Int, interest: Double) {
        if random.chance(customers[index].mailFriendliness * interest) {
            let delay = random.exponential(mean: 4 * Double(hourMilliseconds))
            schedule(.openMail, index, in: Int64(delay) + 20_000, subject: message)
        } else if random.chance(0.0008) {
            schedule(.complain, index, in: random.whole(60_000...hourMilliseconds))
        }
    }

    /// The mail is opened; perhaps a click or a farewell follows.
    mutating func openMail(
        _ message: UInt32, of index: Int, into writer: inout ByteWriter
    ) -> GeneratedEvent? {
        let roll = random.unit()
        if roll < 0.22 {
            schedule(.clickMail, index, in: random.whole(4_000...90_000), subject: message)
        } else if roll < (customers[index].hasLeft ? 0.25 : 0.226) {
            schedule(.leaveMailing, index, in: random.whole(5_000...60_000))
        }
        return mail(.emailOpened, message, index, into: &writer)
    }

    /// The link leads into the shop.
    mutating func clickMail(
        _ message: UInt32, of index: Int, into writer: inout ByteWriter
    ) -> GeneratedEvent? {
        if customers[index].stage == .outside {
            _ = beginSession(of: index, random.chance(0.35) ? .fill : .browse)
        }
        return mail(.emailClicked, message, index, into: &writer)
    }

    /// Unsubscribes; some come back later.
    mutating func leaveMailing(_ index: Int, into writer: inout ByteWriter) -> GeneratedEvent? {
        guard customers[index].isMailable else {
            customers[index].isMailable = true
            return end(begin(.emailSubscribed, index, into: &writer), into: &writer)
        }
        customers[index].isMailable = false
        if random.chance(0.25) {
            scheduleAtLeisure(.leaveMailing, index, in: random.exponential(mean: 8 * Double(dayMilliseconds)))
        }
        let event = begin(.emailUnsubscribed, index, into: &writer)
        putCampaign(ofMessage: messageNumber & ~Self.reminderFlag, into: &writer)
        return end(event, into: &writer)
    }

    /// Marks the mail as spam.
    mutating func complain(_ index: Int, into writer: inout ByteWriter) -> GeneratedEvent? {
        customers[index].isMailable = false
        let event = begin(.emailComplained, index, into: &writer)
        putCampaign(ofMessage: 0, into: &writer)
        return end(event, into: &writer)
    }

    /// One `email.*` event about one message.
    mutating func mail(
        _ kind: EventKind, _ message: UInt32, _ index: Int, into writer: inout ByteWriter
    ) -> GeneratedEvent {
        let event = begin(kind, index, into: &writer)
        putCampaign(ofMessage: message, into: &writer)
        writer.put(",\"message\":\"m-", Int(message & ~Self.reminderFlag))
        writer.append("\"")
        if kind == .emailClicked { writer.append(",\"url\":\"https://shop.example/?utm_source=mail\"") }
        return end(event, into: &writer)
    }

    private func putCampaign(ofMessage message: UInt32, into writer: inout ByteWriter) {
        if message & Self.reminderFlag != 0 {
            writer.append(",\"campaign\":\"cart-reminder\"")
        } else {
            writer.putMailing(campaignDay: Int(now.milliseconds / dayMilliseconds))
        }
    }
}
