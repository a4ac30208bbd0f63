/// Lines that are rejected, for every reason.
extension RandomLog {
    mutating func badLine() -> Bytes {
        if chance(12) { return badBytes() }
        if chance(25) { return Bytes(notAnEvent().utf8) }
        var members = makeEvent(time: nextTime(), isPlain: true)
        if chance(20) {
            members.remove(at: int(0...members.count - 1))
        } else if chance(30) {
            members.append(badMember())
        } else {
            let index = int(0...members.count - 1)
            members[index].1 = chance(50) ? outOfRangeValue(of: members[index].0) : badValue()
        }
        if members.isEmpty { members = [("x", "1")] }
        let event = object(members)
        guard form != .plain && chance(50) else { return Bytes(event.utf8) }
        let record = "{\"topic\":\"carts\",\"partition\":\(int(0...2)),\"offset\":1,\"timestamp\":\(now),"
        return Bytes((record + "\"key\":\"a\",\"value\":\(event)}").utf8)
    }

    private mutating func badMember() -> (String, String) {
        let name = pick([
            "sku", "qty", "price", "currency", "items", "order", "value", "bounce", "purpose", "channel",
            "campaign",
            "cost", "id", "ts", "customer", "type",
        ])
        return (name, badValue())
    }

    /// The right type, but seldom the right range.
    private mutating func outOfRangeValue(of name: String) -> String {
        switch name {
        case "qty": pick(["0", "-1", "1000001", "1e7", "1000000"])
        case "price", "value", "cost":
            pick(["-0.00001", "9999999999.00001", "1e10", "-0.0", "9999999999.0000"])
        case "ts": pick(["946684799999", "4102444800001", "0", "-1", "\"2100-01-01T00:00:00.001Z\""])
        case "items":
            pick(["[{\"sku\":\"\"}]", "[{\"sku\":\"A\",\"qty\":0}]", "[{\"sku\":\"A\",\"price\":-1}]"])
        default: pick(["\"\"", "\"\(String(repeating: "é", count: pick([64, 65, 128, 129])))\"", "\"LIRA\""])
        }
    }

    private mutating func badValue() -> String {
        let long = String(repeating: "k", count: pick([128, 129, 256, 257]))
        return pick([
            "null", "true", "0", "-1", "1.5", "1e99", "-1e99", "1e-99", "9999999999.00001", "10000000000",
            "1000001",
            "\"\"", "\"\(long)\"", "\"soon\"", "\"wet\"", "\"LIRA\"", "\"T1L\"", "\"tRy\"", "[]", "{}",
            "[null]",
            "[1]", "[{}]", "[{\"sku\":\"A\",\"qty\":0}]", "[{\"sku\":\"A\",\"price\":\"1\"}]",
            "[{\"sku\":\"A\"}]",
            "946684799999", "946684800000", "4102444800001", "12", "\"2026-02-30T00:00:00Z\"",
            "\"2025-12-01T00:00:60Z\"", "\"2025-12-01T24:00:00Z\"", "\"2025-12-01 00:00:00Z\"",
            "\"2025-12-01T00:00:00\"", "\"2025-12-01T00:00:00.Z\"", "\"2025-12-01T00:00:00+24:00\"",
            "\"2025-12-01T00:00Z\"", "\"1999-12-31T23:59:59.9999Z\"", "\"1999-12-31T23:59:59-00:01\"",
        ])
    }

    private mutating func notAnEvent() -> String {
        let event = object(makeEvent(time: now, isPlain: true))
        let nested = pick([62, 63, 64, 65])
        return pick([
            "not json", "[1]", "\"x\"", "17", "null", "{}", event + " x", event + event,
            String(event.dropLast()), "{\"a\":01}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":+1}", "{\"a\":1e}",
            "{\"a\":tru}", "{\"a\":NaN}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\udc00\\ud800\"}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\t\"}", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "{'a':1}", "[1,]", "{\"a\":\"\\u12g4\"}",
            "\u{FEFF}" + event, "{\"type\":\"nope\",\"customer\":7}",
            "{\"type\":\"click.page\",\"customer\":\"a\",\"ts\":\(now),\"x\":"
                + String(repeating: "[", count: nested) + String(repeating: "]", count: nested) + "}",
        ])
    }

    private mutating func badBytes() -> Bytes {
        let event = Bytes(object(makeEvent(time: now, isPlain: true)).utf8)
        if chance(2) {
            let padding = 1_048_576 - event.count + pick([0, 1])
            return event + Bytes(repeating: 0x20, count: padding)
        }
        let bad: [Bytes] = [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC3], [0xE2, 0x82], [0x80],
        ]
        let index = int(0...event.count - 1)
        return event[..<index] + pick(bad) + event[index...]
    }
}
