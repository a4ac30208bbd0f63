import CSupport

/// From the hash of a key to the slots of the customers who have it.
///
/// An open-addressing table of buckets of one cache line: 8 tags, which are compared at once, and their 8 slots. A
/// bucket fills from its front; what finds its bucket full goes into the next one. The index is split into 256
/// parts that grow one at a time, so that no insertion moves more than 1/256 of all entries. Where an entry stands
/// decides nothing that is ever seen. Isolation: the shard that owns the engine.
struct CustomerIndex: ~Copyable {
    /// The upper halves of up to 8 hashes, and for each the slot plus one (0: nobody).
    private struct Bucket: BitwiseCopyable {
        var tags = SIMD8<UInt32>.zero
        var slotsPlusOne = SIMD8<UInt32>.zero

        static var entryCount: Int { 8 }

        /// Whether an entry that belongs here may stand in the next bucket.
        @inline(__always)
        var isFull: Bool { slotsPlusOne[Self.entryCount - 1] != 0 }

        /// Entries in use: they are the first ones.
        var count: Int {
            var slots = slotsPlusOne
            return Int((tetik_equal8(&slots, 0) | 1 << UInt32(Self.entryCount)).trailingZeroBitCount)
        }
    }

    private struct Part: BitwiseCopyable {
        var buckets: UnsafeMutablePointer<Bucket>
        var bucketCount: UInt32
        /// Entries in use.
        var count: UInt32

        /// A part without entries.
        init(bucketCount: UInt32) {
            let byteCount = Int(bucketCount) * MemoryLayout<Bucket>.stride
            // A bucket is a cache line, and does not lie in two.
            buckets = UnsafeMutableRawPointer.allocate(
                byteCount: byteCount, alignment: MemoryLayout<Bucket>.size
            )
            .initializeMemory(as: Bucket.self, repeating: Bucket(), count: Int(bucketCount))
            self.bucketCount = bucketCount
            count = 0
        }

        /// The bucket of a tag: the tag scaled to the number of buckets (Lemire, "A fast alternative to the
        /// modulo reduction", 2016), which lets a part grow by any factor.
        @inline(__always)
        func home(_ tag: UInt32) -> UInt32 {
            UInt32(truncatingIfNeeded: (UInt64(tag) &* UInt64(bucketCount)) >> 32)
        }

        @inline(__always)
        func after(_ bucket: UInt32) -> UInt32 { bucket &+ 1 == bucketCount ? 0 : bucket &+ 1 }

        func distance(from start: UInt32, to end: UInt32) -> UInt32 {
            end >= start ? end - start : end + bucketCount - start
        }

        /// Puts an entry into the first bucket with room, of which there is one.
        mutating func place(tag: UInt32, slotPlusOne: UInt32) {
            var bucket = home(tag)
            while buckets[Int(bucket)].isFull { bucket = after(bucket) }
            let index = buckets[Int(bucket)].count
            buckets[Int(bucket)].tags[index] = tag
            buckets[Int(bucket)].slotsPlusOne[index] = slotPlusOne
            count += 1
        }
    }

    static var partCount: Int { 256 }
    /// Buckets of a new part: together 256 x 64 bytes = 16 KiB for an empty index.
    private static var bucketCountMin: UInt32 { 1 }
    /// Parts below this grow quickly: together 256 KiB, for some 28,000 customers.
    private static var smallBucketCount: UInt32 { 16 }

    private let parts: UnsafeMutablePointer<Part>

    init() {
        parts = .allocate(capacity: Self.partCount)
        for index in 0..<Self.partCount {
            (parts + index).initialize(to: Part(bucketCount: Self.bucketCountMin))
        }
    }

    deinit {
        for index in 0..<Self.partCount { parts[index].buckets.deallocate() }
        parts.deallocate()
    }

    /// Bytes of memory that are reserved.
    var reservedByteCount: Int {
        (0..<Self.partCount).reduce(0) { $0 + Int(parts[$1].bucketCount) * MemoryLayout<Bucket>.stride }
    }

    /// The number of the part that a hash belongs to.
    @inline(__always)
    static func part(of hash: UInt64) -> Int { Int(hash & UInt64(partCount - 1)) }

    @inline(__always)
    private static func tag(of hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) }

    /// Asks for the bucket of `hash` to be brought near.
    @inline(__always)
    func prefetch(hash: UInt64) {
        let part = parts[Self.part(of: hash)]
        tetik_prefetch(part.buckets + Int(part.home(Self.tag(of: hash))))
    }

    /// The first slot that was placed with this hash, or one with the same tag, and for which `isWanted` holds.
    @inline(__always)
    func find(hash: UInt64, where isWanted: (UInt32) -> Bool) -> UInt32? {
        let part = parts[Self.part(of: hash)]
        let tag = Self.tag(of: hash)
        var bucket = part.home(tag)
        // BOUND: a part is never full, so a bucket with room ends the search.
        while true {
            let entries = part.buckets + Int(bucket)
            var hits = tetik_equal8(entries, tag)
            while hits != 0 {
                let slotPlusOne = entries.pointee.slotsPlusOne[hits.trailingZeroBitCount]
                if slotPlusOne != 0, isWanted(slotPlusOne &- 1) { return slotPlusOne &- 1 }
                hits &= hits &- 1
            }
            guard entries.pointee.isFull else { return nil }
            bucket = part.after(bucket)
        }
    }

    /// Adds an entry, which must not be there yet.
    mutating func insert(_ slot: UInt32, hash: UInt64) {
        let index = Self.part(of: hash)
        // Load of at most 7/8: then few entries stand outside of their bucket.
        let capacity = parts[index].bucketCount * UInt32(Bucket.entryCount)
        if (parts[index].count + 1) * 8 > capacity * 7 { grow(index) }
        parts[index].place(tag: Self.tag(of: hash), slotPlusOne: slot + 1)
    }

    /// Makes a part twice as large, or a quarter larger if it is not small: on average 10 bytes of index a customer.
    private mutating func grow(_ index: Int) {
        let old = parts[index]
        let added = old.bucketCount < Self.smallBucketCount ? old.bucketCount : old.bucketCount / 4
        parts[index] = Part(bucketCount: old.bucketCount + added)
        for bucket in 0..<Int(old.bucketCount) {
            let entries = old.buckets[bucket]
            for entry in 0..<entries.count {
                parts[index].place(tag: entries.tags[entry], slotPlusOne: entries.slotsPlusOne[entry])
            }
        }
        old.buckets.deallocate()
    }

    /// Makes room for so many entries of each part, in an index that is empty.
    ///
    /// - Parameter counts: a number a part.
    mutating func makeRoom(counts: [UInt32]) {
        for (index, count) in counts.enumerated() {
            precondition(parts[index].count == 0, "the index has entries already")
            let bucketCount = count / 4 * 5 / UInt32(Bucket.entryCount) + 2
            guard bucketCount > parts[index].bucketCount else { continue }
            parts[index].buckets.deallocate()
            parts[index] = Part(bucketCount: bucketCount)
        }
    }
}

extension CustomerIndex {
    /// Takes the entry of `slot` out, which must be there.
    mutating func remove(_ slot: UInt32, hash: UInt64) {
        let part = parts[Self.part(of: hash)]
        parts[Self.part(of: hash)].count -= 1
        var bucket = part.home(Self.tag(of: hash))
        while true {
            if let entry = Self.entry(of: slot, in: part.buckets[Int(bucket)]) {
                return Self.remove(entry, from: bucket, of: part)
            }
            precondition(part.buckets[Int(bucket)].isFull, "the customer is not in the index")
            bucket = part.after(bucket)
        }
    }

    private static func entry(of slot: UInt32, in bucket: Bucket) -> Int? {
        (0..<bucket.count).first { bucket.slotsPlusOne[$0] == slot + 1 }
    }

    /// Closes the gap; entries that stand outside of their bucket come nearer to it if they can.
    private static func remove(_ entry: Int, from bucket: UInt32, of part: Part) {
        var (gap, bucket) = (entry, bucket)
        // BOUND: each round moves one entry nearer to its bucket.
        while true {
            let wasFull = part.buckets[Int(bucket)].isFull
            let last = part.buckets[Int(bucket)].count - 1
            move(last, of: bucket, to: gap, of: bucket, in: part)
            guard wasFull, let guest = guest(of: bucket, in: part) else { return }
            move(guest.entry, of: guest.bucket, to: last, of: bucket, in: part, keepsSource: true)
            (gap, bucket) = (guest.entry, guest.bucket)
        }
    }

    /// Moves an entry; its old place becomes empty unless it is to be filled next.
    private static func move(
        _ entry: Int, of source: UInt32, to place: Int, of target: UInt32, in part: Part,
        keepsSource: Bool = false
    ) {
        let from = part.buckets + Int(source)
        part.buckets[Int(target)].tags[place] = from.pointee.tags[entry]
        part.buckets[Int(target)].slotsPlusOne[place] = from.pointee.slotsPlusOne[entry]
        if keepsSource { return }
        from.pointee.tags[entry] = 0
        from.pointee.slotsPlusOne[entry] = 0
    }

    /// An entry that stands behind `bucket` since that was full when it came, if there is one.
    private static func guest(of bucket: UInt32, in part: Part) -> (bucket: UInt32, entry: Int)? {
        var candidate = part.after(bucket)
        while candidate != bucket {
            let entries = part.buckets[Int(candidate)]
            for entry in 0..<entries.count {
                let home = part.home(entries.tags[entry])
                if part.distance(from: home, to: candidate) >= part.distance(from: bucket, to: candidate) {
                    return (candidate, entry)
                }
            }
            guard entries.isFull else { return nil }
            candidate = part.after(candidate)
        }
        return nil
    }
}
