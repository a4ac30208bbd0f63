public import Primitives

/// A record that is being written: its JSON and what its id is hashed from.
///
/// `RecordBuffer.begin` makes one with room for everything a record may hold, and `finish` takes it. Every string in
/// it is a field of an event, so it has at most 256 bytes. Source: contract, section 1.
public struct RecordWriter {
    /// BOUND: four strings of 256 bytes with each byte escaped are 6,200, numbers and names less than 1,000.
    static var frameByteCountMax: Int { 8_192 }
    /// BOUND: customer and order of 256 bytes each, and less than 100 for type, time and line feeds.
    static var identityByteCountMax: Int { 640 }
    /// BOUND: names, quantity, price and currency of one item, without its sku.
    public static var itemFrameByteCountMax: Int { 128 }

    /// Where the JSON goes on.
    public var json: TextCursor
    var identity: TextCursor
    let days: DayTexts
    let kind: RecordKind
    let at: EventTime
    let customerStart: Int

    init(
        json: TextCursor, identity: TextCursor, days: DayTexts, kind: RecordKind, at: EventTime,
        customerStart: Int
    ) {
        self.json = json
        self.identity = identity
        self.days = days
        self.kind = kind
        self.at = at
        self.customerStart = customerStart
    }

    /// Appends a literal to the JSON.
    @inline(__always)
    public mutating func append(_ literal: StaticString) { json.append(literal) }

    /// Appends one of several names to the JSON.
    @inline(__always)
    public mutating func append(name: StaticString) { json.append(name: name) }

    /// Appends a number to the JSON.
    @inline(__always)
    public mutating func append(decimal value: Int64) { json.append(decimal: value) }

    /// Appends ten-thousandths to the JSON, in major units.
    @inline(__always)
    public mutating func append(money tenThousandths: Int128) { json.append(money: tenThousandths) }

    /// Appends a string of at most 256 bytes to the JSON.
    @inline(__always)
    public mutating func append(quoted bytes: UnsafeRawBufferPointer) { json.append(quoted: bytes) }

    /// Appends a time to the JSON.
    @inline(__always)
    public mutating func append(quoted time: EventTime) { json.append(quoted: time, days) }

    /// Appends the three letters of a currency to the JSON.
    @inline(__always)
    public mutating func append(_ currency: Currency) { json.append(currency) }

    /// Appends the id of another record to the JSON.
    @inline(__always)
    public mutating func append(_ id: RecordID) { json.append(id) }

    /// Appends a name to the discriminator.
    @inline(__always)
    public mutating func identify(_ name: StaticString) { identity.append(name: name) }

    /// Appends a number to the discriminator.
    @inline(__always)
    public mutating func identify(decimal value: Int64) { identity.append(decimal: value) }

    /// Appends a string of at most 256 bytes to the discriminator.
    @inline(__always)
    public mutating func identify(_ bytes: UnsafeRawBufferPointer) { identity.append(bytes) }
}

/// The id of a trigger record. Source: contract, section 6.
public struct RecordID: BitwiseCopyable, Sendable {
    /// Hex digits of an id.
    public static var textByteCount: Int { 32 }

    /// The first 16 bytes of the digest, as they lie in memory.
    let words: SIMD4<UInt32>

    init(of identity: UnsafeRawBufferPointer) {
        var words = SIMD4<UInt32>.zero
        SHA256.withDigest(of: identity) { words = $0.loadUnaligned(as: SIMD4<UInt32>.self) }
        self.words = words
    }
}

extension TextCursor {
    /// Adds the 32 hex digits of an id.
    @inline(__always)
    mutating func append(_ id: RecordID) {
        for index in 0..<4 {
            next.storeBytes(of: ByteWriter.hexDigits(id.words[index]), as: UInt64.self)
            skip(8)
        }
    }

    /// Adds the three letters of a currency.
    @inline(__always)
    mutating func append(_ currency: Currency) {
        next.storeBytes(of: currency.packed.littleEndian, as: UInt32.self)
        skip(3)
    }
}
