/// Decimal digits two at a time, from a table of the hundred pairs.
enum DigitPairs {
    /// "00" to "99", each pair as it lies in memory.
    private static let pairs: StaticString =
        """
        00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748\
        49505152535455565758596061626364656667686970717273747576777879808182838485868788899091929394959697\
        9899
        """

    /// The two digits of a number below 100, first one in the lowest byte.
    @inline(__always)
    static func pair(_ value: UInt32) -> UInt16 {
        assert(value < 100)
        let place = UnsafeRawPointer(pairs.utf8Start + 2 &* Int(truncatingIfNeeded: value))
        return UInt16(littleEndian: place.loadUnaligned(as: UInt16.self))
    }

    /// The four digits of a number below 10,000, first one in the lowest byte.
    @inline(__always)
    static func four(_ value: UInt64) -> UInt32 {
        precondition(value < 10_000)
        let number = UInt32(truncatingIfNeeded: value)
        let high = number / 100
        return UInt32(pair(high)) | UInt32(pair(number &- high &* 100)) << 16
    }

    /// Writes the lowest two digits of `value` to `place`.
    @inline(__always)
    static func writePair(_ value: UInt64, to place: UnsafeMutableRawPointer) {
        let pair = UnsafeRawPointer(pairs.utf8Start + 2 &* Int(truncatingIfNeeded: value % 100))
        place.storeBytes(of: pair.loadUnaligned(as: UInt16.self), as: UInt16.self)
    }

    /// Writes the lowest `count` digits of `value` to `place`, zeros in front.
    @inline(__always)
    static func write(_ value: UInt64, count: Int, to place: UnsafeMutableRawPointer) {
        var rest = value
        var end = count
        while end >= 2 {
            end &-= 2
            writePair(rest, to: place + end)
            rest /= 100
        }
        if end == 1 { place.storeBytes(of: UInt8(truncatingIfNeeded: 0x30 &+ rest % 10), as: UInt8.self) }
    }
}
