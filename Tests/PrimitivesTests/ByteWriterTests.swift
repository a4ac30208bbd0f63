import Foundation
import Primitives
import Testing

struct ByteWriterTests {
    private func text(_ write: (inout ByteWriter) -> Void) -> String {
        var writer = ByteWriter(capacity: 64)
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func `bytes stay in order while the memory grows`() {
        var writer = ByteWriter(capacity: 1)
        var expected: [UInt8] = []
        var random = RandomStream(seed: 5)
        for _ in 0..<500 {
            let piece = (0..<random.index(below: 90)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            piece.withUnsafeBytes { writer.append($0) }
            writer.append(7)
            expected += piece + [7]
        }
        #expect(Array(writer.bytes) == expected)
        #expect(writer.capacity >= writer.count)
    }

    @Test func `emptying keeps the memory, truncating keeps the front`() {
        var writer = ByteWriter()
        writer.append("abcdef")
        writer.truncate(to: 3)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "abc")
        writer.reserve(10_000)
        let capacity = writer.capacity
        writer.removeAll()
        #expect(writer.count == 0)
        #expect(writer.capacity == capacity)
    }

    @Test func `what is filled in place counts as far as it was filled`() {
        let written = text { writer in
            writer.append(byteCount: 2) { $0.copyBytes(from: Array("ab".utf8)) }
            writer.append(upTo: 100) { buffer in
                buffer.copyBytes(from: Array("cde".utf8))
                return 2
            }
            writer.append(text: "é")
        }
        #expect(written == "abcdé")
    }

    @Test(
        arguments: [
            (0, "0"), (7, "7"), (-1, "-1"), (1_234_567_890, "1234567890"), (.max, "9223372036854775807"),
            (.min, "-9223372036854775808"),
        ] as [(Int64, String)])
    func `integers are written in decimal digits`(value: Int64, expected: String) {
        #expect(text { $0.append(decimal: value) } == expected)
    }

    @Test(
        arguments: [
            (0, "0"), (1, "0.0001"), (10, "0.001"), (100, "0.01"), (1_000, "0.1"), (10_000, "1"),
            (399_800, "39.98"), (1_205_000, "120.5"), (10_001, "1.0001"), (99_999, "9.9999"),
            (99_999_999_990_000, "9999999999"), (9_223_372_036_854_775_807, "922337203685477.5807"),
            (-15_000, "-1.5"), (-1, "-0.0001"),
            (92_233_720_368_547_758_070_000, "9223372036854775807"),
            (92_233_720_368_547_758_080_000, "9223372036854775808"),
            (.max, "17014118346046923173168730371588410.5727"),
            (.min, "-17014118346046923173168730371588410.5728"),
        ] as [(Int128, String)])
    func `money is written in major units without trailing zeros`(amount: Int128, expected: String) {
        #expect(text { $0.append(money: amount) } == expected)
    }

    @Test func `quotes, backslashes and control characters are escaped, nothing else`() {
        let short: [UInt8: String] = [
            0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0C: "\\f", 0x0D: "\\r", 0x22: "\\\"", 0x5C: "\\\\",
        ]
        for byte in UInt8(0)..<0x80 {
            let digits = String(byte, radix: 16)
            let long = "\\u00" + (digits.count == 1 ? "0" : "") + digits
            let plain = String(UnicodeScalar(byte))
            let expected = "\"" + (short[byte] ?? (byte < 0x20 ? long : plain)) + "\""
            #expect(text { $0.append(quoted: plain) } == expected)
        }
        #expect(text { $0.append(quoted: "") } == "\"\"")
        #expect(text { $0.append(quoted: "é～😀\u{7F}\u{2028}/") } == "\"é～😀\u{7F}\u{2028}/\"")
        #expect(text { $0.append(quoted: "\u{1F}a\"b\\c\u{0}") } == #""\u001fa\"b\\c\u0000""#)
    }

    @Test func `a string of nothing but control characters fits`() throws {
        let plain = String(repeating: "\u{1}", count: 1_000)
        let written = text { $0.append(quoted: plain) }
        #expect(try JSONDecoder().decode(String.self, from: Data(written.utf8)) == plain)
    }

    @Test func `times are quoted`() {
        #expect(text { $0.append(quoted: EventTime(milliseconds: 0)) } == "\"1970-01-01T00:00:00.000Z\"")
    }

    /// Source: RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `base64 is that of the RFC`(plain: String, encoded: String) {
        let written = text { writer in Array(plain.utf8).withUnsafeBytes { writer.append(base64: $0) } }
        #expect(written == encoded)
    }

    @Test func `base64 of any bytes is what Foundation writes and comes back`() {
        var random = RandomStream(seed: 9)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let encoded = text { writer in bytes.withUnsafeBytes { writer.append(base64: $0) } }
            #expect(encoded == Data(bytes).base64EncodedString())
            var decoded = ByteWriter()
            let isValid = Array(encoded.utf8).withUnsafeBytes { Base64.decode($0, into: &decoded) }
            #expect(isValid)
            #expect(Array(decoded.bytes) == bytes)
        }
    }

    @Test(arguments: [
        "A", "AA", "AAA", "=", "====", "A===", "Zh==", "Zm9=", "Zg==Zg==", "Zm9v\n", "Zm-_", "Z m9",
    ])
    func `what is no base64 is refused and leaves nothing`(text: String) {
        var decoded = ByteWriter()
        decoded.append("x")
        let isValid = Array(text.utf8).withUnsafeBytes { Base64.decode($0, into: &decoded) }
        #expect(!isValid)
        #expect(decoded.count == 1)
    }
}
