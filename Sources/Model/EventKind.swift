/// What an event is about: one case per `type` of the contract, section 1, and the tick of a recorded log.
public enum EventKind: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case clickPage, clickProduct, clickSearch, clickAd
    case cartAdd, cartRemove, cartSet, cartClear, cartCheckout
    case orderPlaced, orderRefunded, orderCancelled
    case emailDelivered, emailOpened, emailClicked, emailBounced
    case emailUnsubscribed, emailSubscribed, emailComplained
    case consentGranted, consentWithdrawn
    case customerErased
    /// No event: a value for the watermark, `{"partition":0,"tick":…}`.
    case tick

    /// The `type` as it is written in an event.
    public var name: StaticString {
        switch self {
        case .clickPage: "click.page"
        case .clickProduct: "click.product"
        case .clickSearch: "click.search"
        case .clickAd: "click.ad"
        case .cartAdd: "cart.add"
        case .cartRemove: "cart.remove"
        case .cartSet: "cart.set"
        case .cartClear: "cart.clear"
        case .cartCheckout: "cart.checkout"
        case .orderPlaced: "order.placed"
        case .orderRefunded: "order.refunded"
        case .orderCancelled: "order.cancelled"
        case .emailDelivered: "email.delivered"
        case .emailOpened: "email.opened"
        case .emailClicked: "email.clicked"
        case .emailBounced: "email.bounced"
        case .emailUnsubscribed: "email.unsubscribed"
        case .emailSubscribed: "email.subscribed"
        case .emailComplained: "email.complained"
        case .consentGranted: "consent.granted"
        case .consentWithdrawn: "consent.withdrawn"
        case .customerErased: "customer.erased"
        case .tick: "tick"
        }
    }

    /// Whether the event's `id` is compared with the customer's last ones. Source: contract, section 1.
    @inlinable
    public var isDeduplicated: Bool {
        switch self {
        case .clickPage, .clickProduct, .clickSearch: false
        default: true
        }
    }
}
