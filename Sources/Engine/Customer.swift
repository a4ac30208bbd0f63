import Model
import Primitives

/// What is known of one customer: the facts that events left, and what was last said about them.
///
/// The engine has one of these as a working copy: it is unpacked from a block, changed by the rules, and
/// packed again. `distantPast` stands for "never happened", `never` for "no known end".
///
/// Texts are not copied: they point into the block that the customer was unpacked from, or into the batch of the event
/// that is being applied. So the block must stay what it is until the customer is packed, into other memory, and nobody
/// looks at the customer after that.
struct Customer: ~Copyable {
    // SAFETY: the engine packs a customer into a buffer of its own before it changes the block, within one call.
    private let pinned = Pinned()
    /// The customer's key.
    var key = UnsafeRawBufferPointer(start: nil, count: 0)
    /// `StableHash` of the key.
    var hash: UInt64 = 0

    /// Hashes of the last ids, for duplicates. Source of the 8: contract, section 1.
    var recentIDs = RecentList<8, UInt64>(filler: 0)
    /// Hashes of the last order ids. Source of the 4: contract, section 1.
    var recentOrders = RecentList<4, UInt64>(filler: 0)

    /// Orders that count; contract, section 4.
    var orderCount: UInt32 = 0
    var firstOrder = EventTime.distantPast
    var lastOrder = EventTime.distantPast
    var spend = Money.zero
    /// Whether an order was in another currency, so that `spend` is not the whole.
    var hasOtherCurrency = false
    /// The churn level that was last said.
    var level = ChurnLevel.none
    /// When the next deeper level begins.
    var crossing = EventTime.never

    /// The reasons and their end that were last said; `never` for an end that is not known.
    var reasons: SuppressionReasons = []
    var until = EventTime.never
    /// End of ad fatigue, while it holds.
    var fatigueEnd = EventTime.distantPast
    /// Times of the newest ad clicks after the newest order, rising.
    var adClicks = RecentList<8, EventTime>(filler: .distantPast)

    /// The newest withdrawal and grant of mail and of ads, the newest hard bounce, and the newest sign that
    /// mail arrives (`email.delivered`, `email.subscribed`).
    var mailWithdrawn = EventTime.distantPast
    var mailGranted = EventTime.distantPast
    var adsWithdrawn = EventTime.distantPast
    var adsGranted = EventTime.distantPast
    var hardBounce = EventTime.distantPast
    var mailReceived = EventTime.distantPast

    var cart = Cart()
    /// Nothing of the cart up to this time counts any more.
    var cartCleared = EventTime.distantPast
    /// When the latest step-1 record fired.
    var firstStepFired = EventTime.distantPast
    /// The latest abandoned-cart record that no order has settled: when, and which step (from 1).
    var abandonedAt = EventTime.distantPast
    var abandonedStep: UInt8 = 0

    /// Makes a customer of whom nothing is known.
    init() {}

    /// Forgets everything, the key too; the memory is kept.
    mutating func reset() {
        key = UnsafeRawBufferPointer(start: nil, count: 0)
        recentIDs.removeAll()
        recentOrders.removeAll()
        orderCount = 0
        firstOrder = .distantPast
        lastOrder = .distantPast
        spend = .zero
        hasOtherCurrency = false
        level = .none
        crossing = .never
        reasons = []
        until = .never
        fatigueEnd = .distantPast
        adClicks.removeAll()
        mailWithdrawn = .distantPast
        mailGranted = .distantPast
        adsWithdrawn = .distantPast
        adsGranted = .distantPast
        hardBounce = .distantPast
        mailReceived = .distantPast
        cart.reset()
        cartCleared = .distantPast
        firstStepFired = .distantPast
        abandonedAt = .distantPast
        abandonedStep = 0
    }
}

/// Why a customer is to see no ads. The bits are in the alphabetical order of the names.
struct SuppressionReasons: OptionSet {
    var rawValue: UInt8

    static let adFatigue = SuppressionReasons(rawValue: 1)
    static let churnRisk = SuppressionReasons(rawValue: 2)
    static let erased = SuppressionReasons(rawValue: 4)
    static let optedOut = SuppressionReasons(rawValue: 8)
    static let recentPurchase = SuppressionReasons(rawValue: 16)

    /// The name of the reason in bit `index`, 0 to 4.
    static func name(_ index: Int) -> StaticString {
        switch index {
        case 0: "ad_fatigue"
        case 1: "churn_risk"
        case 2: "erased"
        case 3: "opted_out"
        default: "recent_purchase"
        }
    }
}
