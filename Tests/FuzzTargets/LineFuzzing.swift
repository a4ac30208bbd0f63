import Model
import NaiveModel
import Primitives
import Runtime

/// Lines of logs and records of topics.
enum LineFuzzing {
    /// 2026-01-01T00:00Z.
    private static let timestamp: Int64 = 1_767_225_600_000
    private static let naiveConfig: NaiveConfig? = try? NaiveConfig(yaml: "")

    /// A line must be to the decoder what it is to the naive model, field by field.
    static func checkLine(_ bytes: [UInt8]) throws(FuzzFailure) {
        let line = Array(bytes.prefix { $0 != 0x0A })
        try compare(verdict(ofLine: line), naive(line), "the line")
    }

    /// What a live record is must be what the line is that `tetik record` writes of it.
    ///
    /// The first byte says what there is: 1 a key, of as many bytes as the second byte says; 2 a timestamp; 4 no value.
    static func checkRecord(_ bytes: [UInt8]) throws(FuzzFailure) {
        guard bytes.count >= 2 else { return }
        let flags = bytes[0]
        let keyCount = flags & 1 == 0 ? 0 : min(Int(bytes[1]), bytes.count - 2)
        let key = flags & 1 == 0 ? nil : Array(bytes[2..<2 + keyCount])
        let value = flags & 4 == 0 ? Array(bytes[(2 + keyCount)...]) : nil
        let time = flags & 2 == 0 ? nil : timestamp
        let live = value.map { verdict(ofValue: $0, key: key, timestamp: time) } ?? "ignored"
        var line = RecordedText.line(key: key, value: value, timestampMilliseconds: time)
        guard line.last == 0x0A, !line.dropLast().contains(0x0A) else {
            throw FuzzFailure("a recorded record is not one line: \(String(decoding: line, as: UTF8.self))")
        }
        line.removeLast()
        try compare(verdict(ofLine: line), live, "recorded and live")
        try compare(verdict(ofLine: line), naive(line), "the recorded line")
    }

    private static func compare(_ found: String, _ wanted: String, _ place: String) throws(FuzzFailure) {
        guard found != wanted else { return }
        throw FuzzFailure("\(place): the decoder says '\(found)', it should be '\(wanted)'")
    }

    private static func naive(_ line: [UInt8]) -> String {
        naiveConfig.map { NaiveVerdict.ofLine(line, config: $0) } ?? "no configuration"
    }

    static func verdict(ofLine line: [UInt8]) -> String {
        withPadding(line) { text in
            let decoder = EventDecoder(rules: Rules())
            guard let start = text.baseAddress else { return "blank" }
            var batch = EventBatch(source: start)
            decoder.decodeLine(text, number: 0, into: &batch)
            return verdict(batch)
        }
    }

    private static func verdict(ofValue value: [UInt8], key: [UInt8]?, timestamp: Int64?) -> String {
        withPadding(value) { text in
            let decoder = EventDecoder(rules: Rules())
            guard let start = text.baseAddress else { return "blank" }
            var batch = EventBatch(source: start)
            let time = timestamp.map { EventTime(milliseconds: $0) }
            let isThere = key != nil
            (key ?? []).withUnsafeBytes { bytes in
                // An empty key has no address, and is a key all the same.
                let empty = UnsafeRawBufferPointer(start: start, count: 0)
                decoder.decodeValue(
                    text, key: isThere ? (bytes.isEmpty ? empty : bytes) : nil, recordTimestamp: time,
                    partition: 0, line: 0, into: &batch)
            }
            return verdict(batch)
        }
    }

    /// Bytes followed by padding that looks like more of the same, in memory that ends there.
    private static func withPadding(_ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) -> String) -> String {
        let filler = Array(#"0}]"}]} ,0123456789"#.utf8)
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: bytes.count + JSONScanner.paddingByteCount, alignment: 1)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        for index in bytes.count..<memory.count { memory[index] = filler[index % filler.count] }
        return body(UnsafeRawBufferPointer(rebasing: memory[..<bytes.count]))
    }

    private static func verdict(_ batch: borrowing EventBatch) -> String {
        let count = batch.events.count + batch.rejected.count + batch.ignoredCount
        guard count <= 1 else { return "\(count) results of one line" }
        if let rejected = batch.rejected.first { return "rejected \(rejected.rejection.reason.rawValue)" }
        guard let event = batch.events.first else { return batch.ignoredCount == 1 ? "ignored" : "blank" }
        if event.kind == .tick { return "tick \(event.partition) \(event.timestamp.milliseconds)" }
        return "event \(event.partition) \(text(event, batch))"
    }

    private static func text(_ event: Event, _ batch: borrowing EventBatch) -> String {
        func digits(_ slice: Slice, _ batch: borrowing EventBatch) -> String {
            NaiveVerdict.hexadecimal(Array(batch.bytes(of: slice)))
        }
        let subject = digits(event.subject, batch)
        let currency = NaiveVerdict.hexadecimal(Array(event.currency.description.utf8))
        var text = "\(event.kind.name) \(digits(event.customer, batch)) \(event.timestamp.milliseconds)"
        text += " id=\(digits(event.id, batch))"
        switch event.kind {
        case .cartAdd:
            text += " sku=\(subject) qty=\(event.quantity) price=\(event.amount.tenThousandths) \(currency)"
        case .cartRemove: text += " sku=\(subject) qty=\(event.quantity)"
        case .cartSet:
            text += " \(currency)"
            for index in event.firstItem..<event.firstItem + event.itemCount {
                let item = batch.items[Int(index)]
                text += " \(digits(item.sku, batch))*\(item.quantity)@\(item.price.tenThousandths)"
            }
        case .orderPlaced: text += " order=\(subject) value=\(event.amount.tenThousandths) \(currency)"
        case .orderRefunded, .orderCancelled: text += " order=\(subject)"
        case .emailBounced: text += event.detail == .hard ? " hard" : " soft"
        case .consentGranted, .consentWithdrawn: text += event.detail == .email ? " email" : " ads"
        default: break
        }
        return text
    }

    static let lines = [
        #"{"id":"e1","type":"cart.set","customer":"v","ts":1764547200000,"items":[{"sku":"A","qty":1,"price":1.5}]}"#,
        #"{"type":"click.ad","customer":"\u00fc","ts":"2025-12-01T00:00:00.5Z","channel":"c","cost":1e-3}"#,
        #"{"type":"cart.add","customer":"v","ts":1764547200000,"sku":"s","qty":2.0,"price":19.99,"currency":"EUR"}"#,
        #"{"type":"order.placed","customer":"v","ts":1764547200000,"order":"o","value":12.34565,"items":[{"sku":"x"}]}"#,
        #"{"type":"email.bounced","customer":"v","ts":1764547200000,"bounce":"hard","x":[true,false,null,{"a":-0.1E+2}]}"#,
        #"{"type":"consent.granted","customer":"\ud83d\ude00","ts":1764547200000,"purpose":"ads"}"#,
        #"{"topic":"t","partition":1,"timestamp":1764547200000,"key":"k","value":{"type":"cart.remove","sku":"A"}}"#,
        #"{"topic":"t","timestamp":1764547200000,"key_base64":"aw==","value_base64":"eyJ0eXBlIjoiY2FydCJ9"}"#,
        #"{"topic":"t","value":null}"#, #"{"partition":1,"tick":1764547200000}"#, " \t\r", "[1,2]",
        "\u{FEFF}{}",
    ]

    static let recordSeeds: [[UInt8]] = [
        [3, 1, 0x6B] + Array(#"{"type":"cart.add","sku":"A","qty":1}"#.utf8),
        [0, 0] + Array(#"{"type":"click.page","customer":"v","ts":1764547200000}"#.utf8),
        [3, 2, 0xFF, 0xFE] + Array(#"{"type":"click.page"}"#.utf8), [7, 0],
        [2, 0] + Array("null".utf8), [3, 1, 0x6B] + Array("{\n\"type\":\r\n\"click.page\"}".utf8),
        [2, 0] + Array(#" {"type":5} "#.utf8), [1, 0], [0, 0, 0xED, 0xA0, 0x80],
    ]
}
