import Primitives

/// What is still open about one customer: alerts and carts that wait for an order, and the facts to judge
/// them by.
struct CustomerOutcomes: BitwiseCopyable {
    var orderCount: Int32 = 0
    var firstOrder = EventTime.distantPast
    var lastOrder = EventTime.distantPast
    /// Number of the next window whose first moment the customer has not been looked at in.
    var nextWindow: Int64 = 0

    /// When each level's alert came that no order has followed; `never` without one.
    var alerts = InlineArray<3, EventTime>(repeating: .never)

    /// The last activity of the cart that records are about, and when its steps began to count; `never`
    /// without.
    var cartSince = EventTime.never
    var cartStart = EventTime.never
    /// Steps that a record came for, as bits.
    var cartSteps: UInt16 = 0

    /// Reasons for suppression, as bits.
    var reasons: UInt8 = 0
    /// The last ad click that would have been saved.
    var lastSavedClick = EventTime.distantPast
}
