/// Durations as they are written: an integer and `ms`, `s`, `m`, `h` or `d`.
public enum DurationText {
    /// The longest duration, 100 years of 365 days: added to any `ts` it stays far from the end of Int64.
    public static let millisecondsMax: Int64 = 36_500 * 86_400_000

    static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    /// Reads a duration.
    /// - Returns: milliseconds, `Int64.max` for more than that; nil if `text` is no such duration.
    public static func milliseconds(_ text: String) -> Int64? {
        let digits = text.utf8.prefix(while: \.isDigit)
        let unit = String(text.utf8.dropFirst(digits.count))
        guard !digits.isEmpty, let scale = units.first(where: { $0.name == unit }) else { return nil }
        guard let count = Int64(String(digits) ?? "") else { return .max }
        let (product, overflow) = count.multipliedReportingOverflow(by: scale.milliseconds)
        return overflow ? .max : product
    }

    /// Writes a duration in the largest unit that is exact: `90m`, `1d`.
    public static func text(milliseconds: Int64) -> String {
        guard milliseconds != 0 else { return "0s" }
        for unit in units where milliseconds % unit.milliseconds == 0 {
            return "\(milliseconds / unit.milliseconds)\(unit.name)"
        }
        return "\(milliseconds)ms"
    }

    /// What to write instead of `text`, which is no duration: `write 90m, not 1.5h`.
    static func advice(for text: String) -> String {
        if !text.isEmpty, text.utf8.allSatisfy(\.isDigit) {
            return "has no unit; write \(text)s for seconds, or another of ms, s, m, h and d"
        }
        if let milliseconds = meaning(of: text) {
            return "is no duration; write \(self.text(milliseconds: milliseconds)), not \(text.quotable)"
        }
        return "is no duration; write an integer and ms, s, m, h or d, such as 90m"
    }

    /// The milliseconds that people mean by `1.5h`, `1h30m` or `2 weeks`, if that is a whole number.
    private static func meaning(of text: String) -> Int64? {
        let bytes = Array(text.lowercased().utf8)
        var index = 0
        var total = 0.0
        func take(while condition: (UInt8) -> Bool) -> String {
            let start = index
            while index < bytes.count, condition(bytes[index]) { index += 1 }
            return String(decoding: bytes[start..<index], as: UTF8.self)
        }
        repeat {
            let number = take { $0.isDigit || $0 == UInt8(ascii: ".") }
            _ = take { $0 == UInt8(ascii: " ") }
            let word = take(while: \.isLetter)
            _ = take { $0 == UInt8(ascii: " ") }
            guard let count = Double(number), let scale = scale(of: word) else { return nil }
            total += count * scale
        } while index < bytes.count
        // An hour of binary fractions is off by far less than this; a real half millisecond is not.
        guard total <= Double(millisecondsMax), abs(total - total.rounded()) < 0.001 else { return nil }
        return Int64(total.rounded())
    }

    private static func scale(of word: String) -> Double? {
        switch word {
        case "ms", "msec", "msecs", "millis", "millisecond", "milliseconds": 1
        case "s", "sec", "secs", "second", "seconds": 1_000
        case "m", "min", "mins", "minute", "minutes": 60_000
        case "h", "hr", "hrs", "hour", "hours": 3_600_000
        case "d", "day", "days": 86_400_000
        case "w", "week", "weeks": 7 * 86_400_000
        default: nil
        }
    }
}
