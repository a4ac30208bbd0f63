import Model
import Primitives

/// The parts that events of both workloads share.
extension ByteWriter {
    /// `{"type":…,"customer":…,"ts":…,"id":…`.
    /// - Returns: where the customer's bytes lie.
    mutating func putHead(
        _ kind: EventKind, customer number: Int, timestamp: EventTime, event: UInt64
    ) -> Range<Int> {
        append("{\"type\":\"")
        append(kind.name)
        append("\",\"customer\":\"")
        let start = count
        put("c-", number)
        let customer = start..<count
        put("\",\"ts\":", Int(timestamp.milliseconds))
        append(",\"id\":\"")
        put(hexadecimal: event)
        append("\"")
        return customer
    }

    /// `"sku":…,"qty":…,"price":…`, after `separator`.
    mutating func putItem(
        of product: Int, quantity: Int, cents: Int, separator: StaticString = ","
    ) {
        append(separator)
        append("\"sku\":\"")
        Catalogue.putSKU(of: product, into: &self)
        put("\",\"qty\":", quantity)
        put(",\"price\":", cents: cents)
    }

    /// `,"channel":…,"campaign":…` of an ad: one of four networks, one of their campaigns.
    mutating func putAd(network: Int, campaign: Int) {
        append(",\"channel\":\"")
        switch network {
        case 0: append("google")
        case 1: append("meta")
        case 2: append("tiktok")
        default: append("criteo")
        }
        put("\",\"campaign\":\"ads-", 100 + campaign)
        append("\"")
    }

    /// `,"campaign":…` of the mailing of one day, named by its date: `mail-2026-01-31`.
    mutating func putMailing(campaignDay day: Int) {
        let date = CivilDate(daysSince1970: day)
        append(",\"campaign\":\"mail-")
        put(date.year, width: 4)
        append("-")
        put(date.month, width: 2)
        append("-")
        put(date.day, width: 2)
        append("\"")
    }
}

extension EventKind {
    /// The topic that the kind usually comes from; consent comes with the emails, erasure with the carts.
    var workloadTopic: WorkloadTopic {
        switch self {
        case .clickPage, .clickProduct, .clickSearch, .clickAd: .clicks
        case .cartAdd, .cartRemove, .cartSet, .cartClear, .cartCheckout, .orderPlaced, .orderRefunded,
            .orderCancelled, .customerErased, .tick:
            .carts
        case .emailDelivered, .emailOpened, .emailClicked, .emailBounced, .emailUnsubscribed,
            .emailSubscribed, .emailComplained, .consentGranted, .consentWithdrawn:
            .emails
        }
    }
}
