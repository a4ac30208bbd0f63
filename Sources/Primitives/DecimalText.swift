/// Reads numbers from the text of a JSON number, exactly: no floating point, exponents of any size.
///
/// The text must follow the grammar of RFC 8259, section 6, and be readable for 8 bytes past its end.
public enum DecimalText {
    /// What a text is as an integer.
    public enum Integer: Equatable {
        /// An integral value.
        case value(Int64)
        /// An integral value that no `Int64` holds.
        case tooLarge
        /// A value that is not integral.
        case fractional
    }

    /// The integer that `text` stands for: `1000`, `1e3` and `1000.0` are the same.
    @inlinable
    public static func integer(_ text: UnsafeRawBufferPointer) -> Integer {
        guard let start = text.baseAddress, text.count <= 16 else { return integerInParts(text) }
        if text.count < 8 {
            var value: Int64 = 0
            for index in 0..<text.count {
                let digit = (start + index).load(as: UInt8.self) &- 0x30
                guard digit < 10 else { return integerInParts(text) }
                value = value &* 10 &+ Int64(digit)
            }
            return .value(value)
        }
        let high = load8(start)
        let low = load8(start + (text.count &- 8))
        guard nonDigits(high) | nonDigits(low) == 0 else { return integerInParts(text) }
        // The two words overlap; of the second one only the digits after the first eight count.
        let rest = text.count &- 8
        let kept = rest == 0 ? 0 : (low ^ zeros) & (~0 &<< UInt64(64 &- 8 &* rest))
        return .value(Int64(value8(high ^ zeros)) &* power10(rest) &+ Int64(value8(kept)))
    }

    /// The amount of money that `text` stands for, in ten-thousandths, rounded half to even.
    /// - Returns: nil if it lies outside of 0 to `Money.fieldMax`, before rounding.
    @inlinable
    public static func money(_ text: UnsafeRawBufferPointer) -> Money? {
        guard let start = text.baseAddress, text.count <= 14 else { return moneyInParts(text) }
        if text.count <= 8 { return shortMoney(text, load8(start)) }
        var value: Int64 = 0
        var decimals = -1
        for index in 0..<text.count {
            let byte = (start + index).load(as: UInt8.self)
            if byte &- 0x30 < 10 {
                value = value &* 10 &+ Int64(byte &- 0x30)
                if decimals >= 0 { decimals &+= 1 }
            } else if byte == UInt8(ascii: ".") {
                decimals = 0
            } else {
                return moneyInParts(text)
            }
        }
        guard decimals <= 4 else { return moneyInParts(text) }
        let whole = decimals < 0 ? text.count : text.count &- decimals &- 1
        guard whole <= 10 else { return moneyInParts(text) }
        let amount = Money(tenThousandths: value &* power10(4 &- max(decimals, 0)))
        return amount <= .fieldMax ? amount : nil
    }

    /// The amount of money that a text of 1 to 8 bytes, which begin `word`, stands for.
    @inlinable @inline(__always)
    static func shortMoney(_ text: UnsafeRawBufferPointer, _ word: UInt64) -> Money? {
        let kept: UInt64 = ~0 &>> UInt64(64 &- 8 &* text.count)
        var digits = (word ^ zeros) & kept
        let others = nonDigits(word) & kept
        var count = text.count
        var decimals = 0
        if others != 0 {
            let point = others.trailingZeroBitCount &>> 3
            let byte = UInt8(truncatingIfNeeded: digits &>> UInt64(8 &* point)) ^ 0x30
            guard byte == UInt8(ascii: "."), others & (others &- 1) == 0 else { return moneyInParts(text) }
            // The digits behind the point move up to those before it.
            let before: UInt64 = (1 &<< UInt64(8 &* point)) &- 1
            digits = digits & before | digits &>> 8 & ~before
            count &-= 1
            decimals = count &- point
            guard decimals <= 4 else { return moneyInParts(text) }
        }
        let value = value8(digits &<< UInt64(64 &- 8 &* count))
        return Money(tenThousandths: Int64(value) &* power10(4 &- decimals))
    }

    @usableFromInline static let zeros: UInt64 = 0x3030_3030_3030_3030

    @inlinable @inline(__always)
    static func load8(_ place: UnsafeRawPointer) -> UInt64 {
        UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))
    }

    /// Nonzero if one of the eight bytes is no digit; its lowest set bit lies in the first of them.
    @inlinable @inline(__always)
    static func nonDigits(_ word: UInt64) -> UInt64 {
        let digits = word ^ zeros
        return (digits | (digits &+ 0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080
    }

    /// The number that eight digits (0 to 9 each, first one in the lowest byte) make.
    ///
    /// Source: Daniel Lemire, "Quickly parsing eight digits" (2018).
    @inlinable @inline(__always)
    static func value8(_ digits: UInt64) -> UInt64 {
        let pairs = digits &* 10 &+ digits &>> 8
        let low = (pairs & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
        let high = (pairs &>> 16 & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
        return (low &+ high) &>> 32
    }

    /// 10 to the power of `exponent`, from 0 to 8.
    @inlinable @inline(__always)
    static func power10(_ exponent: Int) -> Int64 {
        switch exponent {
        case 0: 1
        case 1: 10
        case 2: 100
        case 3: 1_000
        case 4: 10_000
        case 5: 100_000
        case 6: 1_000_000
        case 7: 10_000_000
        default: 100_000_000
        }
    }
}
