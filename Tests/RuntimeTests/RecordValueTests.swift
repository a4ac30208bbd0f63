import Model
import Primitives
import Testing

@testable import Runtime

/// What a decoder made of one record or line, for comparing.
private struct Outcome: Equatable {
    var events: [String] = []
    var rejections: [String] = []
    var rejectedValues: [[UInt8]] = []
    var ignoredCount = 0

    init(_ batch: borrowing EventBatch) {
        for event in batch.events {
            let customer = String(decoding: batch.bytes(of: event.customer), as: UTF8.self)
            events.append("\(event.kind) \(event.timestamp) \(customer) \(event.partition)")
        }
        for rejected in batch.rejected {
            rejections.append("\(rejected.rejection.reason) \(rejected.rejection.detail)")
            rejectedValues.append(Array(batch.bytes(of: rejected.value)))
        }
        ignoredCount = batch.ignoredCount
    }
}

/// Calls `body` with bytes that may be read a little past their end.
private func withPadded<Result>(
    _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws -> Result
) rethrows -> Result {
    let padded = bytes + [UInt8](repeating: 0x7D, count: JSONScanner.paddingByteCount)
    return try padded.withUnsafeBytes {
        try body(UnsafeRawBufferPointer(rebasing: $0[0..<bytes.count]))
    }
}

@Suite struct RecordValueTests {
    private static let nested63 = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)

    /// Values as they come from Kafka, with the form they are recorded in.
    private static let values: [(value: [UInt8]?, key: [UInt8]?, form: RecordedValue)] = [
        (Array(#"{"type":"cart.clear"}"#.utf8), Array("c".utf8), .json),
        (Array(#" {"type":"cart.clear"}"#.utf8), Array("c".utf8), .json),
        (Array("{\n\"type\":\r\n\"cart.add\",\"sku\":\"a\\nb\"}".utf8), Array("c".utf8), .jsonOverLines),
        (Array(#"{"type":"cart.clear","x":\#(nested63)}"#.utf8), Array("c".utf8), .json),
        (Array(#"{"type":"cart.clear","x":[\#(nested63)]}"#.utf8), Array("c".utf8), .base64),
        (Array(#"{"type":"unheard.of"}"#.utf8), Array("c".utf8), .json),
        (Array("{\"type\":\n\"unheard.of\"}".utf8), Array("c".utf8), .jsonOverLines),
        (nil, Array("c".utf8), .null),
        (nil, nil, .null),
        (Array("null".utf8), Array("c".utf8), .base64),
        ([], Array("c".utf8), .base64),
        (Array("not json".utf8), Array("c".utf8), .base64),
        ([0xEF, 0xBB, 0xBF] + Array("{}".utf8), Array("c".utf8), .base64),
        ([0x22, 0xFF, 0x22], Array("c".utf8), .base64),
        (Array(#""\ud800""#.utf8), Array("c".utf8), .base64),
        (Array("[1,2]".utf8), Array("c".utf8), .json),
        (Array("12".utf8), Array("".utf8), .json),
        (Array(#"{"type":"cart.add"}"#.utf8), Array("c".utf8), .json),
        (Array(#"{"type":"cart.add"} "#.utf8), Array("c".utf8), .base64),
        (Array("{\"type\":\n\"cart.add\"}".utf8), Array("c".utf8), .base64),
        (Array(#"{"type":"cart.clear"}"#.utf8), nil, .json),
        (Array(#"{"type":"cart.clear"}"#.utf8), [0xFF, 0x00], .json),
        (Array(#"{"type":"cart.clear","customer":"z"}"#.utf8), [0xFF, 0x00], .json),
        (Array(#"{"type":"cart.clear"}"#.utf8), Array("q\"\\\n\u{1F600}".utf8), .json),
        (Array(#"{"type":"cart.clear","ts":9999999999999}"#.utf8), Array("c".utf8), .json),
    ]

    private static let timestamp: Int64 = 1_764_547_200_000

    @Test(arguments: values.indices)
    func `a recorded value is what the decoder saw live`(index: Int) {
        let (value, key, form) = Self.values[index]
        let timestamp = index % 5 == 4 ? nil : Self.timestamp
        var line = ByteWriter()
        let padding = value ?? []
        let key0 = key ?? []
        withPadded(padding) { valueBytes in
            withPadded(key0) { keyBytes in
                let value = value == nil ? nil : valueBytes
                let key = key == nil ? nil : keyBytes
                var reading = RecordReading(rules: Rules())
                let read = reading.read(
                    key: key, value: value, timestampMilliseconds: timestamp, partition: 3)
                #expect(read.form == form)
                RecordedLine.append(
                    topic: "carts", partition: 3, offset: 7, timestampMilliseconds: timestamp, key: key,
                    value: value, form: read.form, to: &line)
            }
        }
        let text = Array(line.bytes)
        #expect(text.last == 0x0A)
        #expect(text.count { $0 == 0x0A || $0 == 0x0D } == 1)
        #expect(replayed(text) == live(value, key: key, timestamp: timestamp))
    }

    private func live(_ value: [UInt8]?, key: [UInt8]?, timestamp: Int64?) -> Outcome {
        withPadded(value ?? []) { bytes in
            withPadded(key ?? []) { keyBytes in
                guard let start = bytes.baseAddress else { preconditionFailure("padded bytes have a place") }
                var batch = EventBatch(source: start)
                guard value != nil else {
                    batch.ignoredCount = 1
                    return Outcome(batch)
                }
                EventDecoder(rules: Rules()).decodeValue(
                    bytes, key: key == nil ? nil : keyBytes,
                    recordTimestamp: timestamp.map { EventTime(milliseconds: $0) }, partition: 3, line: 0,
                    into: &batch)
                return Outcome(batch)
            }
        }
    }

    private func replayed(_ line: [UInt8]) -> Outcome {
        withPadded(line) { bytes in
            guard let start = bytes.baseAddress else { preconditionFailure("padded bytes have a place") }
            var batch = EventBatch(source: start)
            EventDecoder(rules: Rules()).decodeLine(bytes, number: 0, into: &batch)
            return Outcome(batch)
        }
    }

    @Test func `a value over the limit is base64, and too large again in a replay`() {
        let long = Array("{\"type\":\"cart.clear\",\"x\":\"".utf8) + [UInt8](repeating: 0x61, count: 1 << 20)
        let value = long + Array("\"}".utf8)
        withPadded(value) { bytes in
            var reading = RecordReading(rules: Rules())
            let read = reading.read(key: nil, value: bytes, timestampMilliseconds: nil, partition: 0)
            #expect(read.form == .base64)
            var line = ByteWriter()
            RecordedLine.append(
                topic: "t", partition: 3, offset: 0, timestampMilliseconds: nil, key: nil, value: bytes,
                form: read.form, to: &line)
            #expect(replayed(Array(line.bytes)) == live(value, key: nil, timestamp: nil))
        }
    }

    @Test func `the place in the sequence is the event's time, else the record's, else the front`() {
        var reading = RecordReading(rules: Rules())
        func time(_ value: String, _ timestamp: Int64?) -> Int64 {
            withPadded(Array(value.utf8)) { bytes in
                reading.read(key: nil, value: bytes, timestampMilliseconds: timestamp, partition: 0).time
                    .milliseconds
            }
        }
        let event = #"{"type":"cart.clear","customer":"c","ts":1764547200001}"#
        #expect(time(event, 1_764_547_200_009) == 1_764_547_200_001)
        #expect(time(#"{"type":"cart.clear","customer":"c"}"#, 1_764_547_200_009) == 1_764_547_200_009)
        #expect(time(#"{"type":"unheard.of","ts":1764547200001}"#, 1_764_547_200_009) == 1_764_547_200_009)
        #expect(time("not json", 1_764_547_200_009) == 1_764_547_200_009)
        #expect(time("not json", nil) == EventTime.earliest.milliseconds)
    }

    @Test func `a line has the fields of the contract in their order`() {
        var line = ByteWriter()
        withPadded(Array("{}".utf8)) { value in
            withPadded(Array("c-1".utf8)) { key in
                RecordedLine.append(
                    topic: "carts", partition: 0, offset: 7, timestampMilliseconds: Self.timestamp, key: key,
                    value: value, form: .json, to: &line)
            }
        }
        RecordedLine.append(
            topic: "carts", partition: 1, offset: 8, timestampMilliseconds: nil, key: nil, value: nil,
            form: .null, to: &line)
        #expect(
            String(decoding: line.bytes, as: UTF8.self) == """
                {"topic":"carts","partition":0,"offset":7,"timestamp":1764547200000,"key":"c-1","value":{}}
                {"topic":"carts","partition":1,"offset":8,"key":null,"value":null}

                """)
    }
}
