public import Model
public import Primitives

/// What an engine knows of one customer, and what follows from it: plain values for people to look at.
///
/// Times that never were are nil.
public struct CustomerView: Sendable, Equatable {
    /// One line of the cart.
    public struct Item: Sendable, Equatable {
        /// The stock keeping unit.
        public var sku: String
        /// How many.
        public var quantity: Int64
        /// The price of one; `absent` where unknown.
        public var price: Money
        /// The price's currency.
        public var currency: Currency
        /// The newest event that named it.
        public var touched: EventTime
    }

    /// The cart, while it has items.
    public struct CartState: Sendable, Equatable {
        /// In the order they were first added.
        public var items: [Item]
        /// Sum over the items priced in `currency`, in ten-thousandths; nil if there is none.
        public var valueTenThousandths: Int128?
        /// The currency of the item touched last.
        public var currency: Currency
        /// The newest activity.
        public var activity: EventTime
        /// What the steps are counted from.
        public var start: EventTime
        /// The step that fires next, from 1; more than there are steps once all have fired.
        public var nextStep: Int
        /// When it is due; nil once all have fired, or if the rule is off.
        public var nextStepDue: EventTime?
        /// Whether an item found no room.
        public var isTruncated: Bool
    }

    /// One point of the churn curve.
    public struct CurvePoint: Sendable, Equatable {
        /// When.
        public var at: EventTime
        /// The probability that the customer still is one, from 0 to 1.
        public var probability: Double
    }

    /// When the curve falls to a level.
    public struct Crossing: Sendable, Equatable {
        /// The level.
        public var level: ChurnLevel
        /// When it begins; nil if not before 2100.
        public var at: EventTime?
    }

    /// Orders and what they say about the future.
    public struct Orders: Sendable, Equatable {
        /// Orders that count.
        public var count: UInt32
        /// The first.
        public var first: EventTime
        /// The newest.
        public var last: EventTime
        /// The sum in the configured currency.
        public var spend: Money
        /// The probability at the watermark; nil if it is not known yet.
        public var probability: Double?
        /// The level that was last said.
        public var level: ChurnLevel
        /// When each level begins.
        public var crossings: [Crossing]
        /// From the first order past the last crossing, at most `CustomerView.curvePointCount` points.
        public var curve: [CurvePoint]
    }

    /// One reason for showing no ads.
    public struct Reason: Sendable, Equatable {
        /// As in records.
        public var name: String
        /// When it ends by itself; nil if no end is known.
        public var until: EventTime?
    }

    /// The latest abandoned-cart record that no order has settled.
    public struct OpenReminder: Sendable, Equatable {
        /// When it fired.
        public var at: EventTime
        /// Its step, from 1.
        public var step: Int
        /// Until when an order counts as a recovery.
        public var windowEnd: EventTime
    }

    /// What mail and ads rest on.
    public struct Consent: Sendable, Equatable {
        /// Whether mail may be sent.
        public var canBeMailed: Bool
        /// Whether ads were withdrawn.
        public var hasWithdrawnAds: Bool
        /// The newest withdrawal of mail.
        public var mailWithdrawn: EventTime?
        /// The newest grant of mail.
        public var mailGranted: EventTime?
        /// The newest withdrawal of ads.
        public var adsWithdrawn: EventTime?
        /// The newest grant of ads.
        public var adsGranted: EventTime?
        /// The newest hard bounce.
        public var hardBounce: EventTime?
        /// The newest sign that mail arrives.
        public var mailReceived: EventTime?
    }

    /// What a timer will look at.
    public enum Timer: String, Sendable {
        /// A step of the cart.
        case cartStep = "cart_step"
        /// The next deeper churn level.
        case churnLevel = "churn_level"
        /// The end of a reason for showing no ads.
        case suppressionEnd = "suppression_end"
    }

    /// One timer that will fire.
    public struct PendingTimer: Sendable, Equatable {
        /// What about.
        public var timer: Timer
        /// When, in event time.
        public var due: EventTime
    }

    /// Points of the curve: enough for a smooth line of a few hundred pixels.
    public static let curvePointCount = 48

    /// The customer.
    public var key: String
    /// The watermark of the engine; nil before the first event.
    public var watermark: EventTime?
    /// The cart, if there is one.
    public var cart: CartState?
    /// Orders, if there are any.
    public var orders: Orders?
    /// The newest ad clicks that still count, rising.
    public var adClicks: [EventTime] = []
    /// What the customer is worth; nil where `rules.value` is off or nothing can be said.
    public var value: CustomerValue?
    /// Why the customer sees no ads, as it was last said.
    public var reasons: [Reason] = []
    /// Mail and ads.
    public var consent: Consent
    /// A reminder that an order would make a recovery.
    public var openReminder: OpenReminder?
    /// What fires next, soonest first.
    public var timers: [PendingTimer] = []
    /// Bytes of memory that the customer takes.
    public var storedByteCount: Int
}
