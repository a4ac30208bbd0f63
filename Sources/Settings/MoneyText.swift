internal import Primitives

/// Exact amounts as they are written in a configuration: `20`, `19.99`.
enum MoneyText {
    /// Reads digits with at most 4 decimals; nil for anything else and for more than Int64 holds.
    static func money(_ text: String) -> Money? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isDigit) }) else {
            return nil
        }
        let decimals = parts.count == 2 ? String(parts[1]) : ""
        guard decimals.utf8.count <= 4 else { return nil }
        let padding = String(repeating: "0", count: 4 - decimals.utf8.count)
        return Int64(String(parts[0]) + decimals + padding).map { Money(tenThousandths: $0) }
    }

    /// Writes an amount without trailing zeros.
    static func text(_ money: Money) -> String {
        let (units, rest) = money.tenThousandths.quotientAndRemainder(dividingBy: 10_000)
        guard rest != 0 else { return "\(units)" }
        var decimals = String("\(10_000 + rest)".dropFirst())
        while decimals.hasSuffix("0") { decimals.removeLast() }
        return "\(units).\(decimals)"
    }
}
