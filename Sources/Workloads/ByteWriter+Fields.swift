import Primitives

/// Pieces of JSON, written without a String. Callers pass literals that bring their own quotes and commas.
extension ByteWriter {
    /// The lowest `width` decimal digits of a number, zeros in front kept.
    mutating func put(_ value: Int, width: Int) {
        append(byteCount: width) { buffer in
            var rest = UInt64(value)
            var index = width
            while index > 0 {
                index -= 1
                buffer[index] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
        }
    }

    /// A literal, then a whole number.
    mutating func put(_ literal: StaticString, _ value: Int) {
        append(literal)
        append(decimal: Int64(value))
    }

    /// A literal, then an amount of hundredths as a JSON number: 1,250 is `12.50`, 1,200 is `12`.
    mutating func put(_ literal: StaticString, cents: Int) {
        append(literal)
        append(decimal: Int64(cents / 100))
        guard cents % 100 != 0 else { return }
        append(0x2E)
        put(cents % 100, width: 2)
    }

    /// 16 hexadecimal digits, in lower case.
    mutating func put(hexadecimal value: UInt64) {
        append(byteCount: 16) { buffer in
            for index in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * index)) & 0xF
                buffer[index] = ByteWriter.hexDigit(digit)
            }
        }
    }
}
