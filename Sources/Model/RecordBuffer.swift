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

    /// The records, in order; valid until the buffer is changed.
    public var entries: UnsafeBufferPointer<Entry> { entryList.elements }
    private var entryList = PlainList<Entry>()
    /// The JSON of all records, each followed by a line feed.
    public private(set) var values = ByteWriter(capacity: 65_536)
    @usableFromInline internal private(set) var customers = ByteWriter(capacity: 4_096)
    /// What the id at hand is hashed from.
    private var identity = ByteWriter(capacity: 1_024)
    private let days = DayTexts()
    /// Line that the next records are given, counted from `firstLine`.
    public var line: UInt32 = 0
    /// Added to `line`: where the batch at hand begins, if records of several batches are gathered.
    public var firstLine: UInt32 = 0
    /// Whether the next records come from a timer.
    public var isTimer = false
    /// Whether records are thrown away as soon as they are finished, because they were written before.
    public var isDiscarding = false

    /// Makes an empty buffer.
    public init() {}

    deinit { days.deallocate() }

    /// Number of records.
    @inlinable
    public var count: Int { entries.count }

    /// Forgets the records and keeps the memory.
    public mutating func removeAll() {
        entryList.removeAll()
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
        return UnsafeRawBufferPointer(rebasing: values.bytes[start..<start + RecordID.textByteCount])
    }

    /// The customer of a record; valid until the buffer is changed.
    public func customer(of entry: Entry) -> UnsafeRawBufferPointer {
        let start = entry.customerStart
        return UnsafeRawBufferPointer(rebasing: customers.bytes[start..<start + Int(entry.customerCount)])
    }

    /// Calls `body` with the records as plain memory, which is valid for that call.
    @inlinable
    public func withLines<Result>(_ body: (Lines) -> Result) -> Result {
        body(Lines(entries, values: values.bytes, customers: customers.bytes))
    }

    /// The records of a buffer as plain memory, for going through many of them.
    public struct Lines {
        // SAFETY: points into a buffer that is not changed while this is used; see `withLines`.
        @usableFromInline let entries: UnsafeBufferPointer<Entry>
        @usableFromInline let values: UnsafeRawBufferPointer
        @usableFromInline let customers: UnsafeRawBufferPointer

        @inlinable
        init(
            _ entries: UnsafeBufferPointer<Entry>, values: UnsafeRawBufferPointer,
            customers: UnsafeRawBufferPointer
        ) {
            self.entries = entries
            self.values = values
            self.customers = customers
        }

        /// Number of records.
        @inlinable
        public var count: Int { entries.count }

        /// The record at `index`.
        @inlinable
        public subscript(index: Int) -> Entry { entries[index] }

        /// The JSON from one record to another that follows it in the buffer, both included, with their line feeds.
        @inlinable
        public func bytes(from first: Entry, through last: Entry) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: values[first.valueStart...last.valueStart + last.valueCount])
        }

        /// The customer of a record.
        @inlinable
        public func customer(of entry: Entry) -> UnsafeRawBufferPointer {
            let start = entry.customerStart
            return UnsafeRawBufferPointer(rebasing: customers[start..<start + Int(entry.customerCount)])
        }
    }

    /// `{"id":"`
    private static var idOffset: Int { 7 }

    /// Says at which line a timer's record belongs.
    public mutating func setLine(_ line: UInt32, ofEntryAt index: Int) { entryList[index].line = line }

    /// Begins a record: id (still open), type, customer and `at`. Then write the discriminator and the other fields,
    /// and call `finish`, before anything else is done with the buffer.
    ///
    /// - Parameter itemByteCountMax: bytes of the items, if the record has any; all else is bounded.
    @inline(never)
    public mutating func begin(
        _ kind: RecordKind, customer: UnsafeRawBufferPointer, at: EventTime, itemByteCountMax: Int = 0
    ) -> RecordWriter {
        var json = values.cursor(reserving: RecordWriter.frameByteCountMax + itemByteCountMax)
        json.append("{\"id\":\"")
        json.skip(RecordID.textByteCount)
        switch kind {
        case .abandonedCart: json.append("\",\"type\":\"abandoned_cart\",\"customer\":")
        case .cartRecovered: json.append("\",\"type\":\"cart_recovered\",\"customer\":")
        case .churnRisk: json.append("\",\"type\":\"churn_risk\",\"customer\":")
        case .adSuppression: json.append("\",\"type\":\"ad_suppression\",\"customer\":")
        }
        json.append(quoted: customer)
        json.append(",\"at\":")
        json.append(quoted: at, days)
        let identity = beginIdentity(kind, customer: customer, at: at)
        let customerStart = customers.count
        customers.append(customer)
        return RecordWriter(
            json: json, identity: identity, days: days, kind: kind, at: at, customerStart: customerStart)
    }

    /// Ends the record that was begun: computes its id and closes the object.
    @inline(never)
    public mutating func finish(_ record: RecordWriter) {
        if isDiscarding {
            customers.truncate(to: record.customerStart)
            return
        }
        let start = values.count
        var json = record.json
        json.append("}")
        let valueCount = json.next - values.place(at: start)
        json.append("\n")
        values.commit(json)
        var id = TextCursor(values.place(at: start + Self.idOffset))
        id.append(endIdentity(record.identity))
        entryList.append(
            Entry(
                kind: record.kind, isTimer: isTimer,
                customerCount: UInt16(customers.count - record.customerStart), line: firstLine + line,
                at: record.at, valueStart: start, valueCount: valueCount,
                customerStart: record.customerStart))
    }

    /// The id of the abandoned-cart record of step `step` (from 1) at `at`.
    public mutating func abandonedCartID(
        customer: UnsafeRawBufferPointer, at: EventTime, step: Int64
    ) -> RecordID {
        var cursor = beginIdentity(.abandonedCart, customer: customer, at: at)
        cursor.append(decimal: step)
        return endIdentity(cursor)
    }

    /// Begins the identity of a record: type, customer and `at`; the discriminator comes next.
    @inline(__always)
    private mutating func beginIdentity(
        _ kind: RecordKind, customer: UnsafeRawBufferPointer, at: EventTime
    ) -> TextCursor {
        identity.removeAll()
        var cursor = identity.cursor(reserving: RecordWriter.identityByteCountMax)
        cursor.append(name: kind.name)
        cursor.append("\n")
        cursor.append(customer)
        cursor.append("\n")
        cursor.append(decimal: at.milliseconds)
        cursor.append("\n")
        return cursor
    }

    @inline(__always)
    private mutating func endIdentity(_ cursor: TextCursor) -> RecordID {
        identity.commit(cursor)
        return RecordID(of: identity.bytes)
    }
}
