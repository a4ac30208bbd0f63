import Model
import Primitives
import Testing

struct EventDecoderTests {
    private let head = #""customer":"v","ts":1764547200000"#

    private func event(_ type: String, _ fields: String = "") -> Decoded {
        decodeLine(#"{"type":"\#(type)",\#(head)\#(fields.isEmpty ? "" : ",")\#(fields)}"#)
    }

    @Test func `an order is decoded`() throws {
        let decoded = decodeLine(
            #"{"id":"e134","type":"order.placed","customer":"v","ts":1764547200000,"order":"o-1","value":12.5,"#
                + #""currency":"EUR"}"#)
        let event = try #require(decoded.events.first)
        let hash = Array("v".utf8).withUnsafeBytes { StableHash.hash($0) }
        #expect(
            event
                == EventView(
                    kind: .orderPlaced, detail: .none, partition: Event.plainSequence, line: 0, quantity: 0,
                    milliseconds: 1_764_547_200_000, customer: "v", hash: hash, id: "e134", subject: "o-1",
                    tenThousandths: 125_000, currency: "EUR", itemCount: 0))
    }

    @Test func `the items of a cart are decoded and those of an order only checked`() {
        let items =
            #""items":[{"sku":"A","qty":2,"price":1.5},{"sku":"\u0042"},{"sku":"C","price":null,"x":[{}]}]"#
        let cart = event("cart.set", items)
        #expect(cart.events.first?.itemCount == 3)
        #expect(
            cart.items == [
                ItemView(sku: "A", quantity: 2, tenThousandths: 15_000),
                ItemView(sku: "B", quantity: 1, tenThousandths: -1),
                ItemView(sku: "C", quantity: 1, tenThousandths: -1),
            ])
        let order = event("order.placed", #""order":"o","value":1,\#(items)"#)
        #expect(order.verdict == "accepted")
        #expect(order.items.isEmpty)
        #expect(
            event("order.placed", #""order":"o","value":1,"items":[{"qty":1}]"#).verdict == "missing_field")
        #expect(event("cart.set", #""items":[]"#).events.first?.itemCount == 0)
    }

    @Test func `a rejected cart leaves no items behind`() {
        let decoded = event("cart.set", #""items":[{"sku":"A"},{"sku":"B","qty":0}]"#)
        #expect(decoded.items.isEmpty)
        #expect(decoded.details == ["items[1].qty: must be 1 to 1000000"])
    }

    @Test(arguments: EventKind.allCases.filter { $0 != .tick })
    func `every type is known, also with an escape in it`(_ kind: EventKind) {
        let fields =
            #""customer":"v","ts":1764547200000,"sku":"s","items":[],"order":"o","value":1,"channel":"c","purpose":"ads""#
        let name = "\(kind.name)"
        #expect(decodeLine(#"{"type":"\#(name)",\#(fields)}"#).events.first?.kind == kind)
        let escaped = #"{"type":"\#(name.replacing(".", with: #"\u002e"#))",\#(fields)}"#
        #expect(decodeLine(escaped).events.first?.kind == kind)
        for other in [
            name + "x", String(name.dropLast()), "x" + name, name.uppercased(), "x" + name.dropFirst(),
        ] {
            #expect(decodeLine(#"{"type":"\#(other)",\#(fields)}"#).verdict == "ignored")
        }
    }

    @Test func `details and defaults`() {
        #expect(event("email.bounced").events.first?.detail == .soft)
        #expect(event("email.bounced", #""bounce":"hard""#).events.first?.detail == .hard)
        #expect(event("consent.granted", #""purpose":"email""#).events.first?.detail == .email)
        #expect(event("consent.withdrawn", #""purpose":"ads""#).events.first?.detail == .ads)
        #expect(event("cart.add", #""sku":"A""#).events.first?.quantity == 1)
        #expect(event("cart.remove", #""sku":"A""#).events.first?.quantity == 0)
        #expect(event("cart.remove", #""sku":"A","qty":2.0"#).events.first?.quantity == 2)
        #expect(event("cart.add", #""sku":"A""#).events.first?.currency == "TRY")
        #expect(event("cart.add", #""sku":"A""#).events.first?.tenThousandths == -1)
        #expect(event("cart.add", #""sku":"A","price":0"#).events.first?.tenThousandths == 0)
    }

    @Test func `keys may be escaped, and the last of a repeated one counts`() {
        #expect(event("cart.add", #""s\u006bu":"A""#).events.first?.subject == "A")
        #expect(event("cart.add", #""sku\u0000":"A""#).verdict == "missing_field")
        #expect(event("cart.add", #""sku":5,"sku":"A""#).events.first?.subject == "A")
        #expect(event("cart.add", #""sku":"A","sku":null"#).verdict == "missing_field")
        #expect(event("cart.add", #""sku":"A","price":"x","price":null"#).verdict == "accepted")
        #expect(event("cart.add", #""sku":"A","price":null,"price":"x""#).verdict == "wrong_type")
    }

    @Test func `lengths count decoded bytes`() {
        let long = String(repeating: "ü", count: 128)
        #expect(event("cart.add", #""sku":"\#(long)""#).verdict == "accepted")
        #expect(event("cart.add", #""sku":"\#(long)x""#).details == ["sku: longer than 256 bytes"])
        let escaped = String(repeating: #"\u00fc"#, count: 128)
        #expect(event("cart.add", #""sku":"\#(escaped)""#).events.first?.subject == long)
        #expect(event("cart.add", #""sku":"\#(escaped)x""#).verdict == "out_of_range")
        #expect(event("cart.add", #""sku":"A","id":"\#(long.prefix(64))""#).verdict == "accepted")
        #expect(event("cart.add", #""sku":"A","id":"\#(long.prefix(65))""#).verdict == "out_of_range")
    }

    @Test(arguments: [
        ("1764547200000", 1_764_547_200_000), ("1.7645472e12", 1_764_547_200_000),
        ("946684800000", 946_684_800_000), ("4102444800000", 4_102_444_800_000),
        (#""2025-12-01T00:00:00Z""#, 1_764_547_200_000),
        (#""2025-12-01t03:00:00.0019+03:00""#, 1_764_547_200_001),
        (#""2025-12-01T00:00:00\u005a""#, 1_764_547_200_000),
        (#""2025-11-30T23:59:59.999-00:00""#, 1_764_547_199_999),
    ])
    func `ts is read`(_ text: String, _ milliseconds: Int64) {
        let decoded = decodeLine(#"{"type":"click.page","customer":"v","ts":\#(text)}"#)
        #expect(decoded.events.first?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        ("1.5", "wrong_type"), ("true", "wrong_type"), ("[]", "wrong_type"), (#""""#, "wrong_type"),
        (#""1764547200000""#, "wrong_type"), (#""2025-12-01 00:00:00Z""#, "wrong_type"),
        (#""2025-12-01T00:00:60Z""#, "wrong_type"), (#""2025-02-29T00:00:00Z""#, "wrong_type"),
        (#""2025-12-01T00:00:00""#, "wrong_type"), (#""2025-12-01T00:00:00.Z""#, "wrong_type"),
        ("946684799999", "out_of_range"), ("4102444800001", "out_of_range"), ("1e999", "out_of_range"),
        ("-1", "out_of_range"), ("0", "out_of_range"), ("null", "missing_field"),
        (#""1999-12-31T23:59:59.999Z""#, "out_of_range"), (#""2100-01-01T00:00:00.001Z""#, "out_of_range"),
        (#""0000-01-01T00:00:00Z""#, "out_of_range"),
    ])
    func `ts is refused`(_ text: String, _ reason: String) {
        #expect(decodeLine(#"{"type":"click.page","customer":"v","ts":\#(text)}"#).verdict == reason)
    }

    @Test func `the first failing check decides`() {
        // Each step mends the first fault of the one before.
        let steps = [
            (#"{"type":1,"customer":2,"ts":"x","id":3,"sku":4,"qty":"x","price":"x","currency":5}"#, "type"),
            (#"{"type":"cart.add","customer":2,"ts":"x","id":3,"sku":4,"qty":"x"}"#, "customer"),
            (#"{"type":"cart.add","customer":"a","ts":"x","id":3,"sku":4,"qty":"x"}"#, "ts"),
            (#"{"type":"cart.add","customer":"a","ts":1764547200000,"id":3,"sku":4,"qty":"x"}"#, "id"),
            (
                #"{"type":"cart.add","customer":"a","ts":1764547200000,"currency":5,"qty":"x","price":[],"sku":4}"#,
                "sku"
            ),
            (
                #"{"type":"cart.add","customer":"a","ts":1764547200000,"currency":5,"qty":"x","price":[],"sku":"s"}"#,
                "qty"
            ),
            (
                #"{"type":"cart.add","customer":"a","ts":1764547200000,"currency":5,"price":[],"sku":"s"}"#,
                "price"
            ),
            (#"{"type":"cart.add","customer":"a","ts":1764547200000,"currency":5,"sku":"s"}"#, "currency"),
            (
                #"{"type":"click.ad","customer":"a","ts":1764547200000,"currency":5,"cost":"1","campaign":{},"channel":1}"#,
                "channel"
            ),
            (
                #"{"type":"click.ad","customer":"a","ts":1764547200000,"currency":5,"cost":"1","campaign":{},"channel":"c"}"#,
                "campaign"
            ),
            (
                #"{"type":"click.ad","customer":"a","ts":1764547200000,"currency":5,"cost":"1","channel":"c"}"#,
                "cost"
            ),
            (
                #"{"type":"click.ad","customer":"a","ts":1764547200000,"currency":5,"channel":"c"}"#,
                "currency"
            ),
            (
                #"{"type":"order.placed","customer":"a","ts":1764547200000,"items":1,"currency":5,"value":"1","order":1}"#,
                "order"
            ),
            (
                #"{"type":"order.placed","customer":"a","ts":1764547200000,"items":1,"currency":5,"value":"1","order":"o"}"#,
                "value"
            ),
            (
                #"{"type":"order.placed","customer":"a","ts":1764547200000,"items":1,"currency":5,"value":1,"order":"o"}"#,
                "currency"
            ),
            (
                #"{"type":"order.placed","customer":"a","ts":1764547200000,"items":1,"value":1,"order":"o"}"#,
                "items"
            ),
            (
                #"{"type":"email.bounced","customer":"a","ts":1764547200000,"campaign":1,"bounce":1}"#,
                "bounce"
            ),
            (#"{"type":"email.bounced","customer":"a","ts":1764547200000,"campaign":1}"#, "campaign"),
        ]
        for (text, field) in steps {
            let decoded = decodeLine(text)
            #expect(decoded.verdict == "wrong_type")
            #expect(decoded.details.first?.hasPrefix("\(field): ") == true, "\(text): \(decoded)")
        }
    }

    @Test func `what is wrong with the text comes before what is wrong with the event`() {
        let big = String(repeating: "x", count: EventDecoder.valueByteCountMax)
        #expect(decodeLine(Array(big.utf8) + [0xFF]).verdict == "too_large")
        #expect(decodeLine([0xFF, 0x7B]).verdict == "invalid_utf8")
        #expect(
            decodeLine(Array(#"{"type":"nope","x":""#.utf8) + [0xC0, 0x80] + Array(#""}"#.utf8)).verdict
                == "invalid_utf8")
        #expect(decodeLine(#"{"type":"nope","x":01}"#).verdict == "not_json")
        #expect(decodeLine("\u{FEFF}{}").verdict == "not_json")
        #expect(decodeLine(#"{"type":"nope"} {}"#).verdict == "not_json")
        #expect(decodeLine(#"{"type":"nope","x":"\udead"}"#).verdict == "not_json")
        #expect(decodeLine(#"["nope"]"#).verdict == "not_an_object")
        #expect(decodeLine("null").verdict == "not_an_object")
        #expect(decodeLine("{}").details == ["type: missing"])
        #expect(decodeLine(#"{"type":"","customer":5}"#).verdict == "ignored")
    }

    @Test func `the largest value is 1 MiB without its line end`() {
        let head = #"{"type":"click.page","customer":"v","ts":1764547200000,"x":""#
        let filler = String(repeating: "y", count: EventDecoder.valueByteCountMax - head.utf8.count - 2)
        let text = Array((head + filler + "\"}").utf8)
        #expect(text.count == 1 << 20)
        #expect(decodeLine(text).verdict == "accepted")
        #expect(decodeLine(text + [0x0D, 0x0A]).verdict == "accepted")
        #expect(decodeLine(text + [0x20]).verdict == "too_large")
        #expect(decodeLine(text + [0x0D]).verdict == "too_large")
    }

    @Test(arguments: ["", "\n", "\r\n", "  \t \r\n", " "])
    func `blank lines are skipped`(_ text: String) {
        #expect(decodeLine(text).verdict == "skipped")
    }

    @Test func `a rejected line is kept as it came, without its line end`() {
        let decoded = decodeLine(" {\"type\":7}\t\r\n")
        #expect(decoded.rejectedValues == [Array(" {\"type\":7}\t".utf8)])
        #expect(decoded.details == ["type: expected a string, got a number"])
        #expect(decodeLine("\u{0B}\n").verdict == "not_json")
    }
}
