import Model
import Primitives

/// Contract, sections 3 and 5: who may be mailed, and who has opted out of ads.
extension Engine {
    mutating func applyConsent(_ event: Event) {
        let time = event.timestamp
        switch event.kind {
        case .emailDelivered:
            customer.mailReceived = max(customer.mailReceived, time)
        case .emailSubscribed:
            customer.mailReceived = max(customer.mailReceived, time)
            customer.mailGranted = max(customer.mailGranted, time)
            customer.adsGranted = max(customer.adsGranted, time)
        case .emailBounced:
            if event.detail == .hard { customer.hardBounce = max(customer.hardBounce, time) }
        case .emailUnsubscribed:
            customer.mailWithdrawn = max(customer.mailWithdrawn, time)
        case .emailComplained:
            customer.mailWithdrawn = max(customer.mailWithdrawn, time)
            customer.adsWithdrawn = max(customer.adsWithdrawn, time)
        case .consentGranted where event.detail == .email:
            customer.mailGranted = max(customer.mailGranted, time)
        case .consentGranted:
            customer.adsGranted = max(customer.adsGranted, time)
        case .consentWithdrawn where event.detail == .email:
            customer.mailWithdrawn = max(customer.mailWithdrawn, time)
        case .consentWithdrawn:
            customer.adsWithdrawn = max(customer.adsWithdrawn, time)
        default:
            break
        }
    }

    func canBeMailed() -> Bool {
        let isWithdrawn =
            customer.mailWithdrawn != .distantPast && customer.mailWithdrawn >= customer.mailGranted
        let isGranted = customer.mailGranted != .distantPast
        let bounces = customer.hardBounce > customer.mailReceived
        return !isWithdrawn && !bounces && (isGranted || rules.emailConsent == .assumed)
    }

    func hasWithdrawnAds() -> Bool {
        customer.adsWithdrawn != .distantPast && customer.adsWithdrawn >= customer.adsGranted
    }
}
