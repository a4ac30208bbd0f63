/// Random numbers that are the same for the same seed, on every host and in every process.
///
/// For synthetic data and tests; no protection against someone who guesses. One owner at a time.
///
/// Source: xoshiro256** 1.0 (David Blackman and Sebastiano Vigna, 2018, public domain), its state filled from
/// the seed by SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), as its authors recommend.
public struct RandomStream: RandomNumberGenerator, Sendable {
    @usableFromInline internal var s0: UInt64
    @usableFromInline internal var s1: UInt64
    @usableFromInline internal var s2: UInt64
    @usableFromInline internal var s3: UInt64

    /// Starts the stream of `seed`; every seed is a good one.
    public init(seed: UInt64) {
        let step: UInt64 = 0x9e37_79b9_7f4a_7c15
        s0 = RandomStream.mix(seed &+ step)
        s1 = RandomStream.mix(seed &+ 2 &* step)
        s2 = RandomStream.mix(seed &+ 3 &* step)
        s3 = RandomStream.mix(seed &+ 4 &* step)
    }

    /// The output function of SplitMix64: a bijection, so different values stay different.
    @inlinable
    public static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// 64 random bits.
    @inlinable
    public mutating func next() -> UInt64 {
        let scrambled = RandomStream.rotate(s1 &* 5, by: 7) &* 9
        let shifted = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = RandomStream.rotate(s3, by: 45)
        return scrambled
    }

    /// A number from 0 up to, and without, 1: one of 2^53 equally likely ones.
    @inlinable
    public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A whole number from 0 up to, and without, `bound`, which is at least 1.
    ///
    /// Multiplies instead of dividing and rejects nothing, so it is biased by up to `bound` / 2^64.
    @inlinable
    public mutating func index(below bound: Int) -> Int {
        precondition(bound >= 1)
        return Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Whether something happens that has this `probability`.
    @inlinable
    public mutating func chance(_ probability: Double) -> Bool { unit() < probability }

    @inlinable
    static func rotate(_ value: UInt64, by count: UInt64) -> UInt64 {
        (value << count) | (value >> (64 - count))
    }
}
