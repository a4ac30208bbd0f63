/// Builds one trigger record: fields in their order, no white space. Source: contract, section 6.
struct NaiveRecord {
    let type: String
    let id: String
    private var text: Bytes

    init(type: String, customer: Bytes, at: Int64, discriminator: Bytes) {
        self.type = type
        let identity = Bytes("\(type)\n".utf8) + customer + Bytes("\n\(at)\n".utf8) + discriminator
        id = String(NaiveSHA256.hexadecimalDigest(of: identity).prefix(32))
        text = Bytes("{".utf8)
        add("id", string: Bytes(id.utf8))
        add("type", string: Bytes(type.utf8))
        add("customer", string: customer)
        add("at", time: at)
    }

    mutating func add(_ name: String, raw: String) {
        if text.count > 1 { text.append(UInt8(ascii: ",")) }
        text += Bytes("\"\(name)\":\(raw)".utf8)
    }

    mutating func add(_ name: String, string: Bytes?) {
        guard let string else { return add(name, raw: "null") }
        add(name, raw: "")
        text += quoted(string)
    }

    mutating func add(_ name: String, time: Int64?) {
        add(name, string: time.map { Bytes(NaiveTime.text($0).utf8) })
    }

    mutating func add(_ name: String, array: [Bytes]) {
        add(name, raw: "[")
        text += Bytes(array.joined(separator: [UInt8(ascii: ",")])) + [UInt8(ascii: "]")]
    }

    /// The whole line.
    var line: String { String(decoding: text + [UInt8(ascii: "}")], as: UTF8.self) }
}

/// A JSON string: only `"`, `\` and control characters are escaped.
func quoted(_ string: Bytes) -> Bytes {
    let short: [UInt8: String] = [
        0x22: "\\\"", 0x5C: "\\\\", 0x08: "\\b", 0x0C: "\\f", 0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t",
    ]
    var text: Bytes = [0x22]
    for byte in string {
        if let escaped = short[byte] {
            text += Bytes(escaped.utf8)
        } else if byte < 0x20 {
            text += Bytes((byte < 0x10 ? "\\u000" : "\\u00").utf8) + Bytes(String(byte, radix: 16).utf8)
        } else {
            text.append(byte)
        }
    }
    return text + [0x22]
}
