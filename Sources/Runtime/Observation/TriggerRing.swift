import Model
import Primitives

/// The memory of `TriggerFeed`: the newest records, in a few blocks that are filled again and again, so that keeping
/// a record allocates nothing.
///
/// Isolation: inside the feed's monitor.
struct TriggerRing {
    /// BOUND: records and bytes that are kept.
    static let entryCountMax = 16_384
    static let byteCountMax = 16 << 20
    /// A block is full after so many bytes, whatever its last record holds.
    private static let blockByteCount = 256 << 10
    /// What a record counts for beside its bytes.
    private static let slotByteCount = 64

    /// Where one record lies in its block: the customer, then the JSON.
    private struct Slot {
        var kind: RecordKind
        var start: Int
        var customerCount: Int
        var valueCount: Int

        var byteCount: Int { customerCount + valueCount + TriggerRing.slotByteCount }
    }

    private final class Block {
        /// Number of its first record.
        var firstNumber: UInt64 = 0
        var bytes = ByteWriter(capacity: TriggerRing.blockByteCount)
        var slots: [Slot] = []
    }

    /// The oldest first; only the last has room.
    private var blocks: [Block] = []
    /// The block that was forgotten last.
    private var spare: Block?
    private var byteCount = 0
    /// Number of the oldest record; one more than `lastNumber` if there is none.
    private(set) var firstNumber: UInt64 = 1
    /// Number of the newest record; 0 if there is none.
    private(set) var lastNumber: UInt64 = 0

    /// Keeps a copy of a record, and returns its number.
    mutating func append(
        _ kind: RecordKind, customer: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer
    ) -> UInt64 {
        lastNumber += 1
        let block = blockWithRoom()
        let slot = Slot(
            kind: kind, start: block.bytes.count, customerCount: customer.count, valueCount: value.count)
        block.bytes.append(customer)
        block.bytes.append(value)
        block.slots.append(slot)
        byteCount += slot.byteCount
        while lastNumber - firstNumber >= UInt64(Self.entryCountMax) || byteCount > Self.byteCountMax,
            firstNumber < lastNumber
        {
            forgetOldest()
        }
        return lastNumber
    }

    private mutating func blockWithRoom() -> Block {
        if let last = blocks.last, last.bytes.count < Self.blockByteCount { return last }
        let block = spare ?? Block()
        spare = nil
        block.firstNumber = lastNumber
        blocks.append(block)
        return block
    }

    private mutating func forgetOldest() {
        guard let block = blocks.first else { return }
        byteCount -= block.slots[Int(firstNumber - block.firstNumber)].byteCount
        firstNumber += 1
        guard firstNumber - block.firstNumber == UInt64(block.slots.count) else { return }
        blocks.removeFirst()
        block.bytes.removeAll()
        block.slots.removeAll(keepingCapacity: true)
        spare = block
    }

    /// The record of this number, which is there, if `filter` wants it.
    func entry(_ number: UInt64, if filter: TriggerFeed.Filter) -> TriggerFeed.Entry? {
        guard let block = blocks.last(where: { $0.firstNumber <= number }) else { return nil }
        let slot = block.slots[Int(number - block.firstNumber)]
        guard filter.wants(slot.kind) else { return nil }
        let middle = slot.start + slot.customerCount
        let customer = UnsafeRawBufferPointer(rebasing: block.bytes.bytes[slot.start..<middle])
        if let wanted = filter.customer, !customer.elementsEqual(wanted) { return nil }
        let value = UnsafeRawBufferPointer(rebasing: block.bytes.bytes[middle..<middle + slot.valueCount])
        return TriggerFeed.Entry(
            number: number, kind: slot.kind, customer: Array(customer), value: Array(value))
    }
}
