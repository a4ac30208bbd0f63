import Model
import Primitives

/// The form in which a customer is stored: only what is known, in a few dozen bytes.
///
/// Layout, little-endian: byte count (2), key length minus one (1), what is left out for being the same (1), field bits
/// with level, reasons and step (4), key, then the fields whose bits are set, in the order of `Fields`, cart items
/// last. The same customer has the same bytes, but for those of an older layout. They go into snapshots, so a change
/// here is a new `Engine.imageVersion`.
enum PackedCustomer {
    /// Bytes before the key.
    static let headerByteCount = 8

    /// Bits of the field word. Bits 16 to 20 hold the reasons, 21 and 22 the level, 23 "truncated", 24 to 28 the
    /// cart's next step.
    struct Fields: OptionSet {
        var rawValue: UInt32

        static let recentIDs = Fields(rawValue: 1 << 0)
        static let recentOrders = Fields(rawValue: 1 << 1)
        static let orders = Fields(rawValue: 1 << 2)
        static let crossing = Fields(rawValue: 1 << 3)
        static let until = Fields(rawValue: 1 << 4)
        static let fatigueEnd = Fields(rawValue: 1 << 5)
        static let adClicks = Fields(rawValue: 1 << 6)
        static let mailWithdrawn = Fields(rawValue: 1 << 7)
        static let mailGranted = Fields(rawValue: 1 << 8)
        static let adsWithdrawn = Fields(rawValue: 1 << 9)
        static let adsGranted = Fields(rawValue: 1 << 10)
        static let hardBounce = Fields(rawValue: 1 << 11)
        static let mailReceived = Fields(rawValue: 1 << 12)
        static let cartCleared = Fields(rawValue: 1 << 13)
        static let abandoned = Fields(rawValue: 1 << 14)
        static let cart = Fields(rawValue: 1 << 15)
        static let truncated = Fields(rawValue: 1 << 23)
        static let firstStepFired = Fields(rawValue: 1 << 29)
        static let otherCurrency = Fields(rawValue: 1 << 30)
    }

    /// Times that are left out, since they are the same as others.
    struct Omissions: OptionSet {
        var rawValue: UInt8

        /// The last order was when the first was.
        static let lastOrder = Omissions(rawValue: 1)
        /// The latest abandoned-cart record was when the latest step 1 fired.
        static let abandonedAt = Omissions(rawValue: 2)
        /// The cart's steps are counted from its last activity.
        static let cartStart = Omissions(rawValue: 4)
    }

    /// Bytes of the block, header included.
    @inline(__always)
    static func byteCount(of block: UnsafeRawPointer) -> Int { Int(block.load(as: UInt16.self)) }

    /// The customer's key.
    @inline(__always)
    static func key(of block: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: block + headerByteCount, count: Int(block.load(fromByteOffset: 2, as: UInt8.self)) + 1)
    }

    /// Whether the block is that of the customer with this key.
    @inline(__always)
    static func key(of block: UnsafeRawPointer, equals key: UnsafeRawBufferPointer) -> Bool {
        self.key(of: block).isEqual(to: key)
    }

    /// Bytes of a customer of whom nothing is known but the key.
    static func emptyByteCount(keyCount: Int) -> Int { headerByteCount + keyCount }

    /// Writes a customer of whom nothing is known into `block`.
    static func writeEmpty(key: UnsafeRawBufferPointer, to block: UnsafeMutableRawPointer) {
        block.storeBytes(of: UInt16(emptyByteCount(keyCount: key.count)), as: UInt16.self)
        block.storeBytes(of: UInt8(key.count - 1), toByteOffset: 2, as: UInt8.self)
        block.storeBytes(of: 0, toByteOffset: 3, as: UInt8.self)
        block.storeBytes(of: 0, toByteOffset: 4, as: UInt32.self)
        UnsafeMutableRawBufferPointer(start: block + headerByteCount, count: key.count).copyMemory(from: key)
    }
}

extension Customer {
    /// Takes over what `block` says, which must stay what it is while the customer is used. `hash` is that of the key.
    mutating func unpack(_ block: UnsafeRawPointer, hash: UInt64) {
        reset()
        self.hash = hash
        key = PackedCustomer.key(of: block)
        let bits = block.load(fromByteOffset: 4, as: UInt32.self)
        if bits == 0 { return }
        let fields = PackedCustomer.Fields(rawValue: bits)
        let omissions = PackedCustomer.Omissions(rawValue: block.load(fromByteOffset: 3, as: UInt8.self))
        let start = PackedCustomer.headerByteCount + key.count
        // SAFETY: the arena keeps readSlackByteCount readable bytes behind every block.
        var reader = PackedReader(
            UnsafeRawBufferPointer(start: block + start, count: PackedCustomer.byteCount(of: block) - start))
        reasons = SuppressionReasons(rawValue: UInt8(bits >> 16 & 31))
        level = ChurnLevel(rawValue: UInt8(bits >> 21 & 3)) ?? .none
        if fields.contains(.recentIDs) {
            for _ in 0..<reader.byte() { recentIDs.append(reader.uint64()) }
        }
        if fields.contains(.recentOrders) {
            for _ in 0..<reader.byte() { recentOrders.append(reader.uint64()) }
        }
        if fields.contains(.orders) {
            orderCount = reader.uint32()
            firstOrder = reader.time()
            lastOrder = omissions.contains(.lastOrder) ? firstOrder : reader.time()
            spend = Money(tenThousandths: reader.int64())
            hasOtherCurrency = fields.contains(.otherCurrency)
        }
        if fields.contains(.crossing) { crossing = reader.time() }
        if fields.contains(.until) { until = reader.time() }
        if fields.contains(.fatigueEnd) { fatigueEnd = reader.time() }
        if fields.contains(.adClicks) {
            for _ in 0..<reader.byte() { adClicks.append(reader.time()) }
        }
        unpackConsent(fields, &reader)
        unpackCart(fields, omissions, bits, &reader)
    }

    private mutating func unpackConsent(_ fields: PackedCustomer.Fields, _ reader: inout PackedReader) {
        if fields.contains(.mailWithdrawn) { mailWithdrawn = reader.time() }
        if fields.contains(.mailGranted) { mailGranted = reader.time() }
        if fields.contains(.adsWithdrawn) { adsWithdrawn = reader.time() }
        if fields.contains(.adsGranted) { adsGranted = reader.time() }
        if fields.contains(.hardBounce) { hardBounce = reader.time() }
        if fields.contains(.mailReceived) { mailReceived = reader.time() }
    }

    private mutating func unpackCart(
        _ fields: PackedCustomer.Fields, _ omissions: PackedCustomer.Omissions, _ bits: UInt32,
        _ reader: inout PackedReader
    ) {
        if fields.contains(.cartCleared) { cartCleared = reader.time() }
        if fields.contains(.firstStepFired) { firstStepFired = reader.time() }
        if fields.contains(.abandoned) {
            abandonedAt = omissions.contains(.abandonedAt) ? firstStepFired : reader.time()
            abandonedStep = reader.byte()
        }
        guard fields.contains(.cart) else { return }
        cart.activity = reader.time()
        cart.start = omissions.contains(.cartStart) ? cart.activity : reader.time()
        cart.step = Int(bits >> 24 & 31)
        cart.isTruncated = fields.contains(.truncated)
        cart.lastEventID = reader.bytes(Int(reader.byte()))
        cart.adopt(packedItems: reader.rest)
    }

    /// BOUND: bytes of the packed form before the cart's items: header and key 264, ids and orders 98, times and clicks
    /// 160, the last event's id 129, numbers less than 100.
    private static var packedHeadByteCountMax: Int { 1_024 }

    /// Appends the packed form to `writer`, which must be empty.
    func pack(into writer: inout ByteWriter) {
        var fields: PackedCustomer.Fields = []
        var omissions: PackedCustomer.Omissions = []
        var cursor = writer.cursor(reserving: Self.packedHeadByteCountMax + cart.packedByteCountMax)
        cursor.append(low: Int64(key.count - 1) << 16, byteCount: 8)
        cursor.append(key)
        if recentIDs.count > 0 {
            fields.insert(.recentIDs)
            cursor.append(UInt8(truncatingIfNeeded: recentIDs.count))
            for index in 0..<recentIDs.count {
                cursor.append(low: Int64(bitPattern: recentIDs[index]), byteCount: 8)
            }
        }
        if recentOrders.count > 0 {
            fields.insert(.recentOrders)
            cursor.append(UInt8(truncatingIfNeeded: recentOrders.count))
            for index in 0..<recentOrders.count {
                cursor.append(low: Int64(bitPattern: recentOrders[index]), byteCount: 8)
            }
        }
        if orderCount > 0 {
            fields.insert(.orders)
            if hasOtherCurrency { fields.insert(.otherCurrency) }
            cursor.append(low: Int64(orderCount), byteCount: 4)
            cursor.append(packed: firstOrder)
            Self.pack(lastOrder, unlessSameAs: firstOrder, .lastOrder, &omissions, &cursor)
            cursor.append(low: spend.tenThousandths, byteCount: 8)
        }
        Self.pack(crossing, unless: .never, .crossing, &fields, &cursor)
        Self.pack(until, unless: .never, .until, &fields, &cursor)
        Self.pack(fatigueEnd, unless: .distantPast, .fatigueEnd, &fields, &cursor)
        if adClicks.count > 0 {
            fields.insert(.adClicks)
            cursor.append(UInt8(truncatingIfNeeded: adClicks.count))
            for index in 0..<adClicks.count { cursor.append(packed: adClicks[index]) }
        }
        packConsent(&fields, &cursor)
        packCart(&fields, &omissions, &cursor)
        writer.commit(cursor)
        var bits = fields.rawValue | UInt32(reasons.rawValue) << 16 | UInt32(level.rawValue) << 21
        if !cart.isEmpty { bits |= UInt32(cart.step) << 24 }
        precondition(writer.count <= Int(UInt16.max), "a customer of more than 64 KiB")
        writer.mutableBytes.storeBytes(of: UInt16(writer.count), as: UInt16.self)
        writer.mutableBytes.storeBytes(of: omissions.rawValue, toByteOffset: 3, as: UInt8.self)
        writer.mutableBytes.storeBytes(of: bits, toByteOffset: 4, as: UInt32.self)
    }

    @inline(__always)
    private static func pack(
        _ time: EventTime, unless absent: EventTime, _ field: PackedCustomer.Fields,
        _ fields: inout PackedCustomer.Fields, _ cursor: inout TextCursor
    ) {
        guard time != absent else { return }
        fields.insert(field)
        cursor.append(packed: time)
    }

    @inline(__always)
    private static func pack(
        _ time: EventTime, unlessSameAs other: EventTime, _ omission: PackedCustomer.Omissions,
        _ omissions: inout PackedCustomer.Omissions, _ cursor: inout TextCursor
    ) {
        if time == other {
            omissions.insert(omission)
        } else {
            cursor.append(packed: time)
        }
    }

    @inline(__always)
    private func packConsent(_ fields: inout PackedCustomer.Fields, _ cursor: inout TextCursor) {
        Self.pack(mailWithdrawn, unless: .distantPast, .mailWithdrawn, &fields, &cursor)
        Self.pack(mailGranted, unless: .distantPast, .mailGranted, &fields, &cursor)
        Self.pack(adsWithdrawn, unless: .distantPast, .adsWithdrawn, &fields, &cursor)
        Self.pack(adsGranted, unless: .distantPast, .adsGranted, &fields, &cursor)
        Self.pack(hardBounce, unless: .distantPast, .hardBounce, &fields, &cursor)
        Self.pack(mailReceived, unless: .distantPast, .mailReceived, &fields, &cursor)
    }

    @inline(__always)
    private func packCart(
        _ fields: inout PackedCustomer.Fields, _ omissions: inout PackedCustomer.Omissions,
        _ cursor: inout TextCursor
    ) {
        Self.pack(cartCleared, unless: .distantPast, .cartCleared, &fields, &cursor)
        Self.pack(firstStepFired, unless: .distantPast, .firstStepFired, &fields, &cursor)
        if abandonedStep != 0 {
            fields.insert(.abandoned)
            Self.pack(abandonedAt, unlessSameAs: firstStepFired, .abandonedAt, &omissions, &cursor)
            cursor.append(abandonedStep)
        }
        guard !cart.isEmpty else { return }
        fields.insert(.cart)
        if cart.isTruncated { fields.insert(.truncated) }
        cursor.append(packed: cart.activity)
        Self.pack(cart.start, unlessSameAs: cart.activity, .cartStart, &omissions, &cursor)
        cursor.append(UInt8(cart.lastEventID.count))
        cursor.append(cart.lastEventID)
        cart.packItems(into: &cursor)
    }
}
