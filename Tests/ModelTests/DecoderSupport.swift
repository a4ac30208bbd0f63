import Glibc
import Model
import Primitives

/// What one text became.
struct Decoded: Equatable, CustomStringConvertible {
    var events: [EventView] = []
    var items: [ItemView] = []
    var rejections: [String] = []
    var details: [String] = []
    var rejectedValues: [[UInt8]] = []
    var rejectedPartitions: [Int32] = []
    var ignoredCount = 0

    /// `accepted`, `ignored`, `skipped`, or the reason of the rejection.
    var verdict: String {
        if let reason = rejections.first { return reason }
        if !events.isEmpty { return "accepted" }
        return ignoredCount > 0 ? "ignored" : "skipped"
    }

    var description: String { "\(verdict) \(details) \(events)" }
}

/// An event with its texts, for comparing.
struct EventView: Equatable {
    var kind: EventKind
    var detail: EventDetail
    var partition: Int32
    var line: UInt32
    var quantity: Int32
    var milliseconds: Int64
    var customer: String
    var hash: UInt64
    var id: String
    var subject: String
    var tenThousandths: Int64
    var currency: String
    var itemCount: UInt32
}

/// An item with its text, for comparing.
struct ItemView: Equatable {
    var sku: String
    var quantity: Int32
    var tenThousandths: Int64
}

/// Bytes followed by padding that would be taken for more of the same text if it were looked at, and then by
/// memory that crashes the test if it is read.
func withPadding<R>(_ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) -> R) -> R {
    let page = 4_096
    let count = bytes.count + JSONScanner.paddingByteCount
    let readable = (count + page - 1) / page * page
    let mapped = mmap(nil, readable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped, mapped != MAP_FAILED, mprotect(mapped + readable, page, PROT_NONE) == 0 else {
        preconditionFailure("no guarded memory")
    }
    defer { munmap(mapped, readable + page) }
    let start = mapped + (readable - count)
    bytes.withUnsafeBytes { if let base = $0.baseAddress { memcpy(start, base, bytes.count) } }
    let filler = Array(#"0}]"}]} ,0123456789"#.utf8)
    for index in 0..<JSONScanner.paddingByteCount {
        start.storeBytes(of: filler[index % filler.count], toByteOffset: bytes.count + index, as: UInt8.self)
    }
    return body(UnsafeRawBufferPointer(start: start, count: bytes.count))
}

func view(_ batch: borrowing EventBatch) -> Decoded {
    func text(_ slice: Slice, _ batch: borrowing EventBatch) -> String {
        String(decoding: batch.bytes(of: slice), as: UTF8.self)
    }
    var decoded = Decoded()
    for event in batch.events {
        decoded.events.append(
            EventView(
                kind: event.kind, detail: event.detail, partition: event.partition, line: event.line,
                quantity: event.quantity, milliseconds: event.timestamp.milliseconds,
                customer: text(event.customer, batch), hash: event.customerHash, id: text(event.id, batch),
                subject: text(event.subject, batch), tenThousandths: event.amount.tenThousandths,
                currency: event.currency.description, itemCount: event.itemCount))
    }
    for item in batch.items {
        decoded.items.append(
            ItemView(
                sku: text(item.sku, batch), quantity: item.quantity,
                tenThousandths: item.price.tenThousandths))
    }
    for line in batch.rejected {
        decoded.rejections.append(line.rejection.reason.rawValue)
        decoded.details.append(line.rejection.detail)
        decoded.rejectedValues.append(Array(batch.bytes(of: line.value)))
        decoded.rejectedPartitions.append(line.partition)
    }
    decoded.ignoredCount = batch.ignoredCount
    return decoded
}

/// Decodes one line of a log.
func decodeLine(_ bytes: [UInt8], number: UInt32 = 0) -> Decoded {
    withPadding(bytes) { text in
        guard let start = text.baseAddress else { return Decoded() }
        let decoder = EventDecoder(rules: Rules())
        var batch = EventBatch(source: start)
        decoder.decodeLine(text, number: number, into: &batch)
        return view(batch)
    }
}

/// Decodes one line of a log.
func decodeLine(_ text: String) -> Decoded { decodeLine(Array(text.utf8)) }

/// Decodes the value of one live record.
func decodeValue(_ text: String, key: [UInt8]? = nil, timestamp: Int64? = nil) -> Decoded {
    withPadding(Array(text.utf8)) { value in
        let decoder = EventDecoder(rules: Rules())
        guard let source = value.baseAddress else { return Decoded() }
        var batch = EventBatch(source: source)
        let time = timestamp.map { EventTime(milliseconds: $0) }
        if let key {
            key.withUnsafeBytes {
                decoder.decodeValue(
                    value, key: $0, recordTimestamp: time, partition: 3, line: 7, into: &batch)
            }
        } else {
            decoder.decodeValue(
                value, key: nil, recordTimestamp: time, partition: 3, line: 7, into: &batch)
        }
        return view(batch)
    }
}

/// Decodes the lines of a log together, and says how many there are.
func decodeLines(_ bytes: [UInt8]) -> (decoded: Decoded, count: UInt32) {
    withPadding(bytes) { text in
        guard let start = text.baseAddress else { return (Decoded(), 0) }
        let decoder = EventDecoder(rules: Rules())
        var batch = EventBatch(source: start)
        let count = decoder.decodeLines(text, into: &batch)
        return (view(batch), count)
    }
}
