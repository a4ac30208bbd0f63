import CSupport
import Primitives

extension CustomerTable {
    /// Slots whose places in the index are fetched ahead.
    private static var lookahead: Int { 16 }

    /// Makes the index of a table that has been restored, and counts its customers.
    ///
    /// - Parameter hashes: for each slot in use the hash of its key.
    /// - Returns: nil, or a slot whose customer has another slot, too; then the table is not to be used.
    mutating func makeIndex(hashes: borrowing SegmentedArray<UInt64>) -> UInt32? {
        makeRoom(hashes: hashes)
        for slot in 0..<slotCount {
            let ahead = slot + Self.lookahead
            if ahead < slotCount { prefetchIndex(hash: hashes[ahead]) }
            if isFree(UInt32(slot)) { continue }
            guard place(UInt32(slot), hash: hashes[slot]) else { return UInt32(slot) }
            count += 1
        }
        return nil
    }

    /// Gives every part of the index room for its customers, at the load it has on average after growing.
    private func makeRoom(hashes: borrowing SegmentedArray<UInt64>) {
        var counts = [UInt32](repeating: 0, count: Self.partCount)
        for slot in 0..<slotCount where !isFree(UInt32(slot)) {
            counts[Int(hashes[slot] & UInt64(Self.partCount - 1))] += 1
        }
        for index in 0..<Self.partCount where counts[index] * 4 > parts[index].capacity * 3 {
            parts[index].entries.deallocate()
            parts[index] = Self.makePart(capacity: counts[index] / 4 * 5 + 8)
        }
    }

    /// Puts a slot into the index; false if its customer is there already.
    @inline(__always)
    private func place(_ slot: UInt32, hash: UInt64) -> Bool {
        let index = Int(hash & UInt64(Self.partCount - 1))
        let part = parts[index]
        let tag = UInt32(truncatingIfNeeded: hash >> 32)
        var position = Self.home(tag, part.capacity)
        while case let entry = part.entries[Int(position)], entry.slotPlusOne != 0 {
            if entry.hash == tag, isSameCustomer(entry.slotPlusOne - 1, slot) { return false }
            position = Self.after(position, part.capacity)
        }
        part.entries[Int(position)] = Entry(hash: tag, slotPlusOne: slot + 1)
        parts[index].count += 1
        return true
    }

    private func isSameCustomer(_ left: UInt32, _ right: UInt32) -> Bool {
        PackedCustomer.key(of: block(of: left), equals: PackedCustomer.key(of: block(of: right)))
    }
}
