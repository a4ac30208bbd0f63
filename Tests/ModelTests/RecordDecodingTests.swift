import Model
import Primitives
import Testing

struct RecordDecodingTests {
    private let cart = #"{"type":"cart.add","sku":"A"}"#
    private let time: Int64 = 1_764_547_200_000

    private func line(_ value: String, _ more: String = #","key":"k","timestamp":1764547200000"#) -> Decoded {
        decodeLine(#"{"topic":"carts","partition":2,"offset":5\#(more),"value":\#(value)}"#)
    }

    @Test func `key and timestamp of a live record stand in for customer and ts`() throws {
        let event = try #require(decodeValue(cart, key: Array("k".utf8), timestamp: time).events.first)
        #expect(event.customer == "k")
        #expect(event.milliseconds == time)
        #expect(event.partition == 3)
        #expect(event.line == 7)
        #expect(decodeValue(cart, timestamp: time).details == ["customer: missing"])
        #expect(decodeValue(cart, key: Array("k".utf8)).details == ["ts: missing"])
    }

    @Test func `a key matters only where customer is absent`() {
        let named = #"{"type":"cart.add","sku":"A","customer":"c"}"#
        #expect(decodeValue(named, key: [0xFF], timestamp: time).verdict == "accepted")
        #expect(decodeValue(cart, key: [0xFF], timestamp: time).verdict == "invalid_utf8")
        #expect(decodeValue(#"{"type":"nope"}"#, key: [0xFF], timestamp: time).verdict == "ignored")
        #expect(decodeValue(cart, key: [], timestamp: time).verdict == "out_of_range")
        let long = Array(repeating: UInt8(0x61), count: 257)
        #expect(decodeValue(cart, key: long, timestamp: time).verdict == "out_of_range")
        #expect(decodeValue(cart, key: long.dropLast(), timestamp: time).verdict == "accepted")
    }

    @Test func `ts may lie max_ahead past the record's timestamp and no further`() {
        func ahead(_ milliseconds: Int64) -> String {
            decodeValue(
                #"{"type":"click.page","customer":"c","ts":\#(time + milliseconds),"id":7}"#, timestamp: time
            ).verdict
        }
        #expect(ahead(60_000) == "wrong_type")
        #expect(ahead(60_001) == "timestamp_in_future")
        #expect(decodeValue(#"{"type":"click.page","customer":"c"}"#, timestamp: 5).verdict == "out_of_range")
    }

    @Test func `a value without bytes is no JSON`() {
        #expect(decodeValue(" ", timestamp: time).verdict == "not_json")
        #expect(decodeValue("", timestamp: time).verdict == "not_json")
    }

    @Test func `a recorded record is decoded`() throws {
        let event = try #require(line(cart).events.first)
        #expect(event.customer == "k")
        #expect(event.milliseconds == time)
        #expect(event.partition == 2)
        #expect(
            decodeLine(#"{"value":\#(cart),"topic":0,"key":"\u006b","timestamp":1.7645472e12}"#).events.first
                == EventView(
                    kind: .cartAdd, detail: .none, partition: 0, line: 0, quantity: 1, milliseconds: time,
                    customer: "k", hash: event.hash, id: "", subject: "A", tenThousandths: -1,
                    currency: "TRY",
                    itemCount: 0))
    }

    @Test func `a value that is null is ignored`() {
        #expect(line("null").verdict == "ignored")
        #expect(line(cart, #","value":null,"key":"k","timestamp":1764547200000"#).verdict == "accepted")
        #expect(line("null", #","value":{}"#).verdict == "ignored")
    }

    @Test func `of a repeated value the last counts`() {
        let more = #","key":"k","timestamp":1764547200000,"value":{"type":"cart.add","sku":"B","id":"x"}"#
        #expect(line(cart, more).events.first?.subject == "A")
        #expect(line(cart, more).events.first?.id == "")
        #expect(line("5", more).verdict == "not_an_object")
        #expect(line("{}", more).details == ["type: missing"])
    }

    @Test func `a line with a type is a plain event`() {
        let text = #"{"type":"click.page","customer":"c","ts":1764547200000,"topic":"t","value":\#(cart)}"#
        #expect(decodeLine(text).events.first?.kind == .clickPage)
        #expect(
            decodeLine(#"{"type":null,"topic":"t","key":"k","timestamp":1764547200000,"value":\#(cart)}"#)
                .events.first?.kind == .cartAdd)
    }

    @Test func `a value and a key may be base64`() {
        // {"type":"cart.add","sku":"\u0041","id":"é"}
        let value = #""value_base64":"eyJ0eXBlIjoiY2FydC5hZGQiLCJza3UiOiJcdTAwNDEiLCJpZCI6IsOpIn0=""#
        let decoded = decodeLine(
            #"{"topic":"t","timestamp":1764547200000,"key_base64":"a\u0077==",\#(value)}"#)
        #expect(decoded.events.first?.customer == "k")
        #expect(decoded.events.first?.subject == "A")
        #expect(decoded.events.first?.id == "é")
        let bad = decodeLine(#"{"topic":"t","key_base64":"/w==","timestamp":1764547200000,"value":\#(cart)}"#)
        #expect(bad.verdict == "invalid_utf8")
        #expect(decodeLine(#"{"topic":"t","value_base64":"\/w=="}"#).rejectedValues == [[0xFF]])
        #expect(decodeLine(#"{"topic":"t","value_base64":"/w="}"#).details == ["value_base64: not base64"])
        #expect(decodeLine(#"{"topic":"t","value_base64":5}"#).verdict == "wrong_type")
        #expect(decodeLine(#"{"topic":"t","value_base64":""}"#).verdict == "not_json")
    }

    @Test func `the value of a recorded record is rejected as it came`() {
        let decoded = line(#" "x" "#)
        #expect(decoded.verdict == "not_an_object")
        #expect(decoded.rejectedValues == [Array(#""x""#.utf8)])
        #expect(decoded.rejectedPartitions == [2])
        let broken = line(#"{"type":}"#)
        #expect(broken.verdict == "not_json")
        #expect(broken.rejectedValues == [Array(#"{"type":}"#.utf8)])
        #expect(broken.rejectedPartitions == [2])
    }

    @Test(arguments: [
        (#","partition":"x""#, "partition: expected an integer, got a string"),
        (#","partition":-1"#, "partition: must be 0 to 2147483647"),
        (#","timestamp":"x""#, "timestamp: expected an integer, got a string"),
        (#","key":5"#, "key: expected a string, got a number"),
        (#","key_base64":"*""#, "key_base64: not base64"),
    ])
    func `a malformed envelope says what is wrong`(_ more: String, _ detail: String) {
        #expect(line(cart, more).details == [detail])
    }

    @Test(arguments: [#","timestamp":1e40"#, #","partition":-1"#, #","key":5"#])
    func `a line that is no JSON is that, whatever stands beside the value`(_ more: String) {
        let broken = line(#"{"type":}"#, more)
        #expect(broken.verdict == "not_json")
        #expect(broken.details.first?.hasPrefix("not JSON at byte") == true)
        #expect(broken.rejectedPartitions == [Event.plainSequence])
        let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
        #expect(line(deep, more).verdict == "not_json")
    }

    @Test func `a value that is repeated does not mend one that is no JSON`() {
        for last in ["5", "null", cart] {
            let decoded = decodeLine(#"{"topic":"t","partition":2,"value":{"type":},"value":\#(last)}"#)
            #expect(decoded.verdict == "not_json")
            #expect(decoded.rejectedPartitions == [Event.plainSequence])
        }
    }

    @Test func `limits of depth and size are those of the value`() {
        func deep(_ depth: Int) -> String {
            #"{"type":"cart.add","sku":"A","x":"#
                + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}"
        }
        #expect(line(deep(64)).verdict == "accepted")
        #expect(line(deep(65)).verdict == "not_json")
        #expect(line(deep(66)).rejectedPartitions == [2])
        #expect(line(deep(60_000)).verdict == "not_json")
        let plain = #"{"type":"nope","value":\#(deep(64))}"#
        #expect(decodeLine(plain).verdict == "not_json")
        #expect(decodeLine(plain).details.first?.hasSuffix("nested deeper than 64") == true)
        func large(_ count: Int) -> String {
            let head = #"{"type":"cart.add","sku":"A","x":""#
            return head + String(repeating: "y", count: count - head.utf8.count - 2) + "\"}"
        }
        #expect(line(large(1 << 20)).verdict == "accepted")
        #expect(line(large(1 << 20 + 1)).verdict == "too_large")
        #expect(line(String(large(1 << 20 + 1).dropLast())).verdict == "too_large")
    }

    @Test func `a tick is a value for the watermark`() throws {
        let tick = try #require(decodeLine(#"{"partition":4,"tick":1764547200000}"#).events.first)
        #expect(tick.kind == .tick)
        #expect(tick.partition == 4)
        #expect(tick.milliseconds == time)
        #expect(decodeLine(#"{"tick":1764547200000}"#).events.first?.partition == 0)
        #expect(decodeLine(#"{"tick":"x"}"#).details == ["tick: not an RFC 3339 time with offset"])
        #expect(decodeLine(#"{"tick":12}"#).verdict == "out_of_range")
        #expect(decodeLine(#"{"partition":1.5,"tick":1764547200000}"#).verdict == "wrong_type")
        #expect(decodeLine(#"{"partition":1,"tick":null}"#).details == ["type: missing"])
    }
}
