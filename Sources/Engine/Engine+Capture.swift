public import Primitives

/// A capture that goes on while the engine works: which part of it has been taken.
struct ImageCapture: ~Copyable {
    /// Whether there is one.
    var isActive = false
    var isFull = false
    /// Slots that there were at the cut.
    var slotCount = 0
    /// Slots below this have been taken, or need not be.
    var position = 0
    /// Entries of slots that were changed before their turn came, as they were at the cut.
    var early = ByteWriter(capacity: 64)
    /// Bytes of `early` that have been handed out.
    var earlyStart = 0
}

/// Images: everything that decides later output, as bytes.
///
/// A capture takes the state as it is at the cut, `beginCapture`, in slices between batches, while events go on being
/// applied: before a customer is first changed who has not been taken yet, the entry is put aside. So no slice
/// takes longer than its bytes do, and nothing is ever read by another thread. Everything here belongs to the thread
/// that applies events; only whole calls of `apply` and `advance` lie between the calls.
extension Engine {
    /// Notes from now on which customers are changed, which captures need. Costs two bits a customer.
    public mutating func enableTracking() {
        if !changes.isEnabled { changes.enable(slotCount: table.slotCount) }
    }

    /// What an image of the present state says before its entries.
    public var imageHeader: EngineImageHeader {
        var header = EngineImageHeader()
        header.watermark = watermark
        header.customerCount = table.count
        header.slotCount = table.slotCount
        header.firstFreeSlotPlusOne = table.firstFreeSlotPlusOne
        return header
    }

    /// Whether a capture has begun and is not finished.
    public var isCapturing: Bool { imageCapture.isActive }

    /// Makes the cut: what `capture` hands out from now on is the state of this moment. Complexity: O(1).
    ///
    /// Tracking must be on, and no capture going on.
    /// - Parameter isFull: every slot; else those changed since the cut before, or since tracking was enabled.
    /// - Returns: what the image says before its entries.
    public mutating func beginCapture(isFull: Bool) -> EngineImageHeader {
        precondition(changes.isEnabled, "a capture without tracking")
        precondition(!imageCapture.isActive, "two captures at once")
        changes.beginGeneration()
        imageCapture.isActive = true
        imageCapture.isFull = isFull
        imageCapture.slotCount = table.slotCount
        imageCapture.position = 0
        return imageHeader
    }

    /// Appends the next entries of the capture to `buffer`, always whole ones.
    ///
    /// - Parameter byteCountMax: stop once so many bytes are appended; the last entry may go beyond by 64 KiB. 256 KiB
    ///   take about half a millisecond.
    /// - Returns: whether that was the last of them; then the capture is over.
    public mutating func capture(upTo byteCountMax: Int, into buffer: inout ByteWriter) -> Bool {
        precondition(imageCapture.isActive, "no capture has begun")
        let byteCountEnd = buffer.count + max(byteCountMax, 1)
        handOutEarly(upTo: byteCountEnd, into: &buffer)
        while imageCapture.position < imageCapture.slotCount, buffer.count < byteCountEnd {
            sweep(upTo: byteCountEnd, into: &buffer)
        }
        guard imageCapture.position >= imageCapture.slotCount, imageCapture.early.count == 0 else {
            return false
        }
        changes.forgetBefore()
        imageCapture.isActive = false
        return true
    }

    /// Gives the capture up, as if it had never begun: the next increment has its changes, too.
    public mutating func cancelCapture() {
        guard imageCapture.isActive else { return }
        changes.takeBackBefore()
        imageCapture.isActive = false
        forgetEarly()
    }

    /// Appends header and entries of the whole state, in the order of slots: equal states give equal bytes. For tests
    /// and comparisons; it stalls for as long as it takes.
    public func image(into writer: inout ByteWriter) {
        imageHeader.append(to: &writer)
        for slot in 0..<UInt32(table.slotCount) {
            Self.appendEntry(slot, due: dueForImage(slot), of: table, to: &writer)
        }
    }

    /// A hash of the whole state; equal states give equal ones. Complexity: O(slots), some 0.1 s a million.
    public func stateDigest() -> UInt64 {
        var entry = ByteWriter(capacity: EngineImageEntry.byteCountMax)
        imageHeader.append(to: &entry)
        var digest = XXH3.hash(entry.bytes)
        for slot in 0..<UInt32(table.slotCount) {
            entry.removeAll()
            Self.appendEntry(slot, due: dueForImage(slot), of: table, to: &entry)
            digest &+= XXH3.hash(entry.bytes)
        }
        return digest
    }
}

extension Engine {
    /// Is told before anything of `slot` is changed, or before it is given to somebody.
    @inline(__always)
    mutating func willChange(_ slot: UInt32) {
        if changes.isEnabled { noteChange(slot, due: nil) }
    }

    /// Is told before a customer is changed whose timer, due at `due`, has been taken out of the queue.
    @inline(__always)
    mutating func willChange(_ slot: UInt32, firedAt due: EventTime) {
        if changes.isEnabled { noteChange(slot, due: due.milliseconds) }
    }

    /// Is told when a slot has been handed out for the first time.
    @inline(__always)
    mutating func didAdd(_ slot: UInt32) {
        if changes.isEnabled {
            changes.reserve(slotCount: Int(slot) + 1)
            _ = changes.note(slot)
        }
    }

    private mutating func noteChange(_ slot: UInt32, due: Int64?) {
        guard changes.note(slot), imageCapture.isActive, Int(slot) < imageCapture.slotCount,
            Int(slot) >= imageCapture.position, imageCapture.isFull || changes.wasChangedBefore(slot)
        else { return }
        Self.appendEntry(slot, due: due ?? dueForImage(slot), of: table, to: &imageCapture.early)
    }

    private func dueForImage(_ slot: UInt32) -> Int64 {
        let due = table.timers.due(of: slot)
        return due == .never ? 0 : due.milliseconds
    }

    @inline(__always)
    private static func appendEntry(
        _ slot: UInt32, due: Int64, of table: borrowing CustomerTable, to writer: inout ByteWriter
    ) {
        if table.isFree(slot) {
            EngineImageEntry.append(
                free: slot, nextFreeSlotPlusOne: table.freeSlotPlusOne(after: slot), to: &writer)
        } else {
            let block = table.block(of: slot)
            EngineImageEntry.append(
                slot, due: due,
                packed: UnsafeRawBufferPointer(start: block, count: PackedCustomer.byteCount(of: block)),
                to: &writer)
        }
    }

    /// Hands out what was put aside, in whole entries, oldest first.
    private mutating func handOutEarly(upTo byteCountEnd: Int, into buffer: inout ByteWriter) {
        let bytes = imageCapture.early.bytes
        let start = imageCapture.earlyStart
        let room = byteCountEnd - buffer.count
        var end = start
        while end < bytes.count, end - start < room { end += Self.entryByteCount(bytes, at: end) }
        if end > start { buffer.append(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) }
        imageCapture.earlyStart = end
        if end == bytes.count { forgetEarly() }
    }

    /// Bytes of an entry that was made here.
    private static func entryByteCount(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int {
        let due = bytes.loadUnaligned(fromByteOffset: offset + 4, as: Int64.self)
        if due == EngineImageEntry.freeDue { return EngineImageEntry.byteCountMin }
        let head = EngineImageEntry.headByteCount
        return head + Int(bytes.loadUnaligned(fromByteOffset: offset + head, as: UInt16.self))
    }

    private mutating func forgetEarly() {
        imageCapture.earlyStart = 0
        imageCapture.early.removeAll()
        // A burst of timers may have put a lot aside.
        if imageCapture.early.capacity > Self.earlyByteCountKept {
            imageCapture.early = ByteWriter(capacity: Self.earlyByteCountKept)
        }
    }

    /// Memory for entries put aside that is kept from one slice to the next.
    private static var earlyByteCountKept: Int { 1 << 20 }

    /// Appends what is to be taken of the 64 slots at `position`, or of some of them.
    private mutating func sweep(upTo byteCountEnd: Int, into buffer: inout ByteWriter) {
        let index = imageCapture.position >> 6
        var pending = imageCapture.isFull ? ~0 : changes.changedBefore(index)
        pending &= ~changes.changed(index) & (~0 << UInt64(imageCapture.position & 63))
        let last = min((index + 1) << 6, imageCapture.slotCount)
        if last & 63 != 0 { pending &= 1 << UInt64(last & 63) - 1 }
        prefetchEntries(index, pending)
        while pending != 0 {
            let slot = UInt32(index << 6 + pending.trailingZeroBitCount)
            guard buffer.count < byteCountEnd else {
                imageCapture.position = Int(slot)
                return
            }
            Self.appendEntry(slot, due: dueForImage(slot), of: table, to: &buffer)
            pending &= pending &- 1
        }
        imageCapture.position = last
    }

    @inline(__always)
    private func prefetchEntries(_ index: Int, _ pending: UInt64) {
        var rest = pending
        while rest != 0 {
            let slot = UInt32(index << 6 + rest.trailingZeroBitCount)
            table.prefetchBlock(of: slot)
            rest &= rest &- 1
        }
    }
}
