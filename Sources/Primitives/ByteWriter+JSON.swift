extension ByteWriter {
    /// Appends the decimal digits of `value`.
    public mutating func append(decimal value: Int64) {
        reserve(20)
        if value >= 0, value < 10 {
            append(UInt8(truncatingIfNeeded: 0x30 &+ value))
            return
        }
        if value < 0 { append(UInt8(ascii: "-")) }
        let magnitude = value.magnitude
        let count = DigitPairs.digitCount(magnitude)
        DigitPairs.write(magnitude, count: count, to: storage + length)
        length += count
    }

    /// Appends an amount of ten-thousandths in major units, with no trailing zeros: `39.98`, `2`, `0.0002`.
    public mutating func append(money tenThousandths: Int128) {
        if tenThousandths < 0 { append(UInt8(ascii: "-")) }
        let minor: UInt64
        if let small = UInt64(exactly: tenThousandths.magnitude) {
            append(decimal: Int64(small / 10_000))
            minor = small % 10_000
        } else {
            minor = appendLargeMajor(tenThousandths.magnitude)
        }
        guard minor != 0 else { return }
        reserve(5)
        storage.storeBytes(of: UInt8(ascii: "."), toByteOffset: length, as: UInt8.self)
        DigitPairs.write(minor, count: 4, to: storage + length + 1)
        length += minor % 100 != 0 ? (minor % 10 != 0 ? 5 : 4) : (minor % 1_000 != 0 ? 3 : 2)
    }

    /// Appends the major units of an amount that no 64 bits hold, and returns what is left.
    @inline(never)
    private mutating func appendLargeMajor(_ tenThousandths: UInt128) -> UInt64 {
        var (major, minor) = tenThousandths.quotientAndRemainder(dividingBy: 10_000)
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
        return UInt64(minor)
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
        reserve(bytes.count * 6 + 2)
        append(UInt8(ascii: "\""))
        if Self.needsEscapes(bytes) { appendEscaped(bytes) } else { append(bytes) }
        append(UInt8(ascii: "\""))
    }

    @inline(never)
    private mutating func appendEscaped(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            if byte >= 0x20, byte != 0x22, byte != 0x5C { append(byte) } else { appendEscape(byte) }
        }
    }

    /// Whether there is a quote, a backslash or a control character; eight bytes at a time.
    @inline(__always)
    private static func needsEscapes(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress else { return false }
        let count = bytes.count
        var index = 0
        while index &+ 8 <= count {
            if holdsEscaped((start + index).loadUnaligned(as: UInt64.self)) { return true }
            index &+= 8
        }
        if index == count { return false }
        if count >= 8 { return holdsEscaped((start + (count &- 8)).loadUnaligned(as: UInt64.self)) }
        // Filled up with a byte that needs no escape.
        var word: UInt64 = 0x2020_2020_2020_2020
        while index < count {
            word = word << 8 | UInt64((start + index).load(as: UInt8.self))
            index &+= 1
        }
        return holdsEscaped(word)
    }

    /// Whether one of eight bytes is `"`, `\` or below 0x20. Source: Bit Twiddling Hacks (Anderson),
    /// "Determine if a word has a byte less than n" and "a zero byte"; bytes over 0x7F count as none.
    @inline(__always)
    private static func holdsEscaped(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let controls = (word &- ones &* 0x20) & ~word
        return ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | controls) & (ones << 7) != 0
    }

    private mutating func appendEscape(_ byte: UInt8) {
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
