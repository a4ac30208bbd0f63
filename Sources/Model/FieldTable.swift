internal import Primitives

/// The fields that Tetik reads, of events, of their items, of recorded records and of ticks.
enum FieldName: UInt8, CaseIterable {
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

    /// The name of more than 8 bytes that `count` bytes at `start` spell; nil if it is none that is read.
    @inline(never)
    fileprivate init?(long start: UnsafeRawPointer, count: Int) {
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

/// The names of fields, those of up to 8 bytes found by one multiplication and one comparison.
struct FieldNames {
    private struct Entry: BitwiseCopyable {
        var word: UInt64
        /// Number of the name.
        var number: UInt8
    }

    /// Stands for the names of fields that are not read.
    static var unread: UInt8 { FieldName.tick.rawValue + 1 }

    /// Spreads the words of all short names over different places; found by trying odd random numbers.
    private static var multiplier: UInt64 { 0xcd44_7e35_b8b6_d8ff }
    private static var placeBits: UInt64 { 5 }

    // SAFETY: filled once and then only read; the decoder that made it gives it back last.
    private let entries: UnsafeMutablePointer<Entry>

    init() {
        entries = .allocate(capacity: 1 << Self.placeBits)
        entries.initialize(
            repeating: Entry(word: .max, number: Self.unread), count: 1 << Self.placeBits)
        for name in FieldName.allCases where name.text.utf8CodeUnitCount <= 8 {
            var word: UInt64 = 0
            for index in (0..<name.text.utf8CodeUnitCount).reversed() {
                word = word << 8 | UInt64(name.text.utf8Start[index])
            }
            precondition(entries[Self.place(word)].word == .max, "two names in one place")
            entries[Self.place(word)] = Entry(word: word, number: name.rawValue)
        }
    }

    func deallocate() { entries.deallocate() }

    @inline(__always)
    private static func place(_ word: UInt64) -> Int {
        Int(truncatingIfNeeded: (word &* multiplier) &>> (64 &- placeBits))
    }

    /// The name that `count` bytes at `start` spell; nil if it is none that is read.
    func name(_ start: UnsafeRawPointer, count: Int) -> FieldName? {
        FieldName(rawValue: number(start, count: count))
    }

    /// The number of the name that `count` bytes at `start` spell, or `unread`.
    ///
    /// The bytes must be readable for 8 bytes past `start`. A byte 0 cannot be part of them, so a short name
    /// filled up with zeros is told from every longer one.
    @inline(__always)
    func number(_ start: UnsafeRawPointer, count: Int) -> UInt8 {
        guard UInt(bitPattern: count &- 1) < 8 else {
            return count == 0 ? Self.unread : FieldName(long: start, count: count)?.rawValue ?? Self.unread
        }
        let word =
            UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
            & (~0 &>> UInt64(truncatingIfNeeded: 64 &- 8 &* count))
        let entry = entries[Self.place(word)]
        return entry.word == word ? entry.number : Self.unread
    }
}

/// The values that one JSON object has for the fields that are read: of a repeated key the last.
struct FieldTable {
    // SAFETY: the memory belongs to the decoder, is large enough for every name, and is used by its thread alone.
    private let values: UnsafeMutablePointer<JSONValue>
    private let names: FieldNames
    /// Bit `name.rawValue` is set if the field is there and not null.
    private(set) var present: UInt32 = 0
    /// Bit `name.rawValue` is set if the field is null.
    private(set) var null: UInt32 = 0

    /// How many values the memory must hold: one for each name, and one for fields that are not read.
    static let capacity = Int(FieldNames.unread) + 1

    init(values: UnsafeMutablePointer<JSONValue>, names: FieldNames) {
        self.values = values
        self.names = names
    }

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

    /// Notes a value that is not null in a table that has no nulls yet.
    @inline(__always)
    private mutating func note(_ number: UInt8, _ value: JSONValue) {
        values[Int(number)] = value
        present |= 1 &<< UInt32(number)
    }

    /// Forgets all fields.
    @inline(__always)
    mutating func removeAll() {
        present = 0
        null = 0
    }

    /// Reads an object without escapes and without white space other than one space after a colon or comma, and without
    /// nulls: what nearly all events are. Values that are neither strings nor numbers are scanned.
    ///
    /// - Parameters:
    ///   - inner: takes the fields of `value`, if that is such an object too; false: it is not, or may not be.
    ///   - place: where the object's brace is, counted from `text`; moves past the closing one.
    /// - Returns: false if it is anything else, JSON or not; then only `scan` can tell.
    @inline(__always)
    mutating func scanPlain(
        _ text: UnsafeRawPointer, _ quotes: inout QuoteIndex, from place: inout Int,
        inner: (inout Int, inout QuoteIndex) -> Bool
    ) -> Bool {
        removeAll()
        guard text.load(fromByteOffset: place, as: UInt8.self) == UInt8(ascii: "{") else { return false }
        // The copies stay in registers.
        var index = quotes
        var next = place
        var table = self
        while true {
            next &+= 1
            if text.load(fromByteOffset: next, as: UInt8.self) == 0x20 { next &+= 1 }
            guard index.next() == next else { return false }
            let key = next &+ 1
            next = index.next() &+ 1
            guard next <= index.count, text.load(fromByteOffset: next, as: UInt8.self) == UInt8(ascii: ":")
            else { return false }
            let number = names.number(text + key, count: next &- 1 &- key)
            next &+= 1
            if text.load(fromByteOffset: next, as: UInt8.self) == 0x20 { next &+= 1 }
            let start = next
            switch text.load(fromByteOffset: start, as: UInt8.self) {
            case UInt8(ascii: "\""):
                guard index.next() == start, case let end = index.next(), end < index.count
                else { return false }
                next = end &+ 1
                table.note(
                    number, JSONValue(start: text + start + 1, count: end &- start &- 1, kind: .string))
            case UInt8(ascii: "-"), 0x30...0x39:
                guard start < index.count else { return false }
                var scanner = JSONScanner(start: text + start, count: index.count &- start)
                guard let value = scanner.scanNumber() else { return false }
                next &+= value.count
                table.note(number, value)
            case UInt8(ascii: "{") where number == FieldName.value.rawValue:
                (quotes, place) = (index, next)
                guard inner(&place, &quotes) else { return false }
                (index, next) = (quotes, place)
                table.note(number, JSONValue(start: text + start, count: next &- start, kind: .object))
            default:
                guard start < index.count,
                    let value = Self.scanValue(text + start, count: index.count &- start)
                else { return false }
                next &+= value.count
                index.skip(to: next)
                table.note(number, value)
            }
            guard next < index.count else { return false }
            switch text.load(fromByteOffset: next, as: UInt8.self) {
            case UInt8(ascii: ","): continue
            case UInt8(ascii: "}"):
                (self, quotes, place) = (table, index, next &+ 1)
                return true
            default: return false
            }
        }
    }

    /// BOUND: levels of a value in an object that is read as plain; a deeper one is for `scan`.
    private static var plainDepthMax: Int { 8 }

    /// Reads an array, an object, true or false; nil for anything else, JSON or not.
    @inline(never)
    private static func scanValue(_ start: UnsafeRawPointer, count: Int) -> JSONValue? {
        var scanner = JSONScanner(start: start, count: count)
        guard let value = scanner.scanValue(depthLeft: plainDepthMax), value.kind != .null else { return nil }
        return value
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
        removeAll()
        guard scanner.skip("{") else { return false }
        if scanner.byte == UInt8(ascii: "}") {
            scanner.cursor += 1
            return true
        }
        while true {
            guard scanner.byte == UInt8(ascii: "\""), let key = scanner.scanString(),
                scanner.skipCompact(":") || scanner.skip(":")
            else { return false }
            let name = key.kind == .string ? names.name(key.start, count: key.count) : name(escaped: key)
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
    private func name(escaped key: JSONValue) -> FieldName? {
        var writer = ByteWriter(capacity: key.count + 8)
        JSONText.unescape(key.bytes, into: &writer)
        // A zero byte written as an escape must not pass for the end of a shorter name.
        guard let start = writer.bytes.baseAddress, !writer.bytes.contains(0) else { return nil }
        return names.name(start, count: writer.count)
    }
}
