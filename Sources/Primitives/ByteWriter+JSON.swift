extension ByteWriter {
    /// Appends the decimal digits of `value`.
    public mutating func append(decimal value: Int64) {
        var cursor = cursor(reserving: 20)
        cursor.append(decimal: value)
        commit(cursor)
    }

    /// Appends an amount of ten-thousandths in major units, with no trailing zeros: `39.98`, `2`, `0.0002`.
    public mutating func append(money tenThousandths: Int128) {
        var cursor = cursor(reserving: 46)
        cursor.append(money: tenThousandths)
        commit(cursor)
    }

    /// Appends a time as a JSON string: RFC 3339, UTC, milliseconds.
    public mutating func append(quoted time: EventTime) {
        append(byteCount: EventTime.textByteCount + 2) { buffer in
            buffer[0] = UInt8(ascii: "\"")
            time.write(to: UnsafeMutableRawBufferPointer(rebasing: buffer[1...]))
            buffer[EventTime.textByteCount + 1] = UInt8(ascii: "\"")
        }
    }

    /// Appends a JSON string of valid UTF-8: `"`, `\` and control characters escaped, all else as it is.
    public mutating func append(quoted bytes: UnsafeRawBufferPointer) {
        // Six bytes for each control character at most, and the quotes.
        var cursor = cursor(reserving: bytes.count * 6 + 2)
        cursor.append(quoted: bytes)
        commit(cursor)
    }

    /// The lower-case hexadecimal digit of a value from 0 to 15.
    @inlinable
    public static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

    /// The eight lower-case hexadecimal digits of four bytes; both as they lie in memory.
    @inlinable
    public static func hexDigits(_ bytes: UInt32) -> UInt64 {
        var spread = UInt64(UInt32(littleEndian: bytes))
        spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
        let digits = (spread >> 4 & 0x000F_000F_000F_000F) | (spread & 0x000F_000F_000F_000F) << 8
        // 1 in each byte that holds 10 or more; letters begin 0x27 past where the digits end.
        let letters = (digits &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return (digits &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).littleEndian
    }
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
