public import Model
import Primitives

/// An engine that is being made again from a full image and the increments after it.
///
/// Bytes that are no image throw and never crash; after a throw the restoration is of no use. What is written about
/// a customer is believed: whoever reads the bytes checks their checksums. Isolation: one thread at a time.
///
/// Complexity: some 150 ns a customer. Memory: the engine's, and 8 bytes a slot until `finish`.
public struct EngineRestoration: ~Copyable {
    private var header: EngineImageHeader
    private var table = CustomerTable()
    /// For each slot in use the hash of its key.
    private var hashes = SegmentedArray<UInt64>()
    /// A bit for each slot that the present image has had.
    private var seen = SegmentedArray<UInt64>()
    /// Slots that must come in the present image: all of a full one, the new ones of an increment.
    private var firstNewSlot = 0
    private var newSeenCount = 0

    /// Begins with the header of a full image.
    ///
    /// - Parameter byteCountMax: bytes that its entries can have at most, such as the file's; bounds the memory that a
    ///   wrong header can ask for.
    public init(_ header: EngineImageHeader, byteCountMax: Int) throws(EngineImageError) {
        self.header = EngineImageHeader()
        try begin(header, byteCountMax: byteCountMax)
    }

    /// Begins with an increment, after all entries of the image before it.
    public mutating func beginIncrement(
        _ header: EngineImageHeader, byteCountMax: Int
    ) throws(EngineImageError) {
        try checkCompleteness()
        try begin(header, byteCountMax: byteCountMax)
    }

    private mutating func begin(_ header: EngineImageHeader, byteCountMax: Int) throws(EngineImageError) {
        let slotCountBefore = self.header.slotCount
        let newSlotCount = header.slotCount - slotCountBefore
        guard newSlotCount >= 0, newSlotCount <= byteCountMax / EngineImageEntry.byteCountMin else {
            throw .slotsMissing
        }
        self.header = header
        firstNewSlot = slotCountBefore
        newSeenCount = 0
        table.growRestored(to: header.slotCount)
        hashes.grow(to: header.slotCount, filler: 0)
        for index in 0..<seen.count { seen[index] = 0 }
        seen.grow(to: (header.slotCount + 63) >> 6, filler: 0)
    }

    private func checkCompleteness() throws(EngineImageError) {
        guard newSeenCount == header.slotCount - firstNewSlot else { throw .slotsMissing }
    }

    /// Takes in the entries of one chunk.
    public mutating func add(_ chunk: UnsafeRawBufferPointer) throws(EngineImageError) {
        var reader = EngineImageEntryReader(chunk)
        while let entry = try reader.next() { try add(entry) }
    }

    private mutating func add(_ entry: EngineImageEntry) throws(EngineImageError) {
        let slot = Int(entry.slot)
        guard slot < header.slotCount else { throw .slotOutOfRange(entry.slot) }
        let bit: UInt64 = 1 << UInt64(slot & 63)
        guard seen[slot >> 6] & bit == 0 else { throw .slotRepeated(entry.slot) }
        seen[slot >> 6] |= bit
        if slot >= firstNewSlot { newSeenCount += 1 }
        guard entry.due < TimerQueue.dueEnd else { throw .dueOutOfRange(entry.slot) }
        table.timers.restore(
            entry.slot, due: entry.due == 0 ? .never : EventTime(milliseconds: entry.due))
        if entry.isFree {
            table.restore(entry.slot, nextFreeSlotPlusOne: entry.nextFreeSlotPlusOne)
        } else {
            table.restore(entry.slot, packed: entry.packed)
            hashes[slot] = StableHash.hash(PackedCustomer.key(of: table.block(of: entry.slot)))
        }
    }

    /// Makes the engine: its index, its timers and the order of free slots.
    ///
    /// - Parameter rules: those that the image was made under; what timers are due at follows from them.
    public consuming func finish(rules: Rules) throws(EngineImageError) -> Engine {
        try checkCompleteness()
        try checkFreeSlots()
        if let slot = table.makeIndex(hashes: hashes) { throw .customerRepeated(slot) }
        guard table.count == header.customerCount else { throw .countsDiffer }
        if let slot = table.timers.startRestored(after: header.watermark) { throw .dueOutOfRange(slot) }
        return Engine(rules: rules, watermark: header.watermark, table: table)
    }

    /// Follows the list of free slots, which must have as many as are free.
    private mutating func checkFreeSlots() throws(EngineImageError) {
        table.restore(firstFreeSlotPlusOne: header.firstFreeSlotPlusOne)
        var slotPlusOne = header.firstFreeSlotPlusOne
        var count = 0
        // BOUND: a list that comes to a slot twice would be longer than there are free slots.
        while slotPlusOne != 0 {
            count += 1
            guard slotPlusOne <= UInt32(header.slotCount), table.isFree(slotPlusOne - 1),
                count <= header.slotCount - header.customerCount
            else { throw .freeListBroken }
            slotPlusOne = table.freeSlotPlusOne(after: slotPlusOne - 1)
        }
        guard count == header.slotCount - header.customerCount else { throw .freeListBroken }
    }
}
