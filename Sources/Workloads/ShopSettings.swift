public import Primitives

/// What the synthetic shop is made of.
public struct ShopSettings: Sendable, Equatable {
    /// The same seed gives the same bytes.
    public var seed: UInt64 = 1
    /// Event time at which the shop opens.
    public var start = workloadDefaultStart
    /// For how many days it stays open, at least 1.
    public var dayCount = 30
    /// How many customers it gets in that time, 1 to `customerCountMax`; half of them on the first day.
    public var customerCount = 2_000
    /// After how many events it stops early, or nil.
    public var eventCountMax: Int?
    /// The share of events delivered up to 8 s late, 0 to 1.
    public var lateShare = 0.005
    /// The share of events delivered a second time, 0 to 1.
    public var duplicateShare = 0.002
    /// The share of lines that are spoiled on purpose, 0 to 1.
    public var badShare = 0.0
    /// How customers buy and leave.
    public var purchases = PurchaseModel()

    /// As many customers as about 16 GB of memory hold.
    public static let customerCountMax = 50_000_000

    /// A shop of 2,000 customers that is open for 30 days.
    public init() {}
}

/// The MBG/NBD model: how often customers buy, and after which order they leave for good.
///
/// Source: Batislam, Denizel and Filiztekin 2007. A customer's orders follow the first one after exponential
/// times, whose rates are gamma distributed over customers; after every order, the first too, the customer leaves
/// with a probability that is beta distributed over customers.
public struct PurchaseModel: Sendable, Equatable {
    /// Shape of the rates, above 0.
    public var r = 0.525
    /// Inverse scale of the rates, in time units, above 0.
    public var alpha = 6.183
    /// First shape of the probability to leave, above 0.
    public var a = 0.891
    /// Second shape of the probability to leave, above 0.
    public var b = 1.614
    /// The unit of the model's times in milliseconds, above 0. A shorter one makes a livelier shop.
    public var timeUnitMilliseconds: Int64 = 7 * 86_400_000

    /// The parameters of `rules.churn_risk` by default, with weeks for units. Source: contract, section 9.
    public init() {}
}
