internal import Primitives

/// The fields that Tetik reads, of events, of their items, of recorded records and of ticks.
enum FieldName: UInt8 {
    case type, customer, ts, id
    case sku, qty, price, currency, items, order, value
    case channel, campaign, cost, bounce, purpose
    case topic, partition, timestamp, key, keyBase64, valueBase64, tick

    /// As it is written.
    var text: StaticString {
        switch self {
        case .type: "type"
        case .customer: "customer"
        case .ts: "ts"
        case .id: "id"
        case .sku: "sku"
        case .qty: "qty"
        case .price: "price"
        case .currency: "currency"
        case .items: "items"
        case .order: "order"
        case .value: "value"
        case .channel: "channel"
        case .campaign: "campaign"
        case .cost: "cost"
        case .bounce: "bounce"
        case .purpose: "purpose"
        case .topic: "topic"
        case .partition: "partition"
        case .timestamp: "timestamp"
        case .key: "key"
        case .keyBase64: "key_base64"
        case .valueBase64: "value_base64"
        case .tick: "tick"
        }
    }

    /// The name that `count` bytes at `start` spell, compared as one word; nil if it is none that is read.
    ///
    /// The bytes must be readable for 8 bytes past `start`. A byte 0 cannot be part of them, so a short name
    /// filled up with zeros is told from every longer one.
    @inline(__always)
    init?(_ start: UnsafeRawPointer, count: Int) {
        guard count <= 8 else {
            self.init(long: start, count: count)
            return
        }
        let word = UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
        switch word & (~0 &>> UInt64(truncatingIfNeeded: (64 &- 8 &* count) & 63)) {
        case 0x6570_7974: self = .type
        case 0x7265_6d6f_7473_7563: self = .customer
        case 0x7374: self = .ts
        case 0x6469: self = .id
        case 0x75_6b73: self = .sku
        case 0x79_7471: self = .qty
        case 0x65_6369_7270: self = .price
        case 0x7963_6e65_7272_7563: self = .currency
        case 0x73_6d65_7469: self = .items
        case 0x72_6564_726f: self = .order
        case 0x65_756c_6176: self = .value
        case 0x6c_656e_6e61_6863: self = .channel
        case 0x6e67_6961_706d_6163: self = .campaign
        case 0x7473_6f63: self = .cost
        case 0x6563_6e75_6f62: self = .bounce
        case 0x65_736f_7072_7570: self = .purpose
        case 0x63_6970_6f74: self = .topic
        case 0x79_656b: self = .key
        case 0x6b63_6974: self = .tick
        default: return nil
        }
    }

    @inline(never)
    private init?(long start: UnsafeRawPointer, count: Int) {
        let word = UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
        let last = UInt64(littleEndian: (start + count - 8).loadUnaligned(as: UInt64.self))
        switch (count, word, last) {
        case (9, 0x6f69_7469_7472_6170, 0x6e6f_6974_6974_7261): self = .partition
        case (9, 0x6d61_7473_656d_6974, 0x706d_6174_7365_6d69): self = .timestamp
        case (10, 0x6573_6162_5f79_656b, 0x3436_6573_6162_5f79): self = .keyBase64
        case (12, 0x6162_5f65_756c_6176, 0x3436_6573_6162_5f65): self = .valueBase64
        default: return nil
        }
    }
}

/// The values that one JSON object has for the fields that are read: of a repeated key the last.
struct FieldTable {
    // SAFETY: the memory belongs to the decoder, is large enough for every name, and is used by its thread alone.
    private let values: UnsafeMutablePointer<JSONValue>
    /// Bit `name.rawValue` is set if the field is there and not null.
    private(set) var present: UInt32 = 0
    /// Bit `name.rawValue` is set if the field is null.
    private(set) var null: UInt32 = 0

    /// How many values the memory must hold.
    static let capacity = Int(FieldName.tick.rawValue) + 1

    init(values: UnsafeMutablePointer<JSONValue>) { self.values = values }

    /// The value of `name`, if it is there and not null.
    @inline(__always)
    subscript(name: FieldName) -> JSONValue? {
        has(name) ? values[Int(name.rawValue)] : nil
    }

    /// Whether `name` is there and not null.
    @inline(__always)
    func has(_ name: FieldName) -> Bool { present & 1 &<< UInt32(name.rawValue) != 0 }

    /// Whether `name` is there and null.
    func isNull(_ name: FieldName) -> Bool { null & 1 &<< UInt32(name.rawValue) != 0 }

    @inline(__always)
    private mutating func set(_ name: FieldName, _ value: JSONValue) {
        let bit: UInt32 = 1 &<< UInt32(name.rawValue)
        if value.kind == .null {
            present &= ~bit
            null |= bit
        } else {
            values[Int(name.rawValue)] = value
            present |= bit
            null &= ~bit
        }
    }

    /// What to do about a `value` that is no JSON.
    enum BadValue { case fail, skip }

    /// Reads the object at the scanner's cursor, which stands on its brace.
    ///
    /// - Parameters:
    ///   - depthLeft: how many levels the object may have, itself included.
    ///   - inner: takes the fields of `value`, if that is an object; saves going over a recorded value twice.
    ///   - badValue: whether a bad `value` fails the object or only becomes a bad value.
    /// - Returns: false if it is no JSON object or too deep; the scanner's cursor shows where.
    @inline(__always)
    mutating func scan(
        _ scanner: inout JSONScanner, depthLeft: Int, inner: inout FieldTable?, badValue: BadValue = .fail
    ) -> Bool {
        present = 0
        null = 0
        guard scanner.skip("{") else { return false }
        if scanner.byte == UInt8(ascii: "}") {
            scanner.cursor += 1
            return true
        }
        while true {
            guard scanner.byte == UInt8(ascii: "\""), let key = scanner.scanString(),
                scanner.skipCompact(":") || scanner.skip(":")
            else { return false }
            let name = key.kind == .string ? FieldName(key.start, count: key.count) : Self.name(escaped: key)
            let start = scanner.cursor
            if name == .value, inner != nil, scanner.byte == UInt8(ascii: "{") {
                var copy = scanner
                guard inner?.scanObject(&copy, depthLeft: depthLeft &- 1) == true else { return false }
                scanner = copy
                set(.value, JSONValue(start: start, count: scanner.cursor - start, kind: .object))
            } else if let value = scanner.scanValue(depthLeft: depthLeft &- 1) {
                if let name { set(name, value) }
            } else {
                guard badValue == .skip, name == .value else { return false }
                scanner.cursor = start
                guard scanner.skipUnchecked() else { return false }
                set(.value, JSONValue(start: start, count: scanner.cursor - start, kind: .object))
            }
            if scanner.skipCompact(",") || scanner.skip(",") { continue }
            guard scanner.byte == UInt8(ascii: "}") else { return false }
            scanner.cursor += 1
            return true
        }
    }

    /// Does what `scan` does, without a second table.
    @inline(never)
    mutating func scanObject(_ scanner: inout JSONScanner, depthLeft: Int) -> Bool {
        var inner: FieldTable?
        return scan(&scanner, depthLeft: depthLeft, inner: &inner)
    }

    @inline(never)
    private static func name(escaped key: JSONValue) -> FieldName? {
        var writer = ByteWriter(capacity: key.count + 8)
        JSONText.unescape(key.bytes, into: &writer)
        // A zero byte written as an escape must not pass for the end of a shorter name.
        guard let start = writer.bytes.baseAddress, !writer.bytes.contains(0) else { return nil }
        return FieldName(start, count: writer.count)
    }
}
