import Primitives

/// One slot as it is stored in an image.
///
/// Layout, little-endian: slot (4), when its timer is due in milliseconds or 0 (8), the packed customer. A free slot
/// has -1 in place of the due time and then the next free slot plus one (4). Which entries come in which order says
/// nothing; in one full image or increment each slot comes at most once.
struct EngineImageEntry {
    /// Bytes before the packed customer or the link.
    static var headByteCount: Int { 12 }
    /// Bytes of the smallest entry.
    static var byteCountMin: Int { headByteCount + 4 }
    /// BOUND: bytes of the largest entry.
    static var byteCountMax: Int { headByteCount + Int(UInt16.max) }
    static var freeDue: Int64 { -1 }

    var slot: UInt32
    /// Milliseconds, 0 for no timer.
    var due: Int64
    /// The customer's packed form; empty for a free slot.
    var packed: UnsafeRawBufferPointer
    /// For a free slot the next one plus one.
    var nextFreeSlotPlusOne: UInt32

    var isFree: Bool { packed.isEmpty }

    static func append(free slot: UInt32, nextFreeSlotPlusOne: UInt32, to writer: inout ByteWriter) {
        writer.append(byteCount: byteCountMin) { buffer in
            buffer.storeBytes(of: slot, as: UInt32.self)
            buffer.storeBytes(of: freeDue, toByteOffset: 4, as: Int64.self)
            buffer.storeBytes(of: nextFreeSlotPlusOne, toByteOffset: headByteCount, as: UInt32.self)
        }
    }

    @inline(__always)
    static func append(
        _ slot: UInt32, due: Int64, packed: UnsafeRawBufferPointer, to writer: inout ByteWriter
    ) {
        writer.append(byteCount: headByteCount + packed.count) { buffer in
            buffer.storeBytes(of: slot, as: UInt32.self)
            buffer.storeBytes(of: due, toByteOffset: 4, as: Int64.self)
            UnsafeMutableRawBufferPointer(rebasing: buffer[headByteCount...]).copyMemory(from: packed)
        }
    }
}

/// Reads the entries of a chunk, front to back, and checks each.
struct EngineImageEntryReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0

    /// SAFETY: `bytes` outlive the reader and the entries it gives.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next entry, or nil at the end of the chunk.
    mutating func next() throws(EngineImageError) -> EngineImageEntry? {
        let rest = bytes.count - offset
        if rest == 0 { return nil }
        guard rest >= EngineImageEntry.byteCountMin else { throw .entryMalformed(offset: offset) }
        let start = UnsafeRawBufferPointer(rebasing: bytes[offset...])
        var entry = EngineImageEntry(
            slot: start.loadUnaligned(as: UInt32.self),
            due: start.loadUnaligned(fromByteOffset: 4, as: Int64.self),
            packed: UnsafeRawBufferPointer(start: nil, count: 0), nextFreeSlotPlusOne: 0)
        if entry.due == EngineImageEntry.freeDue {
            entry.due = 0
            entry.nextFreeSlotPlusOne = start.loadUnaligned(
                fromByteOffset: EngineImageEntry.headByteCount, as: UInt32.self)
            offset += EngineImageEntry.byteCountMin
            return entry
        }
        let end =
            EngineImageEntry.headByteCount
            + Int(start.loadUnaligned(fromByteOffset: EngineImageEntry.headByteCount, as: UInt16.self))
        guard end <= rest, entry.due >= 0 else { throw .entryMalformed(offset: offset) }
        entry.packed = UnsafeRawBufferPointer(rebasing: start[EngineImageEntry.headByteCount..<end])
        guard PackedCustomer.isWellFormed(entry.packed) else { throw .entryMalformed(offset: offset) }
        offset += end
        return entry
    }
}
