import Primitives

/// A run of records of one topic partition that a shard took, and what they were.
///
/// The offsets alone say which records; count and hash say whether they are still the same ones: compaction, a
/// topic that was made anew or an unclean leader election are noticed when they are read again.
public struct InputRange: Hashable, Sendable {
    /// Offset of the first record; where the range is empty, the same as `end`.
    public var start: Int64
    /// The next offset to read. Markers of transactions may lie between it and the last record.
    public var end: Int64
    /// Records taken.
    public var count: UInt32 = 0
    /// A hash over the digests of the records, in order.
    public var hash: UInt64 = 0

    /// An empty range at an offset.
    public init(at offset: Int64) {
        start = offset
        end = offset
    }

    /// Takes on the next record.
    @inline(__always)
    public mutating func add(offset: Int64, digest: UInt64) {
        if count == 0 { start = offset }
        end = offset + 1
        count &+= 1
        hash = InputDigest.combine(hash, digest)
    }
}

/// A 64-bit digest of one record: offset, timestamp, key and value. Null and empty differ.
public enum InputDigest {
    /// The digest of a record; `timestamp` in milliseconds since 1970, nil for none.
    @inline(__always)
    public static func of(
        offset: Int64, timestamp: Int64?, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?
    ) -> UInt64 {
        var digest = UInt64(bitPattern: offset) &* 0x9e37_79b9_7f4a_7c15
        digest = combine(digest, UInt64(bitPattern: timestamp ?? .min))
        digest = combine(digest, key.map { StableHash.hash($0) } ?? 1)
        return combine(digest, value.map { StableHash.hash($0) } ?? 2)
    }

    /// Folds `next` into `digest`; the order matters.
    @inline(__always)
    public static func combine(_ digest: UInt64, _ next: UInt64) -> UInt64 {
        let product = (digest ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(by: next ^ 0xe703_7ed1_a0b4_28db)
        return product.high ^ product.low ^ next
    }
}
