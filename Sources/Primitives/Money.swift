/// An exact amount of money in major units, held as whole ten-thousandths.
///
/// Never in floating point. `absent` stands for "no price": it is no amount and is not to be added.
public struct Money: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// Ten-thousandths of the major unit; -1 for `absent`.
    public var tenThousandths: Int64

    /// Makes an amount of `tenThousandths` / 10,000 major units.
    @inlinable
    public init(tenThousandths: Int64) { self.tenThousandths = tenThousandths }

    /// No amount at all.
    public static let absent = Money(tenThousandths: -1)
    /// Nothing, as an amount.
    public static let zero = Money(tenThousandths: 0)
    /// The largest amount of one field: 9,999,999,999 major units. Source: contract, section 1.
    public static let fieldMax = Money(tenThousandths: 99_999_999_990_000)

    /// Whether there is an amount.
    @inlinable
    public var isPresent: Bool { tenThousandths >= 0 }

    /// Smaller amounts come first.
    @inlinable
    public static func < (left: Money, right: Money) -> Bool { left.tenThousandths < right.tenThousandths }

    /// The sum, stopping at 922337203685477.5807. Source: contract, section 1.
    @inlinable
    public func addingSaturated(_ other: Money) -> Money {
        let (sum, overflow) = tenThousandths.addingReportingOverflow(other.tenThousandths)
        return Money(tenThousandths: overflow ? .max : sum)
    }
}

/// A currency code: three ASCII letters packed into an integer, or `absent`.
public struct Currency: Hashable, Sendable, BitwiseCopyable {
    /// First letter in the lowest byte; 0 for `absent`.
    public var packed: UInt32

    /// Takes the packed form as it is.
    @inlinable
    public init(packed: UInt32) { self.packed = packed }

    /// No currency given.
    public static let absent = Currency(packed: 0)

    /// Whether there is a code.
    @inlinable
    public var isPresent: Bool { packed != 0 }

    /// Packs three ASCII letters, case kept.
    /// - Returns: nil if `bytes` is anything else.
    @inlinable
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 3 else { return nil }
        var packed: UInt32 = 0
        for index in 0..<3 {
            let letter = bytes[index] | 0x20
            guard letter >= 0x61, letter <= 0x7A else { return nil }
            packed |= UInt32(bytes[index]) << UInt32(8 * index)
        }
        self.packed = packed
    }

    /// Packs three ASCII letters, case kept.
    /// - Returns: nil if `text` is anything else.
    public init?(_ text: String) {
        var copy = text
        guard let currency = copy.withUTF8({ Currency(UnsafeRawBufferPointer($0)) }) else { return nil }
        self = currency
    }
}

extension Currency: CustomStringConvertible {
    /// The three letters; empty for `absent`.
    public var description: String {
        guard isPresent else { return "" }
        return String(
            decoding: (0..<3).map { UInt8(truncatingIfNeeded: packed >> UInt32(8 * $0)) }, as: UTF8.self)
    }
}
