/// The kinds of trigger records. Raw values are the order in which one instant of one customer emits them.
public enum RecordKind: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case abandonedCart, cartRecovered, churnRisk, adSuppression

    /// The record's `type`.
    public var name: StaticString {
        switch self {
        case .abandonedCart: "abandoned_cart"
        case .cartRecovered: "cart_recovered"
        case .churnRisk: "churn_risk"
        case .adSuppression: "ad_suppression"
        }
    }
}
