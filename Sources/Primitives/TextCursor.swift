/// A place in memory that text is written to, front to back, without a check per byte.
///
/// Whoever makes one has reserved the room: every method says how many bytes it takes at most, and may write up to
/// `slackByteCount` beyond what it adds. A local variable of this type stays in a register.
public struct TextCursor {
    // SAFETY: see `ByteWriter.cursor(reserving:)`, which reserves the room, and `commit`, which checks the end.

    /// Bytes behind the text that may be overwritten, since short texts are stored as whole words.
    public static var slackByteCount: Int { 16 }

    /// Where the next byte goes.
    public private(set) var next: UnsafeMutableRawPointer

    /// A cursor that stands at `start`.
    @inline(__always)
    public init(_ start: UnsafeMutableRawPointer) { next = start }

    /// Adds one byte.
    @inline(__always)
    public mutating func append(_ byte: UInt8) {
        next.storeBytes(of: byte, as: UInt8.self)
        next += 1
    }

    /// Adds a literal: a few stores of constants.
    @inline(__always)
    public mutating func append(_ literal: StaticString) {
        next.copyMemory(from: literal.utf8Start, byteCount: literal.utf8CodeUnitCount)
        next += literal.utf8CodeUnitCount
    }

    /// Adds a literal that is chosen when the program runs.
    @inline(__always)
    public mutating func append(name: StaticString) {
        append(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }

    /// Adds a copy of `bytes`, which mostly are few: two words that may overlap.
    @inline(__always)
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        let count = bytes.count
        if count >= 8, count <= 16 {
            let last = count &- 8
            let start = source.loadUnaligned(as: UInt64.self)
            let end = (source + last).loadUnaligned(as: UInt64.self)
            next.storeBytes(of: start, as: UInt64.self)
            (next + last).storeBytes(of: end, as: UInt64.self)
        } else if count >= 4, count < 8 {
            let last = count &- 4
            let start = source.loadUnaligned(as: UInt32.self)
            let end = (source + last).loadUnaligned(as: UInt32.self)
            next.storeBytes(of: start, as: UInt32.self)
            (next + last).storeBytes(of: end, as: UInt32.self)
        } else {
            next.copyMemory(from: source, byteCount: count)
        }
        next += count
    }

    /// Moves on over `count` bytes that someone else fills in.
    @inline(__always)
    public mutating func skip(_ count: Int) { next += count }
}

extension TextCursor {
    /// Adds the decimal digits of `value`: 20 bytes at most.
    @inline(__always)
    public mutating func append(decimal value: Int64) {
        if value >= 0, value < 10 {
            append(UInt8(truncatingIfNeeded: 0x30 &+ value))
        } else {
            next = Self.write(decimal: value, to: next)
        }
    }

    @inline(never)
    private static func write(decimal value: Int64, to place: UnsafeMutableRawPointer)
        -> UnsafeMutableRawPointer
    {
        var cursor = TextCursor(place)
        if value < 0 { cursor.append(UInt8(ascii: "-")) }
        cursor.append(magnitude: value.magnitude)
        return cursor.next
    }

    @inline(__always)
    private mutating func append(magnitude value: UInt64) {
        if value < 10_000 {
            append(upTo4Digits: value)
        } else if value < 100_000_000 {
            append(upTo4Digits: value / 10_000)
            append(4, digits: DigitPairs.four(value % 10_000))
        } else {
            appendLarge(magnitude: value)
        }
    }

    private mutating func appendLarge(magnitude value: UInt64) {
        let rest = value % 100_000_000
        var high = value / 100_000_000
        if high >= 100_000_000 {
            append(upTo4Digits: high / 100_000_000)
            high %= 100_000_000
            append(4, digits: DigitPairs.four(high / 10_000))
            append(4, digits: DigitPairs.four(high % 10_000))
        } else if high >= 10_000 {
            append(upTo4Digits: high / 10_000)
            append(4, digits: DigitPairs.four(high % 10_000))
        } else {
            append(upTo4Digits: high)
        }
        append(4, digits: DigitPairs.four(rest / 10_000))
        append(4, digits: DigitPairs.four(rest % 10_000))
    }

    /// Adds a number below 10,000 without zeros in front, but for 0 itself.
    @inline(__always)
    private mutating func append(upTo4Digits value: UInt64) {
        let digits = DigitPairs.four(value)
        let zeros = min(3, (digits ^ 0x3030_3030).trailingZeroBitCount / 8)
        append(4 &- zeros, digits: digits &>> UInt32(truncatingIfNeeded: 8 &* zeros))
    }

    /// Adds the lowest `count` of four characters.
    @inline(__always)
    private mutating func append(_ count: Int, digits: UInt32) {
        next.storeBytes(of: digits.littleEndian, as: UInt32.self)
        next += count
    }

    /// Adds an amount of ten-thousandths in major units, with no trailing zeros: `39.98`, `2`, `0.0002`; 46 bytes at
    /// most.
    @inline(__always)
    public mutating func append(money tenThousandths: Int128) {
        if let small = UInt64(exactly: tenThousandths) {
            next = Self.write(money: small, to: next)
        } else {
            next = Self.write(largeMoney: tenThousandths, to: next)
        }
    }

    @inline(never)
    private static func write(money: UInt64, to place: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        var cursor = TextCursor(place)
        cursor.append(magnitude: money / 10_000)
        cursor.append(minor: money % 10_000)
        return cursor.next
    }

    /// Adds a point and up to four decimals, if they are not all 0.
    @inline(__always)
    private mutating func append(minor: UInt64) {
        guard minor != 0 else { return }
        append(UInt8(ascii: "."))
        let digits = DigitPairs.four(minor)
        append(4 &- (digits ^ 0x3030_3030).leadingZeroBitCount / 8, digits: digits)
    }

    @inline(never)
    private static func write(
        largeMoney tenThousandths: Int128, to place: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        var cursor = TextCursor(place)
        if tenThousandths < 0 { cursor.append(UInt8(ascii: "-")) }
        var (major, minor) = tenThousandths.magnitude.quotientAndRemainder(dividingBy: 10_000)
        var divisor: UInt128 = 1
        while major / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            cursor.append(UInt8(0x30 + major / divisor))
            major %= divisor
            divisor /= 10
        }
        cursor.append(minor: UInt64(minor))
        return cursor.next
    }
}

extension TextCursor {
    /// Adds a JSON string of valid UTF-8: `"`, `\` and control characters escaped, all else as it is. Six bytes for
    /// each byte at most, and the quotes.
    @inline(__always)
    public mutating func append(quoted bytes: UnsafeRawBufferPointer) {
        next = Self.write(quoted: bytes, to: next)
    }

    @inline(never)
    private static func write(
        quoted bytes: UnsafeRawBufferPointer, to place: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        var cursor = TextCursor(place)
        cursor.append(UInt8(ascii: "\""))
        guard let source = bytes.baseAddress, bytes.count > 0 else {
            cursor.append(UInt8(ascii: "\""))
            return cursor.next
        }
        if copyFindingEscapes(source, count: bytes.count, to: cursor.next) {
            for byte in bytes {
                if byte >= 0x20, byte != 0x22, byte != 0x5C {
                    cursor.append(byte)
                } else {
                    cursor.appendEscape(byte)
                }
            }
        } else {
            cursor.skip(bytes.count)
        }
        cursor.append(UInt8(ascii: "\""))
        return cursor.next
    }

    /// Copies `count` bytes, at least 1, and says whether there is a quote, a backslash or a control character.
    @inline(__always)
    private static func copyFindingEscapes(
        _ source: UnsafeRawPointer, count: Int, to target: UnsafeMutableRawPointer
    ) -> Bool {
        if count >= 8 {
            let last = count &- 8
            var found: UInt64 = 0
            var index = 0
            while index < last {
                let word = (source + index).loadUnaligned(as: UInt64.self)
                (target + index).storeBytes(of: word, as: UInt64.self)
                found |= escaped(word)
                index &+= 8
            }
            let word = (source + last).loadUnaligned(as: UInt64.self)
            (target + last).storeBytes(of: word, as: UInt64.self)
            return found | escaped(word) != 0
        }
        if count >= 4 {
            let last = count &- 4
            let start = source.loadUnaligned(as: UInt32.self)
            let end = (source + last).loadUnaligned(as: UInt32.self)
            target.storeBytes(of: start, as: UInt32.self)
            (target + last).storeBytes(of: end, as: UInt32.self)
            return escaped(UInt64(start) | UInt64(end) << 32) != 0
        }
        // Filled up with a byte that needs no escape.
        var word: UInt64 = 0x2020_2020_2020_2020
        var index = 0
        while index < count {
            let byte = (source + index).load(as: UInt8.self)
            (target + index).storeBytes(of: byte, as: UInt8.self)
            word = word << 8 | UInt64(byte)
            index &+= 1
        }
        return escaped(word) != 0
    }

    /// Not 0 if one of eight bytes is `"`, `\` or below 0x20. Source: Bit Twiddling Hacks (Anderson),
    /// "Determine if a word has a byte less than n" and "a zero byte"; bytes over 0x7F count as none.
    @inline(__always)
    private static func escaped(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let controls = (word &- ones &* 0x20) & ~word
        return ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | controls) & (ones << 7)
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
            append(ByteWriter.hexDigit(byte >> 4))
            append(ByteWriter.hexDigit(byte & 15))
        }
    }
}
