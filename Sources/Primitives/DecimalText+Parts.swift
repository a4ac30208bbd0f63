extension DecimalText {
    /// A number taken apart: its value is 0.d1d2d3… x 10^`pointPlace`, with d1 not 0.
    private struct Parts {
        var isNegative = false
        /// Where d1 stands in the text; the digits go on from there, a point between them.
        var first = 0
        /// One past the last digit of the mantissa.
        var mantissaEnd = 0
        var pointPlace = 0
        var isZero = true
    }

    /// The largest exponent that is told from larger ones. Every text is far shorter than this many digits, so
    /// no mantissa can bring such a number back into a range.
    private static let exponentMax = 1 << 40

    private static func parts(of text: UnsafeRawBufferPointer) -> Parts {
        var parts = Parts()
        var index = 0
        if text.first == UInt8(ascii: "-") {
            parts.isNegative = true
            index = 1
        }
        var isPastPoint = false
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: ".") {
                isPastPoint = true
            } else if byte &- 0x30 < 10 {
                if parts.isZero, byte != UInt8(ascii: "0") {
                    parts.isZero = false
                    parts.first = index
                }
                // Places before the point count up once d1 is seen; zeros between point and d1 count down.
                if !parts.isZero, !isPastPoint { parts.pointPlace += 1 }
                if parts.isZero, isPastPoint { parts.pointPlace -= 1 }
            } else {
                break
            }
            index += 1
        }
        parts.mantissaEnd = index
        parts.pointPlace += exponent(of: text, from: index)
        return parts
    }

    private static func exponent(of text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var exponent = 0
        var isNegative = false
        for index in start..<text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "-") { isNegative = true }
            if byte &- 0x30 < 10 { exponent = min(exponent * 10 + Int(byte &- 0x30), exponentMax) }
        }
        return isNegative ? -exponent : exponent
    }

    @inline(never)
    @usableFromInline
    static func integerInParts(_ text: UnsafeRawBufferPointer) -> Integer {
        let parts = parts(of: text)
        if parts.isZero { return .value(0) }
        var magnitude: UInt64 = 0
        var place = 0
        var isTooLarge = false
        for index in parts.first..<parts.mantissaEnd where text[index] != UInt8(ascii: ".") {
            let digit = UInt64(text[index] &- 0x30)
            if place >= parts.pointPlace {
                if digit != 0 { return .fractional }
            } else if place < 19 {
                magnitude = magnitude * 10 + digit
            }
            place += 1
        }
        if parts.pointPlace > 19 { isTooLarge = true }
        while place < min(parts.pointPlace, 19) {
            magnitude *= 10
            place += 1
        }
        if magnitude > UInt64(Int64.max) { isTooLarge = true }
        if isTooLarge { return .tooLarge }
        return .value(parts.isNegative ? -Int64(magnitude) : Int64(magnitude))
    }

    @inline(never)
    @usableFromInline
    static func moneyInParts(_ text: UnsafeRawBufferPointer) -> Money? {
        let parts = parts(of: text)
        if parts.isZero { return .zero }
        // 10 places before the point reach up to 9,999,999,999.
        guard !parts.isNegative, parts.pointPlace <= 10 else { return nil }
        let kept = parts.pointPlace + 4
        guard kept >= 0 else { return .zero }
        var amount: Int64 = 0
        var place = 0
        var next: UInt8 = 0
        var isMore = false
        for index in parts.first..<parts.mantissaEnd where text[index] != UInt8(ascii: ".") {
            let digit = text[index] &- 0x30
            if place < kept {
                amount = amount * 10 + Int64(digit)
            } else if place == kept {
                next = digit
            } else if digit != 0 {
                isMore = true
            }
            place += 1
        }
        while place < kept {
            amount *= 10
            place += 1
        }
        let isExact = next == 0 && !isMore
        guard amount < Money.fieldMax.tenThousandths || amount == Money.fieldMax.tenThousandths && isExact
        else { return nil }
        if next > 5 || next == 5 && (isMore || amount & 1 == 1) { amount += 1 }
        return Money(tenThousandths: amount)
    }
}
