/// The hash by which Kafka's Java client chooses the partition of a key.
///
/// Source: Apache Kafka 3.8, `org.apache.kafka.common.utils.Utils.murmur2` and `toPositive`, which is Austin
/// Appleby's MurmurHash2 (public domain) with a fixed seed.
public enum Murmur2 {
    @usableFromInline static let multiplier: UInt32 = 0x5bd1_e995
    @usableFromInline static let seed: UInt32 = 0x9747_b28c

    /// The hash of `bytes`, of which at most 2,147,483,647 are allowed.
    @inlinable
    public static func hash(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        precondition(bytes.count <= Int(Int32.max))
        var state = seed ^ UInt32(bytes.count)
        var offset = 0
        while bytes.count - offset >= 4 {
            var word = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            word = word &* multiplier
            word ^= word >> 24
            state = (state &* multiplier) ^ (word &* multiplier)
            offset += 4
        }
        if offset < bytes.count {
            for index in offset..<bytes.count {
                state ^= UInt32(bytes[index]) << UInt32(8 * (index - offset))
            }
            state = state &* multiplier
        }
        state ^= state >> 13
        state = state &* multiplier
        state ^= state >> 15
        return Int32(bitPattern: state)
    }

    /// The partition of `key` in a topic of `partitionCount` partitions, at least 1.
    @inlinable
    public static func partition(of key: UnsafeRawBufferPointer, partitionCount: Int32) -> Int32 {
        precondition(partitionCount >= 1)
        return (hash(key) & 0x7fff_ffff) % partitionCount
    }
}
