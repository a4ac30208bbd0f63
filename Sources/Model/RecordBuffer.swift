public import Primitives

/// Trigger records in the order they were emitted, as the JSON that goes out, with what is needed to order,
/// route and stamp them.
///
/// Memory is kept when it is emptied. One thread at a time.
public struct RecordBuffer: ~Copyable, @unchecked Sendable {
    // SAFETY: all memory is owned by this non-copyable value.

    /// What is known of one record besides its JSON.
    public struct Entry: Sendable, BitwiseCopyable {
        /// Which kind.
        public var kind: RecordKind
        /// Whether a timer emitted it before the event at its place in the sequence was applied.
        public var isTimer: Bool
        /// Bytes of the customer, in `customer(of:)`.
        public var customerCount: UInt16
        /// Line of the event, or for a timer of the event whose time made it fire, within the batch.
        public var line: UInt32
        /// `at` of the record.
        public var at: EventTime
        /// Where the JSON begins.
        public var valueStart: Int
        /// Bytes of the JSON, without the line feed that follows it in the buffer.
        public var valueCount: Int
        /// Where the customer's bytes begin.
        public var customerStart: Int
    }

    /// The records, in order.
    public private(set) var entries: [Entry] = []
    /// The JSON of all records, each followed by a line feed.
    public var values = ByteWriter(capacity: 65_536)
    private var customers = ByteWriter(capacity: 4_096)
    /// What the id is hashed from; `finish` takes it.
    public var identity = ByteWriter(capacity: 1_024)
    /// Line that the next records are given, counted from `firstLine`.
    public var line: UInt32 = 0
    /// Added to `line`: where the batch at hand begins, if records of several batches are gathered.
    public var firstLine: UInt32 = 0
    /// Whether the next records come from a timer.
    public var isTimer = false

    /// Makes an empty buffer.
    public init() {}

    /// Number of records.
    @inlinable
    public var count: Int { entries.count }

    /// Forgets the records and keeps the memory.
    public mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        values.removeAll()
        customers.removeAll()
    }

    /// The JSON of a record, without the line feed; valid until the buffer is changed.
    @inlinable
    public func value(of entry: Entry) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: values.bytes[entry.valueStart..<entry.valueStart + entry.valueCount])
    }

    /// The JSON of a record with the line feed; valid until the buffer is changed.
    @inlinable
    public func line(of entry: Entry) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            rebasing: values.bytes[entry.valueStart...entry.valueStart + entry.valueCount])
    }

    /// The 32 hex digits of a record's id; valid until the buffer is changed.
    public func id(of entry: Entry) -> UnsafeRawBufferPointer {
        let start = entry.valueStart + Self.idOffset
        return UnsafeRawBufferPointer(rebasing: values.bytes[start..<start + Self.idByteCount])
    }

    /// The customer of a record; valid until the buffer is changed.
    public func customer(of entry: Entry) -> UnsafeRawBufferPointer {
        let start = entry.customerStart
        return UnsafeRawBufferPointer(rebasing: customers.bytes[start..<start + Int(entry.customerCount)])
    }

    /// `{"id":"`
    private static var idOffset: Int { 7 }
    /// Hex digits of an id. Source: contract, section 6.
    private static var idByteCount: Int { 32 }

    /// Says at which line a timer's record belongs.
    public mutating func setLine(_ line: UInt32, ofEntryAt index: Int) { entries[index].line = line }

    /// Begins a record: id (still open), type, customer and `at`. Then append the discriminator to `identity`
    /// and the other fields, each with its comma, to `values`, and call `finish`.
    public mutating func begin(_ kind: RecordKind, customer: UnsafeRawBufferPointer, at: EventTime) {
        entries.append(
            Entry(
                kind: kind, isTimer: isTimer, customerCount: UInt16(customer.count),
                line: firstLine + line, at: at,
                valueStart: values.count, valueCount: 0, customerStart: customers.count))
        customers.append(customer)
        values.append("{\"id\":\"")
        values.append(upTo: Self.idByteCount) { _ in Self.idByteCount }
        values.append("\",\"type\":\"")
        values.append(kind.name)
        values.append("\",\"customer\":")
        values.append(quoted: customer)
        values.append(",\"at\":")
        values.append(quoted: at)
        beginIdentity(kind, customer: customer, at: at)
    }

    /// Ends the record that was begun: computes its id and closes the object.
    public mutating func finish() {
        let last = entries.count - 1
        let start = entries[last].valueStart
        writeID(to: start + Self.idOffset)
        values.append("}")
        entries[last].valueCount = values.count - start
        values.append("\n")
    }

    /// Begins the identity of a record: type, customer and `at`; the discriminator comes next.
    public mutating func beginIdentity(_ kind: RecordKind, customer: UnsafeRawBufferPointer, at: EventTime) {
        identity.removeAll()
        identity.append(kind.name)
        identity.append("\n")
        identity.append(customer)
        identity.append("\n")
        identity.append(decimal: at.milliseconds)
        identity.append("\n")
    }

    /// Appends the id that `identity` gives to `values`, as 32 hex digits.
    public mutating func appendID() {
        let start = values.count
        values.append(upTo: Self.idByteCount) { _ in Self.idByteCount }
        writeID(to: start)
    }

    private mutating func writeID(to offset: Int) {
        let target = values.mutableBytes
        SHA256.withDigest(of: identity.bytes) { digest in
            for word in 0..<Self.idByteCount / 8 {
                let digits = ByteWriter.hexDigits(
                    digest.loadUnaligned(fromByteOffset: 4 * word, as: UInt32.self))
                target.storeBytes(of: digits, toByteOffset: offset + 8 * word, as: UInt64.self)
            }
        }
    }
}
