/// Bags of slots, each a chain of chunks of one cache line, so that emptying one reads memory in long strides.
///
/// Not thread-safe: it belongs to the timer queue.
struct SlotBuckets: ~Copyable {
    /// Words of a chunk: the next chunk, how many slots, and the slots.
    private static var chunkWordCount: UInt32 { 16 }
    private static var slotCountMax: UInt32 { 14 }
    private static var none: UInt32 { .max }

    /// What is left of a bucket that is being emptied.
    struct Chain {
        fileprivate var chunk: UInt32
        fileprivate var index: UInt32 = 0

        /// Whether the slot that came last was the first one of its chunk.
        var isAtStartOfChunk: Bool { index == 1 }
    }

    private var words = SegmentedArray<UInt32>()
    private var heads: [UInt32]
    private var firstFree = SlotBuckets.none

    /// Makes `count` empty buckets.
    init(count: Int) { heads = Array(repeating: Self.none, count: count) }

    var reservedByteCount: Int { words.reservedByteCount + heads.count * MemoryLayout<UInt32>.stride }

    /// Puts `slot` into a bucket; it may be there already. Complexity: O(1).
    @inline(__always)
    mutating func append(_ slot: UInt32, to bucket: Int) {
        var chunk = heads[bucket]
        var count = Self.slotCountMax
        if chunk != Self.none { count = words[Int(chunk) + 1] }
        if count == Self.slotCountMax {
            chunk = takeFree(next: chunk)
            heads[bucket] = chunk
            count = 0
        }
        words[Int(chunk) + 2 + Int(count)] = slot
        words[Int(chunk) + 1] = count + 1
    }

    private mutating func takeFree(next: UInt32) -> UInt32 {
        var chunk = firstFree
        if chunk != Self.none {
            firstFree = words[Int(chunk)]
        } else {
            chunk = UInt32(words.count)
            for _ in 0..<Self.chunkWordCount { words.append(0) }
        }
        words[Int(chunk)] = next
        words[Int(chunk) + 1] = 0
        return chunk
    }

    /// Empties a bucket; its slots come out of `next(of:)`, all of which must be asked for.
    mutating func take(_ bucket: Int) -> Chain {
        let chain = Chain(chunk: heads[bucket])
        heads[bucket] = Self.none
        return chain
    }

    /// The next slot of a bucket that was taken; nil at its end.
    @inline(__always)
    mutating func next(of chain: inout Chain) -> UInt32? {
        guard chain.chunk != Self.none else { return nil }
        if chain.index == words[Int(chain.chunk) + 1] {
            let empty = chain.chunk
            chain = Chain(chunk: words[Int(empty)])
            words[Int(empty)] = firstFree
            firstFree = empty
            guard chain.chunk != Self.none else { return nil }
        }
        let slot = words[Int(chain.chunk) + 2 + Int(chain.index)]
        chain.index += 1
        return slot
    }

    /// The slots of the chunk after the one that `chain` stands in, and a hint that the one after that is wanted.
    @inline(__always)
    func forEachInNextChunk(of chain: Chain, _ body: (UInt32) -> Void) {
        let next = words[Int(chain.chunk)]
        if next != Self.none { forEach(inChunk: next, body) }
    }

    @inline(__always)
    private func forEach(inChunk chunk: UInt32, _ body: (UInt32) -> Void) {
        if case let next = words[Int(chunk)], next != Self.none { words.prefetch(Int(next)) }
        for index in 0..<words[Int(chunk) + 1] { body(words[Int(chunk) + 2 + Int(index)]) }
    }

    /// Asks for a bucket's first chunk to be brought near.
    @inline(__always)
    func prefetchFirstChunk(of bucket: Int) {
        if heads[bucket] != Self.none { words.prefetch(Int(heads[bucket])) }
    }

    /// The slots of a bucket's first chunk, and a hint that the one after it is wanted.
    func forEachInFirstChunk(of bucket: Int, _ body: (UInt32) -> Void) {
        if heads[bucket] != Self.none { forEach(inChunk: heads[bucket], body) }
    }
}
