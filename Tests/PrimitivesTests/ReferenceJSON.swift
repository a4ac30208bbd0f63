/// A recursive-descent validator of RFC 8259 that shares nothing with the scanner it checks.
struct ReferenceJSON {
    private let bytes: [UInt8]
    private var index = 0
    private let depthMax: Int

    static func accepts(_ bytes: [UInt8], depthMax: Int = 64) -> Bool {
        guard String(validating: bytes, as: UTF8.self) != nil else { return false }
        var reader = ReferenceJSON(bytes: bytes, depthMax: depthMax)
        reader.space()
        guard reader.value(0) else { return false }
        reader.space()
        return reader.index == bytes.count
    }

    private init(bytes: [UInt8], depthMax: Int) {
        self.bytes = bytes
        self.depthMax = depthMax
    }

    private var next: Character? {
        index < bytes.count ? Character(Unicode.Scalar(bytes[index])) : nil
    }

    private mutating func take(_ wanted: Character) -> Bool {
        guard next == wanted else { return false }
        index += 1
        return true
    }

    private mutating func space() {
        while index < bytes.count, [32, 9, 10, 13].contains(bytes[index]) { index += 1 }
    }

    private mutating func value(_ depth: Int) -> Bool {
        switch next {
        case "{": return depth < depthMax && members(depth + 1)
        case "[": return depth < depthMax && elements(depth + 1)
        case "\"": return string()
        case "t": return "true".allSatisfy { take($0) }
        case "f": return "false".allSatisfy { take($0) }
        case "n": return "null".allSatisfy { take($0) }
        default: return number()
        }
    }

    private mutating func members(_ depth: Int) -> Bool {
        index += 1
        space()
        if take("}") { return true }
        repeat {
            space()
            guard string() else { return false }
            space()
            guard take(":") else { return false }
            space()
            guard value(depth) else { return false }
            space()
        } while take(",")
        return take("}")
    }

    private mutating func elements(_ depth: Int) -> Bool {
        index += 1
        space()
        if take("]") { return true }
        repeat {
            space()
            guard value(depth) else { return false }
            space()
        } while take(",")
        return take("]")
    }

    private mutating func digits() -> Bool {
        let start = index
        while index < bytes.count, (48...57).contains(bytes[index]) { index += 1 }
        return index > start
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0") { guard digits() else { return false } }
        if take(".") { guard digits() else { return false } }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            return digits()
        }
        return true
    }

    private mutating func unit() -> Int? {
        guard index + 4 <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[index..<index + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            value = value * 16 + digit
        }
        index += 4
        return value
    }

    private mutating func string() -> Bool {
        guard take("\"") else { return false }
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == 34 { return true }
            if byte < 32 { return false }
            guard byte == 92 else { continue }
            guard index < bytes.count else { return false }
            let letter = bytes[index]
            index += 1
            if letter == 117 {
                guard let first = unit(), !(0xDC00...0xDFFF).contains(first) else { return false }
                if (0xD800...0xDBFF).contains(first) {
                    guard take("\\"), take("u"), let second = unit(), (0xDC00...0xDFFF).contains(second)
                    else { return false }
                }
            } else if !Array("\"\\/bfnrt".utf8).contains(letter) {
                return false
            }
        }
        return false
    }
}
