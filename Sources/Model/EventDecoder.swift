public import Primitives

/// Turns bytes into events, and into the reasons why some are none. Source: contract, sections 1 and 8.
///
/// One pass over the text finds and checks everything; what follows only looks at the fields that were found.
/// Nothing is allocated for an accepted event. The source of a batch must be readable for
/// `JSONScanner.paddingByteCount` bytes past the end of every text given, whatever they hold, and smaller than
/// 2 GiB. One thread at a time; threads that decode side by side have a decoder each.
public struct EventDecoder: ~Copyable, @unchecked Sendable {
    // SAFETY: the memory is owned by this non-copyable value alone, so moving it to another thread is safe.
    let fields: UnsafeMutablePointer<JSONValue>
    let recordedFields: UnsafeMutablePointer<JSONValue>
    let itemFields: UnsafeMutablePointer<JSONValue>
    let names = FieldNames()
    let quotePlaces: UnsafeMutablePointer<UInt16>
    /// Currency of events that name none.
    let currency: Currency
    /// How far `ts` may lie past the record's own timestamp.
    let aheadMillisecondsMax: Int64

    /// The largest value or line: 1 MiB. Source: contract, section 1.
    public static let valueByteCountMax = 1 << 20
    /// How deep objects and arrays may lie in each other, the event itself being 1. Source: contract, section 1.
    public static let depthMax = 64

    /// Makes a decoder; of the rules only `currency` and `aheadMillisecondsMax` matter.
    public init(rules: Rules) {
        currency = rules.currency
        aheadMillisecondsMax = rules.aheadMillisecondsMax
        fields = .allocate(capacity: FieldTable.capacity)
        recordedFields = .allocate(capacity: FieldTable.capacity)
        itemFields = .allocate(capacity: FieldTable.capacity)
        quotePlaces = .allocate(capacity: QuoteIndex.placeCount)
    }

    deinit {
        fields.deallocate()
        recordedFields.deallocate()
        itemFields.deallocate()
        names.deallocate()
        quotePlaces.deallocate()
    }

    /// Decodes the value of one live Kafka record.
    ///
    /// Appends one event, one rejection or one to the ignored. A record whose value is null is the caller's to
    /// count as ignored.
    /// - Parameters:
    ///   - value: the value, inside of `batch.source`.
    ///   - key: the key, anywhere; it is copied where it stands in for `customer`. nil: the record has none.
    ///   - recordTimestamp: the record's timestamp, which stands in for `ts`. nil: the record has none.
    ///   - partition: the record's partition, from 0.
    ///   - line: the record's number within the batch.
    public func decodeValue(
        _ value: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer?, recordTimestamp: EventTime?,
        partition: Int32, line: UInt32, into batch: inout EventBatch
    ) {
        let record = RecordContext(
            key: key.map { .outside($0) } ?? .absent, timestamp: recordTimestamp, partition: partition,
            line: line)
        decode(value, in: SourceArea(origin: batch.source, flag: 0), record, into: &batch)
    }

    /// Decodes one JSON text that stands in `area`.
    func decode(
        _ text: UnsafeRawBufferPointer, in area: SourceArea, _ record: RecordContext,
        into batch: inout EventBatch
    ) {
        guard text.count <= Self.valueByteCountMax else {
            return reject(.tooLarge, "over 1 MiB", text, in: area, record, into: &batch)
        }
        var table = FieldTable(values: fields, names: names)
        if let quotes = QuoteIndex(text, places: quotePlaces), scanPlain(text, quotes, &table, inner: nil) {
            return apply(table, text, in: area, record, into: &batch)
        }
        guard UTF8Text.isValid(text) else {
            return reject(.invalidUTF8, "not UTF-8", text, in: area, record, into: &batch)
        }
        guard let start = text.baseAddress else {
            return reject(.notJSON, "no bytes", text, in: area, record, into: &batch)
        }
        var scanner = JSONScanner(start: start, count: text.count)
        guard table.scanObject(&scanner, depthLeft: Self.depthMax), scanner.isAtEnd() else {
            return rejectText(text, in: area, record, into: &batch)
        }
        apply(table, text, in: area, record, into: &batch)
    }
}

extension EventDecoder {
    /// Reads the fields of a text as nearly all are written; false says nothing but that it has to be scanned.
    ///
    /// - Parameters:
    ///   - quotes: the text's quotes.
    ///   - inner: takes the fields of `value`, where that may be an object.
    @inline(__always)
    func scanPlain(
        _ text: UnsafeRawBufferPointer, _ quotes: QuoteIndex, _ table: inout FieldTable,
        inner: UnsafeMutablePointer<FieldTable>?
    ) -> Bool {
        guard let start = text.baseAddress else { return false }
        var (place, quotes) = (0, quotes)
        let isPlain = table.scanPlain(start, &quotes, from: &place) { place, quotes in
            guard let inner else { return false }
            return inner.pointee.scanPlain(start, &quotes, from: &place) { _, _ in false }
        }
        return isPlain && place == text.count
    }
}

/// What a record says beside its value.
struct RecordContext {
    var key = RecordKey.absent
    var timestamp: EventTime?
    var partition = Event.plainSequence
    var line: UInt32
}

/// The key of a record.
enum RecordKey {
    case absent
    /// Bytes that are not part of the batch.
    case outside(UnsafeRawBufferPointer)
    /// Bytes of the batch.
    case slice(Slice)
}

/// Memory of a batch that slices count from.
struct SourceArea {
    var origin: UnsafeRawPointer
    /// `Slice.unescapedFlag` for the unescaped area, else 0.
    var flag: UInt32

    @inline(__always)
    func slice(_ start: UnsafeRawPointer, count: Int) -> Slice {
        Slice(
            location: UInt32(truncatingIfNeeded: start - origin) | flag,
            count: UInt32(truncatingIfNeeded: count))
    }
}
