/// A JSON number taken apart: `digits` (no zeros at either end) times ten to the power of `exponent`.
struct DecimalNumber {
    var isNegative = false
    var digits: [Int] = []
    var exponent = 0

    /// Takes apart `text`, a JSON number.
    init(_ text: Bytes) {
        var rest = text[...]
        if rest.first == UInt8(ascii: "-") {
            isNegative = true
            rest = rest.dropFirst()
        }
        var seenPoint = false
        while let byte = rest.first, byte != UInt8(ascii: "e"), byte != UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if byte == UInt8(ascii: ".") {
                seenPoint = true
            } else {
                digits.append(Int(byte) - 0x30)
                if seenPoint { exponent -= 1 }
            }
        }
        exponent += Self.writtenExponent(rest.dropFirst())
        let leadingZeros = digits.prefix { $0 == 0 }.count
        digits.removeFirst(leadingZeros)
        while digits.last == 0 {
            digits.removeLast()
            exponent += 1
        }
    }

    /// The exponent after the `e`; beyond a thousand million it is as good as endless.
    private static func writtenExponent(_ text: ArraySlice<UInt8>) -> Int {
        var exponent = 0
        for byte in text where (0x30...0x39).contains(byte) {
            exponent = min(exponent * 10 + Int(byte) - 0x30, 1_000_000_000)
        }
        return text.first == UInt8(ascii: "-") ? -exponent : exponent
    }

    var isZero: Bool { digits.isEmpty }

    /// How many digits stand before the decimal point; the number is below ten to the power of that.
    var wholeDigitCount: Int { digits.count + exponent }

    /// The number as an integer; `wrong_type` if it is none, `out_of_range` if it is huge.
    func integer() throws(RejectedReason) -> Int64 {
        if isZero { return 0 }
        guard exponent >= 0 else { throw .wrongType }
        guard wholeDigitCount <= 18 else { throw .outOfRange }
        let magnitude = Self.join(digits + Array(repeating: 0, count: exponent))
        return isNegative ? -magnitude : magnitude
    }

    /// The number as money in ten thousandths: 0 to 9,999,999,999 checked before rounding half to even.
    func money() throws(RejectedReason) -> Int64 {
        if isZero { return 0 }
        guard !isNegative, wholeDigitCount <= 10 else { throw .outOfRange }
        if wholeDigitCount == 10, digits.count > 10, digits.prefix(10).allSatisfy({ $0 == 9 }) {
            throw .outOfRange
        }
        let shifted = exponent + 4
        if shifted >= 0 { return Self.join(digits + Array(repeating: 0, count: shifted)) }
        let kept = digits.count + shifted
        guard kept >= 0 else { return 0 }
        let whole = Self.join(Array(digits.prefix(kept)))
        let dropped = digits.dropFirst(kept)
        let isHalf = dropped.first == 5 && dropped.dropFirst().allSatisfy { $0 == 0 }
        let isMore = !isHalf && (dropped.first ?? 0) >= 5
        return isMore || (isHalf && !whole.isMultiple(of: 2)) ? whole + 1 : whole
    }

    private static func join(_ digits: [Int]) -> Int64 {
        digits.reduce(0) { $0 * 10 + Int64($1) }
    }
}

/// Money in ten thousandths as it is written in records: major units, no trailing zeros.
func moneyText(_ tenThousandths: Int128) -> String {
    let whole = String(tenThousandths / 10_000)
    var fraction = String(tenThousandths % 10_000)
    fraction = String(repeating: "0", count: 4 - fraction.count) + fraction
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return fraction.isEmpty ? whole : whole + "." + fraction
}
