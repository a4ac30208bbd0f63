import CSupport
import Primitives

/// Where each customer's packed state is: an index from key to slot, and from slot to block.
///
/// A slot is a small number that stays the same while the customer lives; timers and snapshots name
/// customers by it. The order of slots depends on the order of insertions and removals only.
/// Isolation: the shard that owns the engine.
struct CustomerTable: ~Copyable {
    /// Where a customer was found who will be asked for soon; slot plus one (0: nobody).
    private struct Hint: BitwiseCopyable {
        var tag: UInt32 = 0
        var slotPlusOne: UInt32 = 0
    }

    /// BOUND: 4 KiB. Far more than customers who are being waited for, so that few of them want one place.
    private static var hintCount: Int { 512 }
    /// Set in what a free slot holds; no block's name has it.
    private static var freeBit: UInt32 { 1 << UInt32(BlockArena.referenceBitCount) }

    private let pinned = Pinned()
    var index = CustomerIndex()
    /// By some bits of the hash the customer that `prefetchSlot` found last, so that the index is walked once an event.
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
        hints = .allocate(capacity: Self.hintCount)
        hints.initialize(repeating: Hint(), count: Self.hintCount)
    }

    deinit { hints.deallocate() }

    /// Bytes reserved for index, slots with their timers, and blocks.
    var reservedByteCount: Int {
        index.reservedByteCount + timers.reservedByteCount + arena.reservedByteCount
    }

    /// Slots ever handed out; some may be free.
    var slotCount: Int { timers.slotCount }

    /// All slots in use, in order. Complexity: O(slots), with memory for each.
    func slotsInUse() -> [UInt32] { (0..<UInt32(slotCount)).filter { !isFree($0) } }

    /// Puts slots into the order of their customers' bytes.
    func sortByKey(_ slots: inout PlainList<UInt32>) {
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
        index.find(hash: hash) { PackedCustomer.key(of: block(of: $0), equals: key) }
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
        index.insert(slot, hash: hash)
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
        index.remove(slot, hash: hash)
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
    func prefetchIndex(hash: UInt64) { index.prefetch(hash: hash) }

    /// Asks for the slot to be brought near that the index gives for `hash`; reads the index.
    @inline(__always)
    func prefetchSlot(hash: UInt64) {
        guard let slot = index.find(hash: hash, where: { _ in true }) else { return }
        hints[Self.hintPlace(hash)] = Hint(tag: UInt32(truncatingIfNeeded: hash >> 32), slotPlusOne: slot + 1)
        timers.prefetch(slot)
    }

    /// The slot that `prefetchSlot` found for `hash`, if it is still in use; the customer may be another one.
    @inline(__always)
    func hintedSlot(hash: UInt64) -> UInt32? {
        let hint = hints[Self.hintPlace(hash)]
        guard hint.tag == UInt32(truncatingIfNeeded: hash >> 32), hint.slotPlusOne != 0 else { return nil }
        // The customer may have been removed since.
        return isFree(hint.slotPlusOne - 1) ? nil : hint.slotPlusOne - 1
    }

    @inline(__always)
    private static func hintPlace(_ hash: UInt64) -> Int { Int(hash >> 8 & UInt64(hintCount - 1)) }

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
}
