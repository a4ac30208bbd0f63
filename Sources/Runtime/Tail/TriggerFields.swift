import Model
import Primitives

/// The fields of one trigger record's JSON, found in its bytes. Source: contract, section 6.
///
/// A view: the bytes must stay, and be readable for `JSONScanner.paddingByteCount` more, while it is used.
struct TriggerFields {
    private var values: [String: JSONValue] = [:]

    /// Nil if the bytes are no JSON object.
    init?(_ text: UnsafeRawBufferPointer) {
        guard let start = text.baseAddress, UTF8Text.isValid(text) else { return nil }
        var scanner = JSONScanner(start: start, count: text.count)
        guard scanner.skip("{") else { return nil }
        guard scanner.byte != UInt8(ascii: "}") else { return }
        // BOUND: each round reads one field.
        while true {
            guard scanner.byte == UInt8(ascii: "\""), let name = scanner.scanString(), scanner.skip(":"),
                let value = scanner.scanValue(depthLeft: EventDecoder.depthMax)
            else { return nil }
            values[Self.text(of: name)] = value
            if scanner.skip(",") { continue }
            guard scanner.skip("}"), scanner.isAtEnd() else { return nil }
            return
        }
    }

    /// The text of a string field.
    func text(_ name: String) -> String? {
        guard let value = values[name], value.kind == .string || value.kind == .escapedString else {
            return nil
        }
        return Self.text(of: value)
    }

    /// A number as it is written.
    func number(_ name: String) -> String? {
        guard let value = values[name], value.kind == .number else { return nil }
        return String(decoding: value.bytes, as: UTF8.self)
    }

    /// A number that fits in 64 bits.
    func integer(_ name: String) -> Int64? { number(name).flatMap { Int64($0) } }

    /// Whether a field is `true`.
    func isTrue(_ name: String) -> Bool {
        values[name].map { $0.kind == .boolean && $0.count == 4 } ?? false
    }

    /// A field that is an RFC 3339 time.
    func time(_ name: String) -> EventTime? { text(name).flatMap { EventTime(rfc3339: $0) } }

    /// The elements of an array field; none if it is no array.
    func elements(_ name: String) -> [JSONValue] {
        guard let value = values[name], value.kind == .array else { return [] }
        var scanner = JSONScanner(start: value.start, count: value.count)
        var elements: [JSONValue] = []
        guard scanner.skip("[") else { return [] }
        // BOUND: each round reads one element; the array was checked before.
        while let element = scanner.scanValue(depthLeft: EventDecoder.depthMax) {
            elements.append(element)
            guard scanner.skip(",") else { break }
        }
        return elements
    }

    /// The strings of an array field.
    func texts(_ name: String) -> [String] {
        elements(name).filter { $0.kind == .string || $0.kind == .escapedString }.map(Self.text)
    }

    private static func text(of value: JSONValue) -> String {
        guard value.kind == .escapedString else { return String(decoding: value.bytes, as: UTF8.self) }
        var bytes = ByteWriter(capacity: value.count)
        JSONText.unescape(value.bytes, into: &bytes)
        return String(decoding: bytes.bytes, as: UTF8.self)
    }
}
