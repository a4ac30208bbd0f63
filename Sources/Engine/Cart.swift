import Model
import Primitives

/// One line of a cart.
struct CartItem: BitwiseCopyable {
    /// Bytes of the customer's block or of an event; see `Customer`.
    var sku: UnsafeRawBufferPointer
    var quantity: Int64
    var price: Money
    var currency: Currency
    /// The newest `ts` of an event that named it.
    var touched: EventTime
}

/// The items of a customer's cart in the order they were added, and how far the steps have come.
///
/// The packed form is kept until someone asks for the items, since most events don't.
struct Cart: ~Copyable {
    /// BOUND: further skus are dropped. Source: contract, section 3.
    static let itemCountMax = 200

    private let pinned = Pinned()
    private(set) var items = PlainList<CartItem>()
    /// Bytes of the skus of `items`, and of those that were taken out.
    private var skuByteCount = 0
    /// The items as they were stored; they count while `isPacked`, then `items` does.
    private var packedItems = UnsafeRawBufferPointer(start: nil, count: 0)
    private var isPacked = false
    /// Last cart activity; `distantPast` while the cart is empty.
    var activity = EventTime.distantPast
    /// What steps are counted from.
    var start = EventTime.distantPast
    /// The step that fires next, from 0.
    var step = 0
    /// Whether an item was dropped since the cart was last empty.
    var isTruncated = false
    /// The id of the event of the last activity, or nothing; see `Customer`.
    var lastEventID = UnsafeRawBufferPointer(start: nil, count: 0)

    init() {}

    /// Whether there are no items. Only a cart with items has an activity, so nothing is unpacked for it.
    var isEmpty: Bool { isPacked ? packedItems.count == 0 : items.isEmpty }

    mutating func reset() {
        isPacked = false
        removeAllItems()
        forgetActivity()
        isTruncated = false
    }

    mutating func forgetActivity() {
        activity = .distantPast
        start = .distantPast
        step = 0
        lastEventID = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// Bytes that the items take in a record, at most: each byte of a sku may be escaped with six.
    var recordByteCountMax: Int {
        items.count * RecordWriter.itemFrameByteCountMax + skuByteCount * 6
    }

    /// Index of the item with this sku, or nil.
    func index(of sku: UnsafeRawBufferPointer) -> Int? {
        var index = 0
        while index < items.count {
            if items[index].sku.isEqual(to: sku) { return index }
            index += 1
        }
        return nil
    }

    /// Appends an item; there must be room for it, and `sku` must stay where it is while the customer is loaded.
    mutating func append(
        sku: UnsafeRawBufferPointer, quantity: Int64, price: Money, currency: Currency, touched: EventTime
    ) {
        precondition(items.count < Self.itemCountMax)
        skuByteCount += sku.count
        items.append(
            CartItem(sku: sku, quantity: quantity, price: price, currency: currency, touched: touched))
    }

    /// Changes the item at `index` in place.
    mutating func update(_ index: Int, _ change: (inout CartItem) -> Void) { change(&items[index]) }

    mutating func remove(at index: Int) { items.remove(at: index) }

    mutating func removeAllItems() {
        items.removeAll()
        skuByteCount = 0
    }

    /// Takes out the items that were not touched after `time`.
    mutating func removeItems(touchedUpTo time: EventTime) { items.removeAll { $0.touched <= time } }

    /// The currency of the item touched last (of equals, the last in the list), or absent if empty.
    var currency: Currency {
        var newest = EventTime.distantPast
        var currency = Currency.absent
        for item in items.elements where item.touched >= newest {
            newest = item.touched
            currency = item.currency
        }
        return currency
    }

    /// Sum of quantity x price, in ten-thousandths, over the items priced in `currency`; nil if there is none.
    ///
    /// Exact: 200 items of at most 10^14 ten-thousandths times a 64-bit quantity stay below 2^127.
    func value(in currency: Currency) -> Int128? {
        var sum: Int128 = 0
        var isPriced = false
        for item in items.elements where item.price.isPresent && item.currency == currency {
            sum += Int128(item.quantity) * Int128(item.price.tenThousandths)
            isPriced = true
        }
        return isPriced ? sum : nil
    }

    /// Takes the stored form of the items, to be unpacked when someone needs them.
    ///
    /// - Parameter bytes: part of the customer's block, with the readable bytes behind it that `PackedReader` needs.
    mutating func adopt(packedItems bytes: UnsafeRawBufferPointer) {
        packedItems = bytes
        isPacked = true
    }

    /// Makes `items` count; to be called before they, or the cart's activity, are looked at or changed.
    mutating func unpackItems() {
        guard isPacked else { return }
        isPacked = false
        var reader = PackedReader(packedItems)
        var currency = Currency.absent
        while !reader.isAtEnd {
            let flags = PackedItemFlags(rawValue: reader.byte())
            let sku = reader.bytes(Int(reader.byte()) + 1)
            if !flags.contains(.sameCurrency) { currency = Currency(packed: reader.uint24()) }
            let quantity: Int64 =
                flags.contains(.one) ? 1 : flags.contains(.wide) ? reader.int64() : reader.int32()
            let price = flags.contains(.priced) ? Money(tenThousandths: reader.int48()) : .absent
            let touched = flags.contains(.touchedLast) ? activity : reader.time()
            append(sku: sku, quantity: quantity, price: price, currency: currency, touched: touched)
        }
    }

    /// BOUND: bytes of an item's stored form beside its sku: flags, length, currency, quantity, price and time.
    private static var packedItemFrameByteCountMax: Int { 25 }

    /// Bytes that the stored form of the items takes at most.
    var packedByteCountMax: Int {
        isPacked
            ? packedItems.count : items.count &* Self.packedItemFrameByteCountMax &+ skuByteCount
    }

    /// Adds the stored form of the items: `packedByteCountMax` bytes at most.
    func packItems(into cursor: inout TextCursor) {
        if isPacked {
            cursor.append(packedItems)
            return
        }
        var currency = Currency.absent
        var index = 0
        while index < items.count {
            let item = items[index]
            index &+= 1
            var flags: PackedItemFlags = []
            if item.currency == currency { flags.insert(.sameCurrency) }
            if item.quantity == 1 { flags.insert(.one) }
            if item.quantity > Int64(Int32.max) { flags.insert(.wide) }
            if item.price.isPresent { flags.insert(.priced) }
            if item.touched == activity { flags.insert(.touchedLast) }
            cursor.append(flags.rawValue)
            cursor.append(UInt8(item.sku.count - 1))
            cursor.append(item.sku)
            if item.currency != currency { cursor.append(low: Int64(item.currency.packed), byteCount: 3) }
            currency = item.currency
            if flags.contains(.wide) {
                cursor.append(low: item.quantity, byteCount: 8)
            } else if !flags.contains(.one) {
                cursor.append(low: item.quantity, byteCount: 4)
            }
            if item.price.isPresent { cursor.append(low: item.price.tenThousandths, byteCount: 6) }
            if item.touched != activity { cursor.append(packed: item.touched) }
        }
    }
}

extension Cart {
    /// Whether the rest of `items` can be unpacked as items: at least one, not too many, none cut off.
    static func isWellFormed(items cursor: inout PackedCursor) -> Bool {
        var itemCount = 0
        while !cursor.isAtEnd {
            guard let bits = cursor.byte(), let skuByteCount = cursor.byte(), itemCount < itemCountMax else {
                return false
            }
            let flags = PackedItemFlags(rawValue: bits)
            var byteCount = Int(skuByteCount) + 1
            if !flags.contains(.touchedLast) { byteCount += 6 }
            if !flags.contains(.sameCurrency) { byteCount += 3 }
            if !flags.contains(.one) { byteCount += flags.contains(.wide) ? 8 : 4 }
            if flags.contains(.priced) { byteCount += 6 }
            guard cursor.skip(byteCount) else { return false }
            itemCount += 1
        }
        return itemCount > 0
    }
}

/// Which fields an item's stored form has, and how wide they are.
private struct PackedItemFlags: OptionSet {
    var rawValue: UInt8

    static let sameCurrency = PackedItemFlags(rawValue: 1)
    static let one = PackedItemFlags(rawValue: 2)
    static let wide = PackedItemFlags(rawValue: 4)
    static let priced = PackedItemFlags(rawValue: 8)
    /// Touched when the cart's last activity was.
    static let touchedLast = PackedItemFlags(rawValue: 16)
}
