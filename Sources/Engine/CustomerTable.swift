import CSupport
import Primitives

/// Where each customer's packed state is: an index from key to slot, and from slot to block.
///
/// A slot is a small number that stays the same while the customer lives; timers and snapshots name
/// customers by it. The index is split into 256 parts that grow one at a time, so that no insertion moves
/// more than 1/256 of all entries. The order of slots depends on the order of insertions and removals only.
/// Isolation: the shard that owns the engine.
struct CustomerTable: ~Copyable {
    /// One place of the index: the upper half of the key's hash, and the slot plus one (0: empty).
    struct Entry: BitwiseCopyable {
        var hash: UInt32
        var slotPlusOne: UInt32
    }

    /// An open-addressing table with linear probing; entries stand in the order of their hashes, nearly.
    struct Part {
        var entries: UnsafeMutablePointer<Entry>
        var capacity: UInt32
        var count: UInt32
    }

    /// Where a customer was found who will be asked for soon; slot plus one (0: nobody).
    private struct Hint: BitwiseCopyable {
        var hash: UInt64
        var slotPlusOne: UInt32
    }

    private static var partShift: UInt64 { 8 }
    static var partCount: Int { 1 << partShift }
    /// Set in what a free slot holds; no block's name has it.
    private static var freeBit: UInt32 { 1 << UInt32(BlockArena.referenceBitCount) }
    /// Entries of a new part: together 256 x 8 x 8 bytes = 16 KiB for an empty table.
    private static var partCapacityMin: UInt32 { 8 }

    private let pinned = Pinned()
    let parts: UnsafeMutablePointer<Part>
    /// For each part the customer of it that `prefetchSlot` found last, so that the index is walked once an event.
    /// BOUND: one a part, 4 KiB; it names a slot in use, since `remove` clears it.
    private let hints: UnsafeMutablePointer<Hint>
    /// For each slot its timer and, as the timer's note, its block; a free slot notes the next free one plus one, and
    /// `freeBit`.
    var timers = TimerQueue()
    /// The slot that is given out next, plus one; 0 if none is free.
    private(set) var firstFreeSlotPlusOne: UInt32 = 0
    var arena = BlockArena()
    /// Customers in the table.
    var count = 0

    init() {
        parts = .allocate(capacity: Self.partCount)
        for index in 0..<Self.partCount {
            parts[index] = Self.makePart(capacity: Self.partCapacityMin)
        }
        hints = .allocate(capacity: Self.partCount)
        hints.initialize(repeating: Hint(hash: 0, slotPlusOne: 0), count: Self.partCount)
    }

    deinit {
        for index in 0..<Self.partCount { parts[index].entries.deallocate() }
        parts.deallocate()
        hints.deallocate()
    }

    /// Bytes reserved for index, slots with their timers, and blocks.
    var reservedByteCount: Int {
        var entryCount = 0
        for index in 0..<Self.partCount { entryCount += Int(parts[index].capacity) }
        return entryCount * MemoryLayout<Entry>.stride + timers.reservedByteCount + arena.reservedByteCount
    }

    /// Slots ever handed out; some may be free.
    var slotCount: Int { timers.slotCount }

    /// All slots in use, in order. Complexity: O(slots), with memory for each.
    func slotsInUse() -> [UInt32] { (0..<UInt32(slotCount)).filter { !isFree($0) } }

    /// Puts slots into the order of their customers' bytes.
    func sortByKey(_ slots: inout [UInt32]) {
        slots.sort { left, right in
            PackedCustomer.key(of: block(of: left)).precedes(PackedCustomer.key(of: block(of: right)))
        }
    }

    /// The block of `slot`, which must be in use.
    @inline(__always)
    func block(of slot: UInt32) -> UnsafeMutableRawPointer { arena.pointer(timers.note(of: slot)) }

    /// The slot of the customer with this key, or nil.
    @inline(__always)
    func find(key: UnsafeRawBufferPointer, hash: UInt64) -> UInt32? {
        if let slot = hintedSlot(hash: hash), PackedCustomer.key(of: block(of: slot), equals: key) {
            return slot
        }
        return probe(key: key, hash: hash)
    }

    private func probe(key: UnsafeRawBufferPointer, hash: UInt64) -> UInt32? {
        let part = parts[Int(hash & UInt64(Self.partCount - 1))]
        let tag = UInt32(truncatingIfNeeded: hash >> 32)
        var position = Self.home(tag, part.capacity)
        // BOUND: a part is never full, so an empty entry ends the probe.
        while true {
            let entry = part.entries[Int(position)]
            guard entry.slotPlusOne != 0 else { return nil }
            if entry.hash == tag {
                let slot = entry.slotPlusOne - 1
                if PackedCustomer.key(of: block(of: slot), equals: key) { return slot }
            }
            position = Self.after(position, part.capacity)
        }
    }

    /// Adds a customer who is not in the table yet, with a block of `byteCount` bytes.
    mutating func insert(hash: UInt64, byteCount: Int) -> UInt32 {
        let reference = arena.allocate(byteCount: byteCount)
        let slot: UInt32
        if firstFreeSlotPlusOne != 0 {
            slot = firstFreeSlotPlusOne - 1
            firstFreeSlotPlusOne = timers.note(of: slot) & ~Self.freeBit
            timers.setNote(of: slot, to: reference)
        } else {
            precondition(timers.slotCount < Int(Self.slotCountMax), "more slots than can be named")
            slot = timers.addSlot(note: reference)
        }
        let part = Int(hash & UInt64(Self.partCount - 1))
        // Load of at most 7/8: linear probing then looks at 4 to 5 entries (Knuth, vol. 3, 6.4).
        if parts[part].count * 8 >= parts[part].capacity * 7 { grow(part) }
        Self.place(
            Entry(hash: UInt32(truncatingIfNeeded: hash >> 32), slotPlusOne: slot + 1), in: parts[part])
        parts[part].count += 1
        count += 1
        return slot
    }

    /// Makes the block of `slot` fit `byteCount` bytes; what it held is lost if it has to move.
    mutating func resize(_ slot: UInt32, from oldByteCount: Int, to byteCount: Int) -> UnsafeMutableRawPointer
    {
        if BlockArena.unitCount(oldByteCount) != BlockArena.unitCount(byteCount) {
            arena.free(timers.note(of: slot), byteCount: oldByteCount)
            timers.setNote(of: slot, to: arena.allocate(byteCount: byteCount))
        }
        return block(of: slot)
    }

    /// Takes a customer out; the slot may be given to another one.
    mutating func remove(_ slot: UInt32, hash: UInt64, byteCount: Int) {
        let index = Int(hash & UInt64(Self.partCount - 1))
        let part = parts[index]
        var hole = Self.home(UInt32(truncatingIfNeeded: hash >> 32), part.capacity)
        while part.entries[Int(hole)].slotPlusOne != slot + 1 {
            precondition(part.entries[Int(hole)].slotPlusOne != 0, "the customer is not in the index")
            hole = Self.after(hole, part.capacity)
        }
        // Entries behind the hole move up unless they already stand at or after their home.
        var position = Self.after(hole, part.capacity)
        while case let entry = part.entries[Int(position)], entry.slotPlusOne != 0 {
            let home = Self.home(entry.hash, part.capacity)
            let distanceToHome = Self.distance(from: home, to: position, part.capacity)
            if distanceToHome >= Self.distance(from: hole, to: position, part.capacity) {
                part.entries[Int(hole)] = entry
                hole = position
            }
            position = Self.after(position, part.capacity)
        }
        part.entries[Int(hole)].slotPlusOne = 0
        parts[index].count -= 1
        hints[index].slotPlusOne = 0
        count -= 1
        arena.free(timers.note(of: slot), byteCount: byteCount)
        timers.setNote(of: slot, to: firstFreeSlotPlusOne | Self.freeBit)
        firstFreeSlotPlusOne = slot + 1
    }
}

extension CustomerTable {
    /// BOUND: slots of a table; a free slot's link leaves one bit for `freeBit`.
    static var slotCountMax: UInt32 { freeBit - 2 }

    /// Whether nobody has `slot`, which must have been handed out once.
    @inline(__always)
    func isFree(_ slot: UInt32) -> Bool { timers.note(of: slot) & Self.freeBit != 0 }

    /// The slot that is given out after the free one `slot`, plus one; 0 if that is the last.
    func freeSlotPlusOne(after slot: UInt32) -> UInt32 { timers.note(of: slot) & ~Self.freeBit }

    /// Makes slots up to `count` in number, all of them free, and in no list of free slots yet.
    mutating func growRestored(to count: Int) { timers.growSlots(to: count, note: Self.freeBit) }

    /// Says which slot is given out next in a table that is being restored.
    mutating func restore(firstFreeSlotPlusOne: UInt32) { self.firstFreeSlotPlusOne = firstFreeSlotPlusOne }

    /// Makes `slot` free in a table that is being restored.
    mutating func restore(_ slot: UInt32, nextFreeSlotPlusOne: UInt32) {
        if !isFree(slot) {
            arena.free(timers.note(of: slot), byteCount: PackedCustomer.byteCount(of: block(of: slot)))
        }
        timers.setNote(of: slot, to: nextFreeSlotPlusOne & ~Self.freeBit | Self.freeBit)
    }

    /// Puts a packed customer into `slot` in a table that is being restored; the index is made later.
    mutating func restore(_ slot: UInt32, packed: UnsafeRawBufferPointer) {
        let target: UnsafeMutableRawPointer
        if isFree(slot) {
            timers.setNote(of: slot, to: arena.allocate(byteCount: packed.count))
            target = block(of: slot)
        } else {
            let oldByteCount = PackedCustomer.byteCount(of: block(of: slot))
            target = resize(slot, from: oldByteCount, to: packed.count)
        }
        UnsafeMutableRawBufferPointer(start: target, count: packed.count).copyMemory(from: packed)
    }
}

extension CustomerTable {
    /// Asks for the index entries of `hash` to be brought near.
    @inline(__always)
    func prefetchIndex(hash: UInt64) {
        let part = parts[Int(hash & UInt64(Self.partCount - 1))]
        tetik_prefetch(part.entries + Int(Self.home(UInt32(truncatingIfNeeded: hash >> 32), part.capacity)))
    }

    /// Asks for the slot to be brought near that the index gives for `hash`; reads the index.
    @inline(__always)
    func prefetchSlot(hash: UInt64) {
        guard let slot = likelySlot(hash: hash) else { return }
        hints[Int(hash & UInt64(Self.partCount - 1))] = Hint(hash: hash, slotPlusOne: slot + 1)
        timers.prefetch(slot)
    }

    /// The slot that `prefetchSlot` found for `hash`, if no other customer of the part came in between.
    @inline(__always)
    func hintedSlot(hash: UInt64) -> UInt32? {
        let hint = hints[Int(hash & UInt64(Self.partCount - 1))]
        return hint.hash == hash && hint.slotPlusOne != 0 ? hint.slotPlusOne - 1 : nil
    }

    /// Asks for the header and key of `slot`'s block to be brought near.
    @inline(__always)
    func prefetchKey(of slot: UInt32) { tetik_prefetch(block(of: slot)) }

    /// Asks for the block of `slot` to be brought near; most are not longer than three cache lines.
    @inline(__always)
    func prefetchBlock(of slot: UInt32) {
        if !isFree(slot) { Self.prefetch(block(of: slot)) }
    }

    @inline(__always)
    private static func prefetch(_ block: UnsafeMutableRawPointer) {
        tetik_prefetch(block)
        tetik_prefetch(block + 64)
        tetik_prefetch(block + 128)
    }

    /// Asks for the blocks of customers to be brought near whose timers come soon.
    @inline(__always)
    mutating func prefetchUpcoming() {
        while timers.upcomingCount > 0 {
            let reference = timers.takeUpcoming()
            // A timer that was announced may be that of a customer who has been erased.
            if reference & Self.freeBit == 0 { Self.prefetch(arena.pointer(reference)) }
        }
    }

    /// The slot of the first customer with this hash, whose key may be another one all the same.
    @inline(__always)
    private func likelySlot(hash: UInt64) -> UInt32? {
        let part = parts[Int(hash & UInt64(Self.partCount - 1))]
        let tag = UInt32(truncatingIfNeeded: hash >> 32)
        var position = Self.home(tag, part.capacity)
        while case let entry = part.entries[Int(position)], entry.slotPlusOne != 0 {
            if entry.hash == tag { return entry.slotPlusOne - 1 }
            position = Self.after(position, part.capacity)
        }
        return nil
    }

    /// Where a hash belongs: the hash scaled to the capacity (Lemire, "A fast alternative to the modulo
    /// reduction", 2016), which lets a part grow by any factor.
    @inline(__always)
    static func home(_ hash: UInt32, _ capacity: UInt32) -> UInt32 {
        UInt32(truncatingIfNeeded: (UInt64(hash) &* UInt64(capacity)) >> 32)
    }

    @inline(__always)
    static func after(_ position: UInt32, _ capacity: UInt32) -> UInt32 {
        position &+ 1 == capacity ? 0 : position &+ 1
    }

    @inline(__always)
    private static func distance(from start: UInt32, to end: UInt32, _ capacity: UInt32) -> UInt32 {
        end >= start ? end - start : end + capacity - start
    }

    static func makePart(capacity: UInt32) -> Part {
        let entries = UnsafeMutablePointer<Entry>.allocate(capacity: Int(capacity))
        entries.initialize(repeating: Entry(hash: 0, slotPlusOne: 0), count: Int(capacity))
        return Part(entries: entries, capacity: capacity, count: 0)
    }

    static func place(_ entry: Entry, in part: Part) {
        var position = home(entry.hash, part.capacity)
        while part.entries[Int(position)].slotPlusOne != 0 { position = after(position, part.capacity) }
        part.entries[Int(position)] = entry
    }

    private mutating func grow(_ index: Int) {
        let old = parts[index]
        // Half as much again: on average 11 bytes of index a customer.
        var part = Self.makePart(capacity: old.capacity + max(old.capacity / 2, Self.partCapacityMin))
        for position in 0..<Int(old.capacity) where old.entries[position].slotPlusOne != 0 {
            Self.place(old.entries[position], in: part)
        }
        part.count = old.count
        old.entries.deallocate()
        parts[index] = part
    }
}
