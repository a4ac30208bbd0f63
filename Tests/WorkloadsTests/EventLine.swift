import Foundation
import Primitives
import Workloads

/// One generated line, read again by Foundation's JSON parser.
struct EventLine {
    let event: GeneratedEvent
    let text: [UInt8]
    let object: [String: Any]

    var type: String { object["type"] as? String ?? "" }
    var customer: String { object["customer"] as? String ?? "" }
    var id: String { object["id"] as? String ?? "" }
    var time: Int64 { object["ts"] as? Int64 ?? -1 }

    /// The value of a money field in hundredths; -1 where there is none.
    static func cents(_ value: Any?) -> Int {
        guard let number = value as? NSNumber else { return -1 }
        return Int((number.doubleValue * 100).rounded())
    }
}

/// Everything that `workload` makes; lines that are no JSON objects have an empty `object`.
func lines(of workload: some Workload) -> [EventLine] {
    var workload = workload
    var writer = ByteWriter()
    var lines: [EventLine] = []
    while let event = workload.next(into: &writer) {
        let text = Array(writer.bytes[event.value])
        let object = try? JSONSerialization.jsonObject(with: Data(text)) as? [String: Any]
        lines.append(EventLine(event: event, text: text, object: object ?? [:]))
        writer.removeAll()
    }
    return lines
}

/// The bytes that `workload` makes, a line each.
func bytes(of workload: some Workload) -> [UInt8] {
    var workload = workload
    var writer = ByteWriter()
    while workload.next(into: &writer) != nil { writer.append(0x0A) }
    return Array(writer.bytes)
}

/// The fields that the contract's section 1 requires of each type.
func requiredFields(of type: String) -> [String]? {
    switch type {
    case "click.page", "click.search", "cart.clear", "cart.checkout", "customer.erased": []
    case "click.product", "cart.add", "cart.remove": ["sku"]
    case "click.ad": ["channel"]
    case "cart.set": ["items"]
    case "order.placed": ["order", "value"]
    case "order.refunded", "order.cancelled": ["order"]
    case "email.delivered", "email.opened", "email.clicked", "email.bounced", "email.unsubscribed",
        "email.subscribed", "email.complained":
        []
    case "consent.granted", "consent.withdrawn": ["purpose"]
    default: nil
    }
}
