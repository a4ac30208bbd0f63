/// The text of strings is kept as bytes: the contract compares byte for byte, Swift's `String` would not.
typealias Bytes = [UInt8]

/// One JSON value, with the part of the text it was read from.
struct JSON {
    /// What the value is; numbers stay text, since money is never a floating point number.
    enum Value {
        case null
        case bool
        case number(Bytes)
        case string(Bytes)
        case array([JSON])
        case object([(key: Bytes, value: JSON)])
    }

    var value: Value
    var range: Range<Int>

    var isNull: Bool { if case .null = value { true } else { false } }
    var isObject: Bool { if case .object = value { true } else { false } }

    /// The value of the last member named `name`, null or not.
    func member(_ name: String) -> JSON? {
        guard case .object(let members) = value else { return nil }
        return members.last { $0.key == Bytes(name.utf8) }?.value
    }

    /// The value of the last member named `name`; null counts as absent.
    func field(_ name: String) -> JSON? {
        guard let found = member(name), !found.isNull else { return nil }
        return found
    }
}

/// Thrown for every text that is not RFC 8259 JSON, or is nested too deep.
struct NotJSON: Error {}

/// A strict parser by recursive descent.
struct JSONParser {
    private let text: Bytes
    private let depthMax: Int
    private var position = 0

    private init(_ text: Bytes, depthMax: Int) {
        self.text = text
        self.depthMax = depthMax
    }

    /// Reads `text`, which is valid UTF-8, as one JSON value and nothing else.
    static func parse(_ text: Bytes, depthMax: Int) throws(NotJSON) -> JSON {
        var parser = JSONParser(text, depthMax: depthMax)
        parser.skipSpace()
        let json = try parser.value(depth: 1)
        parser.skipSpace()
        guard parser.position == text.count else { throw NotJSON() }
        return json
    }

    private func peek() -> UInt8? { position < text.count ? text[position] : nil }

    private func peek(is character: Character) -> Bool { peek() == character.asciiValue }

    private mutating func next() throws(NotJSON) -> UInt8 {
        guard let byte = peek() else { throw NotJSON() }
        position += 1
        return byte
    }

    private mutating func skipSpace() {
        while let byte = peek(), [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    private mutating func expect(_ word: String) throws(NotJSON) {
        for expected in word.utf8 where try next() != expected { throw NotJSON() }
    }

    private mutating func value(depth: Int) throws(NotJSON) -> JSON {
        let start = position
        let value: JSON.Value
        switch peek() {
        case UInt8(ascii: "{"): value = try object(depth: depth)
        case UInt8(ascii: "["): value = try array(depth: depth)
        case UInt8(ascii: "\""): value = .string(try string())
        case UInt8(ascii: "t"):
            try expect("true")
            value = .bool
        case UInt8(ascii: "f"):
            try expect("false")
            value = .bool
        case UInt8(ascii: "n"):
            try expect("null")
            value = .null
        default: value = .number(try number())
        }
        return JSON(value: value, range: start..<position)
    }

    private mutating func object(depth: Int) throws(NotJSON) -> JSON.Value {
        guard depth <= depthMax else { throw NotJSON() }
        try expect("{")
        var members: [(key: Bytes, value: JSON)] = []
        skipSpace()
        if peek(is: "}") {
            position += 1
            return .object([])
        }
        while true {
            skipSpace()
            let key = try string()
            skipSpace()
            try expect(":")
            skipSpace()
            members.append((key, try value(depth: depth + 1)))
            skipSpace()
            switch try next() {
            case UInt8(ascii: ","): continue
            case UInt8(ascii: "}"): return .object(members)
            default: throw NotJSON()
            }
        }
    }

    private mutating func array(depth: Int) throws(NotJSON) -> JSON.Value {
        guard depth <= depthMax else { throw NotJSON() }
        try expect("[")
        var elements: [JSON] = []
        skipSpace()
        if peek(is: "]") {
            position += 1
            return .array([])
        }
        while true {
            skipSpace()
            elements.append(try value(depth: depth + 1))
            skipSpace()
            switch try next() {
            case UInt8(ascii: ","): continue
            case UInt8(ascii: "]"): return .array(elements)
            default: throw NotJSON()
            }
        }
    }

    private mutating func number() throws(NotJSON) -> Bytes {
        let start = position
        if peek(is: "-") { position += 1 }
        if peek(is: "0") { position += 1 } else { try digits() }
        if peek(is: ".") {
            position += 1
            try digits()
        }
        if peek(is: "e") || peek(is: "E") {
            position += 1
            if peek(is: "+") || peek(is: "-") { position += 1 }
            try digits()
        }
        return Bytes(text[start..<position])
    }

    private mutating func digits() throws(NotJSON) {
        let start = position
        while let byte = peek(), (0x30...0x39).contains(byte) { position += 1 }
        guard position > start else { throw NotJSON() }
    }

    private mutating func string() throws(NotJSON) -> Bytes {
        try expect("\"")
        var bytes: Bytes = []
        while true {
            let byte = try next()
            switch byte {
            case UInt8(ascii: "\""): return bytes
            case 0..<0x20: throw NotJSON()
            case UInt8(ascii: "\\"): bytes += try escape()
            default: bytes.append(byte)
            }
        }
    }

    private mutating func escape() throws(NotJSON) -> Bytes {
        switch try next() {
        case UInt8(ascii: "\""): return [0x22]
        case UInt8(ascii: "\\"): return [0x5C]
        case UInt8(ascii: "/"): return [0x2F]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code) {
                try expect("\\u")
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw NotJSON() }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw NotJSON() }
            return Bytes(String(Character(scalar)).utf8)
        default: throw NotJSON()
        }
    }

    private mutating func hexadecimal() throws(NotJSON) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(try next())).hexDigitValue else { throw NotJSON() }
            code = code * 16 + UInt32(digit)
        }
        return code
    }
}
