/// How deep in risk a customer is.
enum NaiveLevel: Int, CaseIterable, Sendable {
    case none, watch, atRisk, lost

    init?(name: String) {
        guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = level
    }

    var name: String { ["none", "watch", "at_risk", "lost"][rawValue] }
}

/// Everything known of one customer in one sequence.
struct NaiveCustomer {
    struct CartItem {
        var sku: Bytes
        var quantity: Int64
        var price: Int64?
        var currency: Bytes
        var touched: Int64
    }

    /// A customer's latest abandoned-cart record.
    struct CartRecord {
        var id: String
        var at: Int64
        var step: Int
    }

    let name: Bytes

    var lastEventIDs: [Bytes] = []
    var lastOrderIDs: [Bytes] = []

    var cart: [CartItem] = []
    var cartIsTruncated = false
    var cleared: Int64?
    var lastActivity: Int64?
    var lastActivityEvent: Bytes?
    var start: Int64 = 0
    var step = 0
    var lastFirstStep: Int64?
    var unsettledRecord: CartRecord?

    var mailWithdrawn: Int64?
    var mailGranted: Int64?
    var hardBounce: Int64?
    var deliveredOrSubscribed: Int64?
    var adsWithdrawn: Int64?
    var adsGranted: Int64?

    var orderCount = 0
    var firstOrder: Int64?
    var lastOrder: Int64?
    var spend: Int64 = 0
    var level = NaiveLevel.none
    /// When P falls to the threshold of `watch`, `at_risk`, `lost`; nil for never.
    var crossings: [Int64?] = [nil, nil, nil]

    var adClicks: [Int64] = []
    var fatigueEnd: Int64?
    var purchaseEnd: Int64?
    var reportedSuppression = NaiveSuppression()

    init(name: Bytes) { self.name = name }
}

/// The reasons for which a customer sees no ads, in alphabetical order, and the latest end among them.
struct NaiveSuppression: Equatable {
    var reasons: [String] = []
    var until: Int64?
}

/// The newer of two times, of which either may be missing.
func newest(_ left: Int64?, _ right: Int64) -> Int64 {
    left.map { max($0, right) } ?? right
}

extension NaiveCustomer {
    /// The newest withdrawal or grant counts, the withdrawal at a tie.
    static func isWithdrawn(_ withdrawn: Int64?, _ granted: Int64?) -> Bool {
        guard let withdrawn else { return false }
        guard let granted else { return true }
        return granted <= withdrawn
    }

    var hasWithdrawnAds: Bool { Self.isWithdrawn(adsWithdrawn, adsGranted) }

    func canBeMailed(_ config: NaiveConfig) -> Bool {
        if Self.isWithdrawn(mailWithdrawn, mailGranted) { return false }
        if config.emailConsentIsExplicit && mailGranted == nil { return false }
        guard let hardBounce else { return true }
        guard let deliveredOrSubscribed else { return false }
        return hardBounce <= deliveredOrSubscribed
    }

    /// Notes what `event` says about mail and ads.
    mutating func noteConsent(_ event: NaiveEvent) {
        let time = event.timestamp
        switch event.kind {
        case .emailUnsubscribed: mailWithdrawn = newest(mailWithdrawn, time)
        case .emailComplained:
            mailWithdrawn = newest(mailWithdrawn, time)
            adsWithdrawn = newest(adsWithdrawn, time)
        case .emailSubscribed:
            mailGranted = newest(mailGranted, time)
            adsGranted = newest(adsGranted, time)
            deliveredOrSubscribed = newest(deliveredOrSubscribed, time)
        case .emailDelivered: deliveredOrSubscribed = newest(deliveredOrSubscribed, time)
        case .emailBounced where event.isHardBounce: hardBounce = newest(hardBounce, time)
        case .consentGranted where event.isAboutMail: mailGranted = newest(mailGranted, time)
        case .consentGranted: adsGranted = newest(adsGranted, time)
        case .consentWithdrawn where event.isAboutMail: mailWithdrawn = newest(mailWithdrawn, time)
        case .consentWithdrawn: adsWithdrawn = newest(adsWithdrawn, time)
        default: break
        }
    }

    /// Whether the event has no effect; otherwise its id and order id are remembered.
    mutating func isDuplicate(_ event: NaiveEvent) -> Bool {
        if let id = event.id, ![.clickPage, .clickProduct, .clickSearch].contains(event.kind) {
            if lastEventIDs.contains(id) { return true }
            lastEventIDs = (lastEventIDs + [id]).suffix(8)
        }
        if event.kind == .orderPlaced {
            if lastOrderIDs.contains(event.order) { return true }
            lastOrderIDs = (lastOrderIDs + [event.order]).suffix(4)
        }
        return false
    }
}
