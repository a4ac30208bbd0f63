/// What one line of a log is, in words that the real decoder's result can be put into as well.
///
/// Only what decides later output is in them: the price of a click is checked and then forgotten, for example.
public enum NaiveVerdict {
    /// `blank`, `ignored`, `rejected REASON`, `tick PARTITION TIME`, or `event` with its fields; customers and other
    /// texts in hexadecimal digits.
    public static func ofLine(_ line: [UInt8], config: NaiveConfig) -> String {
        switch NaiveLine.read(line, config: config) {
        case .blank: "blank"
        case .tick(let name, let time): "tick \(number(of: name)) \(time)"
        case .value(_, .ignored): "ignored"
        case .value(_, .rejected(let reason)): "rejected \(reason.rawValue)"
        case .value(let name, .accepted(let event)): "event \(number(of: name)) \(text(event))"
        }
    }

    /// Whether `bytes` are one JSON text of RFC 8259, strictly, of at most `depthMax` levels.
    public static func isJSON(_ bytes: [UInt8], depthMax: Int) -> Bool {
        isUTF8(bytes) && (try? JSONParser.parse(bytes, depthMax: depthMax)) != nil
    }

    /// Milliseconds since 1970 of an RFC 3339 time with offset; nil if it is none.
    public static func time(_ text: [UInt8]) -> Int64? { NaiveTime.parse(text) }

    /// The ten-thousandths that a JSON number stands for as money; nil beyond the range.
    public static func money(_ text: [UInt8]) -> Int64? { try? DecimalNumber(text).money() }

    /// The integer of up to 18 digits that a JSON number stands for; nil for another one.
    public static func integer(_ text: [UInt8]) -> Int64? { try? DecimalNumber(text).integer() }

    /// Digits of `bytes`, `-` for none.
    public static func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
        bytes.isEmpty
            ? "-" : bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func number(of name: SequenceName) -> Int64 {
        switch name {
        case .plain: -1
        case .partition(let partition): partition
        }
    }

    private static func text(_ event: NaiveEvent) -> String {
        var text = "\(event.kind.rawValue) \(hexadecimal(event.customer)) \(event.timestamp)"
        text += " id=\(hexadecimal(event.id ?? []))"
        switch event.kind {
        case .cartAdd:
            text += " sku=\(hexadecimal(event.sku)) qty=\(event.quantity ?? 1) price=\(event.money ?? -1)"
            text += " \(hexadecimal(event.currency))"
        case .cartRemove: text += " sku=\(hexadecimal(event.sku)) qty=\(event.quantity ?? 0)"
        case .cartSet:
            text += " \(hexadecimal(event.currency))"
            for item in event.items {
                text += " \(hexadecimal(item.sku))*\(item.quantity)@\(item.price ?? -1)"
            }
        case .orderPlaced:
            text += " order=\(hexadecimal(event.order)) value=\(event.money ?? -1)"
            text += " \(hexadecimal(event.currency))"
        case .orderRefunded, .orderCancelled: text += " order=\(hexadecimal(event.order))"
        case .emailBounced: text += event.isHardBounce ? " hard" : " soft"
        case .consentGranted, .consentWithdrawn: text += event.isAboutMail ? " email" : " ads"
        default: break
        }
        return text
    }
}
