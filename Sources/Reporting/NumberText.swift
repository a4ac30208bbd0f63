import Glibc

/// Numbers as people read them: `12,345`, `0.525`, `42.0 %`.
public enum NumberText {
    /// A whole number with commas.
    public static func whole(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return value < 0 ? "-" + text : text
    }

    /// A number with `places` decimals and commas; a dash where it is none.
    public static func decimal(_ value: Double, places: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "–" }
        let fixed = self.fixed(value, places: places)
        guard let point = fixed.firstIndex(of: "."), let whole = Int(fixed[..<point]) else {
            return Int(fixed).map { self.whole($0) } ?? fixed
        }
        let sign = value < 0 && whole == 0 && fixed.hasPrefix("-") ? "-" : ""
        return sign + self.whole(whole) + fixed[point...]
    }

    /// A number with `places` decimals, as programs read it.
    public static func fixed(_ value: Double, places: Int) -> String {
        guard value.isFinite, abs(value) * pow(10, Double(places)) < 9e18 else { return "\(value)" }
        let scaled = Int64((abs(value) * pow(10, Double(places))).rounded())
        var digits = String(scaled)
        if digits.utf8.count <= places {
            digits = String(repeating: "0", count: places + 1 - digits.utf8.count) + digits
        }
        let sign = value < 0 && scaled != 0 ? "-" : ""
        guard places > 0 else { return sign + digits }
        return "\(sign)\(digits.dropLast(places)).\(digits.suffix(places))"
    }

    /// A positive number with about `digits` significant digits and no exponent.
    public static func significant(_ value: Double, digits: Int) -> String {
        guard value > 0, value.isFinite else { return fixed(value, places: 0) }
        return fixed(value, places: max(digits - 1 - Int(floor(log10(value))), 0))
    }

    /// A share as percent with one decimal; a dash where it is none.
    public static func percent(_ share: Double) -> String {
        share.isFinite ? fixed(share * 100, places: 1) + " %" : "–"
    }
}
