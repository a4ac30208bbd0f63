import Primitives

extension PackedCustomer {
    /// Whether `bytes` can be unpacked without running over their end or over a bound of the contract.
    ///
    /// For bytes from outside, whose checksum was right: what is said about the customer is believed. To be kept in
    /// step with `Customer.pack`.
    static func isWellFormed(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count > headerByteCount, bytes.count == Int(bytes.loadUnaligned(as: UInt16.self)),
            bytes[3] & ~knownOmissions == 0
        else { return false }
        let omissions = Omissions(rawValue: bytes[3])
        let bits = bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
        var cursor = PackedCursor(bytes, offset: headerByteCount + Int(bytes[2]) + 1)
        guard cursor.isInside else { return false }
        if bits == 0 { return cursor.isAtEnd && omissions.isEmpty }
        let fields = Fields(rawValue: bits)
        guard omissions.isSubset(of: possibleOmissions(fields)) else { return false }
        guard bits & ~knownBits == 0 else { return false }
        if fields.contains(.otherCurrency), !fields.contains(.orders) { return false }
        if fields.contains(.recentIDs), !cursor.skipList(countMax: 8, elementByteCount: 8) { return false }
        if fields.contains(.recentOrders), !cursor.skipList(countMax: 4, elementByteCount: 8) { return false }
        let orderTimeCount = omissions.contains(.lastOrder) ? 1 : 2
        if fields.contains(.orders), !cursor.skip(4 + orderTimeCount * timeByteCount + 8) { return false }
        guard cursor.skip(timeByteCount * (bits & timesBeforeClicks).nonzeroBitCount) else { return false }
        if fields.contains(.adClicks), !cursor.skipList(countMax: 8, elementByteCount: timeByteCount) {
            return false
        }
        guard cursor.skip(timeByteCount * (bits & timesAfterClicks).nonzeroBitCount) else { return false }
        let abandonedByteCount = omissions.contains(.abandonedAt) ? 1 : timeByteCount + 1
        if fields.contains(.abandoned), !cursor.skip(abandonedByteCount) { return false }
        guard fields.contains(.cart) else { return cursor.isAtEnd }
        let cartTimeCount = omissions.contains(.cartStart) ? 1 : 2
        guard cursor.skip(cartTimeCount * timeByteCount), let idByteCount = cursor.byte(),
            cursor.skip(Int(idByteCount))
        else { return false }
        return Cart.isWellFormed(items: &cursor)
    }

    private static var timeByteCount: Int { 6 }
    /// Every omission that `Customer.pack` notes.
    private static var knownOmissions: UInt8 { 7 }

    /// What fields can leave out.
    private static func possibleOmissions(_ fields: Fields) -> Omissions {
        var possible: Omissions = []
        if fields.contains(.orders) { possible.insert(.lastOrder) }
        if fields.contains(.abandoned) { possible.insert(.abandonedAt) }
        if fields.contains(.cart) { possible.insert(.cartStart) }
        return possible
    }

    /// Every bit that `Customer.pack` sets.
    private static var knownBits: UInt32 { 0x7FFF_FFFF }
    /// Times between the orders and the clicks.
    private static var timesBeforeClicks: UInt32 {
        (Fields.crossing.rawValue | Fields.until.rawValue | Fields.fatigueEnd.rawValue)
    }
    /// Times between the clicks and the latest abandoned-cart record.
    private static var timesAfterClicks: UInt32 {
        [
            .mailWithdrawn, .mailGranted, .adsWithdrawn, .adsGranted, .hardBounce, .mailReceived,
            .cartCleared, .firstStepFired,
        ].reduce(0 as UInt32) { (bits: UInt32, field: Fields) in bits | field.rawValue }
    }
}

/// A place in packed bytes that is moved on as long as there are enough of them.
struct PackedCursor {
    private let bytes: UnsafeRawBufferPointer
    private var offset: Int

    /// SAFETY: `bytes` outlive the cursor.
    init(_ bytes: UnsafeRawBufferPointer, offset: Int) {
        self.bytes = bytes
        self.offset = offset
    }

    var isInside: Bool { offset <= bytes.count }
    var isAtEnd: Bool { offset == bytes.count }

    @inline(__always)
    mutating func skip(_ byteCount: Int) -> Bool {
        offset += byteCount
        return offset <= bytes.count
    }

    @inline(__always)
    mutating func byte() -> UInt8? {
        guard offset < bytes.count else { return nil }
        offset += 1
        return bytes[offset - 1]
    }

    /// Moves over a list that begins with its count, 1 to `countMax`.
    @inline(__always)
    mutating func skipList(countMax: UInt8, elementByteCount: Int) -> Bool {
        guard let count = byte(), count > 0, count <= countMax else { return false }
        return skip(Int(count) * elementByteCount)
    }
}
