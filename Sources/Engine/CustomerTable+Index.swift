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
    private mutating func makeRoom(hashes: borrowing SegmentedArray<UInt64>) {
        var counts = [UInt32](repeating: 0, count: CustomerIndex.partCount)
        for slot in 0..<slotCount where !isFree(UInt32(slot)) {
            counts[CustomerIndex.part(of: hashes[slot])] += 1
        }
        index.makeRoom(counts: counts)
    }

    /// Puts a slot into the index; false if its customer is there already.
    @inline(__always)
    private mutating func place(_ slot: UInt32, hash: UInt64) -> Bool {
        guard index.find(hash: hash, where: { isSameCustomer($0, slot) }) == nil else { return false }
        index.insert(slot, hash: hash)
        return true
    }

    private func isSameCustomer(_ left: UInt32, _ right: UInt32) -> Bool {
        PackedCustomer.key(of: block(of: left), equals: PackedCustomer.key(of: block(of: right)))
    }
}
