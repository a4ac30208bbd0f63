/// Decimal digits two at a time, from a table of the hundred pairs.
enum DigitPairs {
    /// "00" to "99", each pair as it lies in memory.
    private static let pairs: StaticString =
        """
        00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748\
        49505152535455565758596061626364656667686970717273747576777879808182838485868788899091929394959697\
        9899
        """

    /// Digits of `value`, 1 to 20.
    @inline(__always)
    static func digitCount(_ value: UInt64) -> Int {
        var count = 1
        var rest = value
        while rest >= 10_000 {
            rest /= 10_000
            count &+= 4
        }
        return count &+ (rest >= 100 ? (rest >= 1_000 ? 3 : 2) : (rest >= 10 ? 1 : 0))
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
