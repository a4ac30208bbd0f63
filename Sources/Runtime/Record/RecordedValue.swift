import Model
import Primitives

/// How the value of a record is written into a recorded record, so that a replay sees what the live run saw.
enum RecordedValue: Equatable {
    /// `"value":null`: there is no value.
    case null
    /// `"value":…`, the bytes as they are.
    case json
    /// `"value":…` with line feeds and carriage returns, which are white space there, as spaces.
    case jsonOverLines
    /// `"value_base64":"…"`.
    case base64
}

/// Finds the event time of records, and how their values are written. One thread.
struct RecordReading: ~Copyable {
    private let decoder: EventDecoder
    private var batch: EventBatch

    init(rules: Rules) {
        decoder = EventDecoder(rules: rules)
        // SAFETY: 8 is not null, and nothing is read there: every value brings its own source.
        batch = EventBatch(source: UnsafeRawPointer(bitPattern: 8).unsafelyUnwrapped)
    }

    /// The record's time in the sequence, and the form of its value.
    ///
    /// The time is that of the event; of a record that is none, its Kafka timestamp; without one it comes
    /// first, as in a live run, and holds up nobody. `value` must be readable for
    /// `JSONScanner.paddingByteCount` more bytes.
    mutating func read(
        key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, timestampMilliseconds: Int64?,
        partition: Int32
    ) -> (time: EventTime, form: RecordedValue) {
        let timestamp = timestampMilliseconds.map { EventTime(milliseconds: $0) }
        let otherwise = timestamp ?? .earliest
        guard let value, let start = value.baseAddress else { return (otherwise, .null) }
        batch.reset(source: start)
        decoder.decodeValue(
            value, key: key, recordTimestamp: timestamp, partition: partition, line: 0, into: &batch)
        if let rejected = batch.rejected.first {
            return (otherwise, Self.form(ofRejected: value, rejected.rejection.reason))
        }
        // What was accepted or has an unknown type is JSON, and of that only the meaning counts.
        let form = Self.hasLineBreak(value) ? RecordedValue.jsonOverLines : .json
        return (batch.events.first?.timestamp ?? otherwise, form)
    }

    /// Of a rejected value the bytes count, since they go to the dead letters.
    private static func form(
        ofRejected value: UnsafeRawBufferPointer, _ reason: RejectionReason
    ) -> RecordedValue {
        switch reason {
        case .tooLarge, .notJSON: return .base64
        // The key can be what is no UTF-8.
        case .invalidUTF8: return isJSON(value) && survivesEmbedding(value) ? .json : .base64
        default: return survivesEmbedding(value) ? .json : .base64
        }
    }

    /// Whether a replay finds the same bytes of JSON again inside of a line.
    private static func survivesEmbedding(_ value: UnsafeRawBufferPointer) -> Bool {
        guard let first = value.first, let last = value.last, first > 0x20, last > 0x20 else { return false }
        // The text null would come back as a record without a value.
        return !hasLineBreak(value) && !value.elementsEqual("null".utf8)
    }

    private static func isJSON(_ value: UnsafeRawBufferPointer) -> Bool {
        guard let start = value.baseAddress, UTF8Text.isValid(value) else { return false }
        var scanner = JSONScanner(start: start, count: value.count)
        scanner.skipWhitespace()
        return scanner.scanValue(depthLeft: EventDecoder.depthMax) != nil && scanner.isAtEnd()
    }

    private static func hasLineBreak(_ value: UnsafeRawBufferPointer) -> Bool {
        value.contains(0x0A) || value.contains(0x0D)
    }
}
