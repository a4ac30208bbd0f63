@testable import NaiveModel
import Primitives
import Testing

struct SHA256Tests {
    private func digest(_ message: [UInt8]) -> String {
        var text = ""
        message.withUnsafeBytes { bytes in
            SHA256.withDigest(of: bytes) { digest in
                for byte in digest {
                    text.unicodeScalars.append(UnicodeScalar(ByteWriter.hexDigit(byte >> 4)))
                    text.unicodeScalars.append(UnicodeScalar(ByteWriter.hexDigit(byte & 15)))
                }
            }
        }
        return text
    }

    /// Source: FIPS 180-4, examples of NIST for SHA-256, and the empty message of its test vectors.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
                + "mnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ])
    func `published messages have their published digests`(message: String, expected: String) {
        #expect(digest(Array(message.utf8)) == expected)
    }

    @Test func `a million letters have their published digest`() {
        let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        #expect(digest([UInt8](repeating: 0x61, count: 1_000_000)) == expected)
    }

    @Test func `messages of every length around the blocks agree with a plain implementation`() {
        for count in 0...200 {
            let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 31 + count) }
            #expect(digest(message) == NaiveSHA256.hexadecimalDigest(of: message), "\(count) bytes")
        }
    }
}
