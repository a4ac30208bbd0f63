/// Walks JSON text that librdkafka wrote, without building a tree. For statistics only: cold, and not strict.
///
/// Anything malformed ends the walk by `failed`; nothing is read out of bounds.
internal struct JSONScanner {
    private let bytes: [UInt8]
    private var index = 0
    /// Whether something did not fit the grammar.
    private(set) var failed = false
    /// Deeper nesting than this is malformed: librdkafka's is 6.
    private static let depthMax = 32
    private var depth = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    private mutating func next() -> UInt8? {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
        return index < bytes.count ? bytes[index] : nil
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next() == byte else { return false }
        index += 1
        return true
    }

    /// Reads an object, calling `body` for each member with the scanner before its value, which it must read.
    mutating func object(_ body: (inout JSONScanner, String) -> Void) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax, take(UInt8(ascii: "{")) else { return failed = true }
        if take(UInt8(ascii: "}")) { return }
        repeat {
            guard let name = string(), take(UInt8(ascii: ":")) else { return failed = true }
            body(&self, name)
            if failed { return }
        } while take(UInt8(ascii: ","))
        if !take(UInt8(ascii: "}")) { failed = true }
    }

    /// Reads a string; escapes other than of `"`, `\` and `/` are kept as written.
    mutating func string() -> String? {
        guard take(UInt8(ascii: "\"")) else {
            failed = true
            return nil
        }
        var result: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: result, as: UTF8.self) }
            if byte == UInt8(ascii: "\\"), index < bytes.count {
                if !"\"\\/".utf8.contains(bytes[index]) { result.append(byte) }
                result.append(bytes[index])
                index += 1
            } else {
                result.append(byte)
            }
        }
        failed = true
        return nil
    }

    /// Reads a number and cuts its fraction; other values are 0, and skipped.
    mutating func integer() -> Int64 {
        guard let first = next(), first == UInt8(ascii: "-") || (0x30...0x39).contains(first) else {
            skip()
            return 0
        }
        let start = index
        while index < bytes.count, "+-.eE0123456789".utf8.contains(bytes[index]) { index += 1 }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        return Int64(text) ?? Double(text).flatMap { Int64(exactly: $0.rounded(.towardZero)) } ?? 0
    }

    /// Reads any value and forgets it.
    mutating func skip() {
        switch next() {
        case UInt8(ascii: "{"): object { scanner, _ in scanner.skip() }
        case UInt8(ascii: "["): skipArray()
        case UInt8(ascii: "\""): _ = string()
        case .some:
            let start = index
            while index < bytes.count, !",]} \n".utf8.contains(bytes[index]) { index += 1 }
            if index == start { failed = true }
        case nil: failed = true
        }
    }

    private mutating func skipArray() {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax, take(UInt8(ascii: "[")) else { return failed = true }
        if take(UInt8(ascii: "]")) { return }
        repeat { skip() } while !failed && take(UInt8(ascii: ","))
        if !take(UInt8(ascii: "]")) { failed = true }
    }
}
