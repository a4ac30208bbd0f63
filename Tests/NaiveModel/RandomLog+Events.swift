/// Random events and the lines that carry them.
extension RandomLog {
    /// Names and JSON texts of an object's members, in the order they are written.
    typealias Members = [(String, String)]

    /// JSON of a string, now and then with needless escapes.
    mutating func quotedText(_ text: String) -> String {
        let plain = String(decoding: quoted(Bytes(text.utf8)), as: UTF8.self)
        guard chance(4) else { return plain }
        let escaped = text.utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
        return "\"" + escaped.joined() + "\""
    }

    /// An object, now and then with spaces, unknown fields, repeated keys or another order.
    mutating func object(_ members: Members) -> String {
        var members = members
        if chance(3) { members.insert((members[0].0, pick(["null", "7", "\"cart.add\"", "[{}]"])), at: 0) }
        if chance(5) {
            members.append(("note", pick(["[1,{\"a\":null}]", "\"\\ud83d\\ude00\"", "-0.5e-7"])))
        }
        if chance(5) { members.append(("session", pick(["17", "\"s\"", "{}"]))) }
        let space = chance(4) ? " \t" : ""
        let comma = space + "," + space
        let written = members.map { "\(quotedText($0.0))\(space):\(space)\($0.1)" }
        return space + "{" + written.joined(separator: comma) + space + "}" + space
    }

    mutating func timeText(_ time: Int64) -> String {
        if chance(80) { return String(time) }
        let utc = NaiveTime.text(time)
        return pick([
            "\(time).0", "\(time)00e-2", "\"\(utc)\"", "\"\(utc.dropLast())999Z\"",
            "\"\(NaiveTime.text(time + 19_800_000).dropLast())+05:30\"",
            "\"\(utc.replacing("T", with: "t").replacing("Z", with: "-00:00"))\"",
        ])
    }

    private mutating func money() -> String {
        pick([
            "1", "2", "19.99", "0", "-0", "1e2", "0.00005", "0.00015", "0.1", "70.8500", "1.5E-1", "2.50005",
            "9999999999", "9999999999.0", "12345678.99995", "0.99995", "1e-400", "0.000050000001", "25e-1",
        ])
    }

    private mutating func optional(_ name: String, _ text: String, percent: Int = 50) -> Members {
        chance(percent) ? [(name, text)] : chance(5) ? [(name, "null")] : []
    }

    private mutating func currency() -> Members {
        optional("currency", pick(["\"TRY\"", "\"EUR\"", "\"eur\""]), percent: 25)
    }

    private mutating func items() -> String {
        var items: [String] = []
        for _ in 0..<pick([0, 1, 1, 2, 3, 5]) {
            let members =
                [("sku", quotedText(pick(skus)))] + optional("qty", String(int(1...3)))
                + optional("price", money(), percent: 70)
            items.append(object(members))
        }
        return "[" + items.joined(separator: ",") + "]"
    }

    private mutating func fields(of type: String) -> Members {
        switch type {
        case "cart.add":
            [("sku", quotedText(pick(skus)))] + optional("qty", pick(["1", "2", "1e1", "3.0", "1000000"]))
                + optional("price", money(), percent: 75) + currency()
        case "cart.remove": [("sku", quotedText(pick(skus)))] + optional("qty", String(int(1...3)))
        case "cart.set": [("items", items())] + currency()
        case "order.placed":
            [("order", quotedText(pick(orders))), ("value", money())] + currency()
                + optional("items", items(), percent: 10)
        case "order.refunded", "order.cancelled":
            [("order", quotedText(pick(orders)))] + optional("value", money())
        case "click.product": [("sku", quotedText(pick(skus)))] + optional("price", money()) + currency()
        case "click.ad": [("channel", "\"m\"")] + optional("cost", money(), percent: 20) + currency()
        case "email.bounced": optional("bounce", pick(["\"hard\"", "\"soft\""]), percent: 80)
        case "consent.granted", "consent.withdrawn": [("purpose", pick(["\"email\"", "\"ads\""]))]
        case _ where type.hasPrefix("email."): optional("campaign", "\"k\"")
        default: []
        }
    }

    private mutating func type() -> String {
        switch int(0...99) {
        case 0..<24: "cart.add"
        case 24..<32: "cart.remove"
        case 32..<38: "cart.set"
        case 38..<41: "cart.clear"
        case 41..<44: "cart.checkout"
        case 44..<61: "order.placed"
        case 61..<76: "click.ad"
        case 76..<78: pick(["click.page", "click.product", "click.search"])
        case 78..<79: pick(["order.refunded", "order.cancelled"])
        case 79..<84: "email.bounced"
        case 84..<89: pick(["email.unsubscribed", "email.subscribed", "email.complained"])
        case 89..<93: pick(["email.delivered", "email.delivered", "email.opened", "email.clicked"])
        case 93..<98: pick(["consent.granted", "consent.withdrawn"])
        case 98..<99: pick(["cart.teleport", "", "Cart.add"])
        default: "customer.erased"
        }
    }

    /// A valid event; a recorded one may leave customer and time to its record.
    mutating func makeEvent(time: Int64, isPlain: Bool) -> Members {
        let type = type()
        var members: Members = [("type", quotedText(type))]
        if isPlain || chance(30) { members.append(("customer", quotedText(pick(customers)))) }
        if isPlain || chance(40) { members.append(("ts", timeText(time))) }
        if chance(70) { members.append(("id", quotedText(chance(30) ? pick(ids) : "u\(count)"))) }
        members += fields(of: type)
        if chance(10) { members.shuffle(using: &random) }
        return members
    }

    /// A recorded record or a tick, in one of a few partitions.
    mutating func recordedLine() -> Bytes {
        let partition = pick([0, 0, 1, 2])
        if chance(6) {
            let time = min(now + pick([0, distance(), -distance()]), NaiveTime.latest)
            return Bytes("{\"partition\":\(partition),\"tick\":\(time)}".utf8)
        }
        let time = nextTime()
        let recordTime = chance(80) ? time : time - pick([maxAhead, maxAhead + 1, maxAhead - 1, -unit])
        var members: Members = [("topic", pick(["\"carts\"", "\"clicks\""]))]
        if partition != 0 || chance(80) { members.append(("partition", String(partition))) }
        members += [("offset", String(count)), ("timestamp", String(max(recordTime, NaiveTime.earliest)))]
        let key = pick(customers)
        switch int(0...19) {
        case 0: break
        case 1: members.append(("key", "null"))
        case 2: members.append(("key_base64", "\"\(base64([0xFF]))\""))
        case 3: members.append(("key_base64", "\"\(base64(Bytes(key.utf8)))\""))
        default: members.append(("key", quotedText(key)))
        }
        let value = chance(3) ? "null" : object(makeEvent(time: time, isPlain: false))
        if value != "null" && chance(5) {
            members.append(("value_base64", "\"\(base64(Bytes(value.utf8)))\""))
        } else {
            members.append(("value", value))
        }
        let written = members.map { "\"\($0.0)\":\($0.1)" }
        return Bytes(("{" + written.joined(separator: ",") + "}").utf8)
    }

    private func base64(_ bytes: Bytes) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for digit in 0..<4 {
                text.append(digit <= group.count ? alphabet[bits >> (18 - 6 * digit) & 63] : "=")
            }
        }
        return text
    }
}
