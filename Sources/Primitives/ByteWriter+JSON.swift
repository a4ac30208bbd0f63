extension ByteWriter {
    /// Appends the decimal digits of `value`.
    @inlinable
    public mutating func append(decimal value: Int64) {
        append(upTo: 20) { buffer in
            var digits = value.magnitude
            var index = 20
            repeat {
                index -= 1
                let (quotient, remainder) = digits.quotientAndRemainder(dividingBy: 10)
                buffer[index] = UInt8(truncatingIfNeeded: 0x30 &+ remainder)
                digits = quotient
            } while digits != 0
            if value < 0 {
                index -= 1
                buffer[index] = 0x2D
            }
            for position in index..<20 { buffer[position - index] = buffer[position] }
            return 20 - index
        }
    }

    /// Appends an amount of ten-thousandths in major units, with no trailing zeros: `39.98`, `2`, `0.0002`.
    public mutating func append(money tenThousandths: Int128) {
        var (major, minor) = tenThousandths.magnitude.quotientAndRemainder(dividingBy: 10_000)
        if tenThousandths < 0 { append(UInt8(ascii: "-")) }
        if let small = Int64(exactly: major) {
            append(decimal: small)
        } else {
            append(upTo: 40) { buffer in
                var index = 40
                while major != 0 {
                    index -= 1
                    buffer[index] = UInt8(0x30 + major % 10)
                    major /= 10
                }
                for position in index..<40 { buffer[position - index] = buffer[position] }
                return 40 - index
            }
        }
        guard minor != 0 else { return }
        append(UInt8(ascii: "."))
        var unit: UInt128 = 1_000
        while minor != 0 {
            append(UInt8(0x30 + minor / unit))
            minor %= unit
            unit /= 10
        }
    }

    /// Appends a time as a JSON string: RFC 3339, UTC, milliseconds.
    public mutating func append(quoted time: EventTime) {
        append(UInt8(ascii: "\""))
        append(byteCount: EventTime.textByteCount) { time.write(to: $0) }
        append(UInt8(ascii: "\""))
    }

    /// Appends a JSON string of valid UTF-8: `"`, `\` and control characters escaped, all else as it is.
    @inlinable
    public mutating func append(quoted bytes: UnsafeRawBufferPointer) {
        // Six bytes for each control character at most, and the quotes.
        reserve(bytes.count * 6 + 2)
        append(UInt8(ascii: "\""))
        var start = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if byte >= 0x20, byte != 0x22, byte != 0x5C { continue }
            append(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
            appendEscape(byte)
            start = index + 1
        }
        append(UnsafeRawBufferPointer(rebasing: bytes[start..<bytes.count]))
        append(UInt8(ascii: "\""))
    }

    @usableFromInline
    internal mutating func appendEscape(_ byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: append(UInt8(ascii: "b"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0D: append(UInt8(ascii: "r"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0x22, 0x5C: append(byte)
        default:
            append("u00")
            append(Self.hexDigit(byte >> 4))
            append(Self.hexDigit(byte & 15))
        }
    }

    /// The lower-case hexadecimal digit of a value from 0 to 15.
    @inlinable
    public static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}

extension ByteWriter {
    /// Appends `text` as a JSON string; for what is not on the hot path.
    public mutating func append(quoted text: String) {
        var copy = text
        copy.withUTF8 { append(quoted: UnsafeRawBufferPointer($0)) }
    }

    /// Appends the base64 form of `bytes`, with padding. Source: RFC 4648, section 4.
    public mutating func append(base64 bytes: UnsafeRawBufferPointer) {
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var group: UInt32 = 0
            for offset in 0..<3 { group = group << 8 | (offset < count ? UInt32(bytes[index + offset]) : 0) }
            for digit in 0..<4 {
                append(
                    digit <= count
                        ? Self.base64Digit(UInt8(group >> UInt32(18 - 6 * digit) & 63)) : UInt8(ascii: "="))
            }
            index += 3
        }
    }

    private static func base64Digit(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + value - 26
        case 52..<62: UInt8(ascii: "0") + value - 52
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }
}
