import Primitives

/// One customer of the synthetic shop: a personality, and what is going on at the moment.
struct ShopCustomer: Sendable, BitwiseCopyable {
    /// What a session is for.
    enum Intent: UInt8, Sendable {
        /// Looks around; perhaps puts something into the basket, and never orders.
        case browse
        /// Fills the basket and leaves it behind.
        case fill
        /// Orders.
        case buy
    }

    /// What the next step of the session is.
    enum Stage: UInt8, Sendable {
        case outside, landing, looking, adding, checkout, order
    }

    /// One line of a basket.
    struct Line: Sendable, BitwiseCopyable {
        var product: UInt16 = 0
        var quantity: UInt16 = 0
    }

    /// Skus that one basket holds at most.
    static let lineCountMax = 8

    /// Orders per millisecond of the even clock.
    let orderRate: Double
    /// Probability to leave for good after an order.
    let dropout: Double
    /// Visits without an order, per millisecond of the even clock.
    let visitRate: Double
    /// Probability to open a mail, 0 to 1.
    let mailFriendliness: Double
    /// Price level: the probability to look at the cheaper of two products, 0 to 1.
    let thrift: Double
    /// Whether this one ever orders anything.
    let isBuyer: Bool
    /// Whether mails to the address come back.
    var isAddressDead: Bool

    var isMailable = true
    var hasWithdrawnAds = false
    var hasLeft = false
    var isErased = false
    var isReminded = false
    var intent = Intent.browse
    var stage = Stage.outside
    var stepsLeft: UInt8 = 0
    var lineCount: UInt8 = 0
    /// The product on the screen.
    var product: UInt16 = 0
    /// Number of the latest session.
    var session: UInt32 = 0
    /// Number of the latest reminder mail.
    var reminder: UInt32 = 0
    /// Number of the latest order, and its value in hundredths.
    var order: UInt32 = 0
    var orderCents = 0

    /// Draws a personality.
    init(_ random: inout RandomStream, purchases: PurchaseModel) {
        let unit = Double(purchases.timeUnitMilliseconds)
        orderRate = random.gamma(shape: purchases.r) / purchases.alpha / unit
        dropout = random.beta(purchases.a, purchases.b)
        let week = Double(7 * dayMilliseconds)
        visitRate = (0.3 + random.gamma(shape: 1.2)) / week
        mailFriendliness = 0.05 + 0.6 * random.beta(1.5, 3)
        thrift = random.beta(2, 3)
        isBuyer = random.chance(0.75)
        isAddressDead = random.chance(0.01)
    }
}
