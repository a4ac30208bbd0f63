import Engine
import Model
import Primitives
public import Settings

/// What is known of one customer, for people and programs: facts, what fires next, and why the last records came.
///
/// In JSON the names are in snake case, times RFC 3339 texts, probabilities from 0 to 1, money in major units as text.
public struct CustomerReport: Sendable, Codable, Equatable {
    /// One line of the cart.
    public struct Item: Sendable, Codable, Equatable {
        /// The stock keeping unit.
        public var sku: String
        /// How many.
        public var quantity: Int64
        /// The price of one, nil where unknown.
        public var price: String?
        /// The price's currency.
        public var currency: String
        /// The newest event that named it.
        public var touched: String
    }

    /// The cart.
    public struct CartReport: Sendable, Codable, Equatable {
        /// In the order they were first added.
        public var items: [Item]
        /// Sum over the items priced in `currency`; nil if there is none.
        public var value: String?
        /// The currency of the item touched last.
        public var currency: String
        /// The newest activity.
        public var since: String
        /// The step that fires next, from 1.
        public var nextStep: Int
        /// How many steps there are.
        public var stepCount: Int
        /// When it fires; nil after the last.
        public var nextStepDue: String?
    }

    /// A time and a probability.
    public struct Point: Sendable, Codable, Equatable {
        /// When.
        public var at: String
        /// P(alive).
        public var probability: Double
    }

    /// When a level begins.
    public struct Crossing: Sendable, Codable, Equatable {
        /// The level.
        public var level: String
        /// The probability at which it begins.
        public var threshold: Double
        /// When; nil if not before 2100.
        public var at: String?
    }

    /// Orders and the churn curve.
    public struct OrdersReport: Sendable, Codable, Equatable {
        /// Orders that count.
        public var count: UInt32
        /// The first.
        public var first: String
        /// The newest.
        public var last: String
        /// The sum in `currency`.
        public var spend: String
        /// The configured currency.
        public var currency: String
        /// P(alive) at the watermark.
        public var probability: Double?
        /// The level that was last said.
        public var level: String
        /// When each level begins.
        public var crossings: [Crossing]
        /// The curve from the first order past the last crossing.
        public var curve: [Point]
    }

    /// A reason for showing no ads.
    public struct Reason: Sendable, Codable, Equatable {
        /// As in records.
        public var name: String
        /// When it ends by itself; nil if no end is known.
        public var until: String?
    }

    /// What will fire.
    public struct Timer: Sendable, Codable, Equatable {
        /// `cart_step`, `churn_level` or `suppression_end`.
        public var timer: String
        /// When, in event time.
        public var due: String
        /// What then happens, in a sentence.
        public var sentence: String
    }

    /// One record of the last ones.
    public struct Trigger: Sendable, Codable, Equatable {
        /// The record's id.
        public var id: String
        /// Its type.
        public var type: String
        /// Its time.
        public var at: String
        /// The facts and the rule behind it, in a sentence.
        public var sentence: String
    }

    /// The customer.
    public var customer: String
    /// The partition whose shard knows the customer.
    public var partition: Int32
    /// That shard's watermark; nil before the first event.
    public var watermark: String?
    /// What is known, in sentences.
    public var sentences: [String] = []
    /// The cart, if there is one.
    public var cart: CartReport?
    /// Orders, if there are any.
    public var orders: OrdersReport?
    /// What the customer is expected to be worth, in major units of the configured currency; nil if nothing is said.
    public var clv: String?
    /// The class of `clv`.
    public var tier: String?
    /// Why the customer sees no ads.
    public var reasons: [Reason] = []
    /// Whether mail may be sent.
    public var canBeMailed: Bool
    /// Whether ads were withdrawn.
    public var hasWithdrawnAds: Bool
    /// What fires next, soonest first.
    public var timers: [Timer] = []

    /// Puts together what a shard knows.
    public init(_ answer: CustomerDesk.Answer, _ rules: RulesOfReport) {
        let view = answer.view
        customer = view.key
        partition = answer.partition
        watermark = view.watermark?.description
        canBeMailed = view.consent.canBeMailed
        hasWithdrawnAds = view.consent.hasWithdrawnAds
        cart = view.cart.map { CartReport($0, rules) }
        orders = view.orders.map { OrdersReport($0, rules) }
        clv = view.value.map { MoneyWords.text(Int128($0.clv.tenThousandths)) }
        tier = view.value.map { "\($0.tier.name)" }
        reasons = view.reasons.map { Reason(name: $0.name, until: $0.until?.description) }
        let words = CustomerWords(view: view, rules: rules.rules)
        sentences = words.sentences
        timers = view.timers.map {
            Timer(timer: $0.timer.rawValue, due: $0.due.description, sentence: words.sentence(of: $0))
        }
    }
}

/// The rules that sentences name.
public struct RulesOfReport: Sendable {
    let rules: Rules

    /// Takes them from the settings.
    public init(_ settings: Settings) { rules = settings.rules }

    init(_ rules: Rules) { self.rules = rules }
}

extension CustomerReport.CartReport {
    init(_ cart: CustomerView.CartState, _ rules: RulesOfReport) {
        items = cart.items.map { item in
            CustomerReport.Item(
                sku: item.sku, quantity: item.quantity,
                price: item.price.isPresent ? MoneyWords.text(Int128(item.price.tenThousandths)) : nil,
                currency: item.currency.description, touched: item.touched.description)
        }
        value = cart.valueTenThousandths.map(MoneyWords.text)
        currency = cart.currency.description
        since = cart.activity.description
        nextStep = cart.nextStep
        stepCount = rules.rules.abandonedCart.stepMilliseconds.count
        nextStepDue = cart.nextStepDue?.description
    }
}

extension CustomerReport.OrdersReport {
    init(_ orders: CustomerView.Orders, _ rules: RulesOfReport) {
        count = orders.count
        first = orders.first.description
        last = orders.last.description
        spend = MoneyWords.text(Int128(orders.spend.tenThousandths))
        currency = rules.rules.currency.description
        probability = orders.probability
        level = "\(orders.level.name)"
        crossings = orders.crossings.map {
            CustomerReport.Crossing(
                level: "\($0.level.name)", threshold: rules.rules.churnRisk.threshold(of: $0.level),
                at: $0.at?.description)
        }
        curve = orders.curve.map {
            CustomerReport.Point(at: $0.at.description, probability: $0.probability)
        }
    }
}

extension CustomerReport.Trigger {
    /// Nil if the record cannot be read, which ours can.
    init?(_ entry: TriggerFeed.Entry, _ rules: RulesOfReport) {
        let found = entry.value.withPadding {
            TriggerFields($0).map { fields in
                (
                    fields.text("id") ?? "", fields.text("at") ?? "",
                    TriggerSentence.text(of: fields, kind: entry.kind, rules: rules.rules)
                )
            }
        }
        guard let found else { return nil }
        type = "\(entry.kind.name)"
        (id, at, sentence) = found
    }
}

/// Amounts as records write them.
enum MoneyWords {
    /// `39.98` for 399,800 ten-thousandths.
    static func text(_ tenThousandths: Int128) -> String {
        var writer = ByteWriter(capacity: 48)
        writer.append(money: tenThousandths)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Calls `body` with these bytes where as many may be read behind them as the JSON scanner needs.
    func withPadding<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        var padded = self
        padded.append(contentsOf: repeatElement(0, count: JSONScanner.paddingByteCount))
        return padded.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
}
