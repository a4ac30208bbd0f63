/// A 64-bit hash of bytes that is the same in every process and on every host.
///
/// Snapshots and the choice of a shard's worker depend on it, so it never changes. It is no protection
/// against someone who picks keys to collide; equality of keys is always checked on the bytes.
///
/// Source: the multiply-and-fold of wyhash (Wang Yi, public domain, final version 4), reduced to one lane.
public enum StableHash {
    @usableFromInline static let k0: UInt64 = 0xa076_1d64_78bd_642f
    @usableFromInline static let k1: UInt64 = 0xe703_7ed1_a0b4_28db
    @usableFromInline static let k2: UInt64 = 0x8ebc_6af0_9c88_c6e3

    /// The hash of `bytes`.
    @inlinable
    public static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let count = bytes.count
        guard count > 0, let base = bytes.baseAddress else { return fold(k0, k1) }
        var state = k0 ^ UInt64(truncatingIfNeeded: count)
        var offset = 0
        while count - offset > 16 {
            state = fold(load8(base + offset) ^ k1, load8(base + offset + 8) ^ state)
            offset += 16
        }
        let rest = count - offset
        let low: UInt64
        let high: UInt64
        if rest >= 8 {
            low = load8(base + offset)
            high = load8(base + count - 8)
        } else if rest >= 4 {
            low = load4(base + offset)
            high = load4(base + count - 4)
        } else {
            let first = UInt64((base + offset).load(as: UInt8.self))
            let middle = UInt64((base + offset + rest / 2).load(as: UInt8.self))
            let last = UInt64((base + count - 1).load(as: UInt8.self))
            low = first << 16 | middle << 8 | last
            high = 0
        }
        return fold(k2 ^ UInt64(truncatingIfNeeded: count), fold(low ^ k1, high ^ state))
    }

    @inlinable
    static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    @inlinable
    static func load8(_ pointer: UnsafeRawPointer) -> UInt64 {
        UInt64(littleEndian: pointer.loadUnaligned(as: UInt64.self))
    }

    @inlinable
    static func load4(_ pointer: UnsafeRawPointer) -> UInt64 {
        UInt64(UInt32(littleEndian: pointer.loadUnaligned(as: UInt32.self)))
    }
}
