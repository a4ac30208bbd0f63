/// Finds what someone meant who mistyped a key.
enum Suggestion {
    /// The candidate nearest to `text`, if it is near enough to be worth naming.
    ///
    /// Case, `-`, `_` and `.` do not count, and a candidate that ends or, with 5 letters or more, begins like `text` is
    /// near: so `minOrders` finds `rules.churn_risk.min_orders`, and `kafka.bootstrap` `kafka.bootstrap_servers`.
    static func nearest(to text: String, among candidates: [String]) -> String? {
        let wanted = letters(text)
        // Beyond this no key is meant, and the comparison is quadratic.
        guard !wanted.isEmpty, wanted.count <= 100 else { return nil }
        let scored = candidates.map { candidate in
            (candidate, distance(wanted, letters(candidate)))
        }
        let limit = max(2, wanted.count / 6)
        if let best = scored.min(by: { $0.1 < $1.1 }), best.1 <= limit { return best.0 }
        let word = letters(lastWord(text))
        let alike = candidates.map { ($0, distance(word, letters(lastWord($0)))) }
        if let best = alike.min(by: { $0.1 < $1.1 }), best.1 <= (word.count > 4 ? 1 : 0) { return best.0 }
        return candidates.first { letters($0).suffix(wanted.count).elementsEqual(wanted) }
            ?? candidates.first { wanted.count >= 5 && letters($0).starts(with: wanted) }
    }

    private static func lastWord(_ path: String) -> String {
        String(path.split(separator: ".").last ?? "")
    }

    private static func letters(_ text: String) -> [UInt8] {
        text.lowercased().utf8.filter { $0.isLetter || $0.isDigit }
    }

    /// The edit distance in which a swap of neighbours is one edit (optimal string alignment).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before: [Int] = []
        var previous = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let isSame = left[row] == right[column]
                var best = min(previous[column] + (isSame ? 0 : 1), previous[column + 1] + 1)
                best = min(best, current[column] + 1)
                let isSwap =
                    row > 0 && column > 0 && left[row] == right[column - 1] && left[row - 1] == right[column]
                if isSwap { best = min(best, before[column - 1] + 1) }
                current.append(best)
            }
            before = previous
            previous = current
        }
        return previous[right.count]
    }
}
