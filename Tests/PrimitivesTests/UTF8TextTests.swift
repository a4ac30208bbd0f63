import Primitives
import Testing

struct UTF8TextTests {
    static let invalid: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xC2, 0xC2], [0xE0, 0x80, 0x80],
        [0xE0, 0x9F, 0xBF], [0xE1, 0x80], [0xE1, 0x80, 0x41], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
        [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x90, 0x80], [0xF1, 0x80, 0x80, 0x41],
        [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF],
    ]

    @Test(arguments: invalid)
    func `ill-formed bytes are found wherever they stand`(_ bytes: [UInt8]) {
        let guarded = GuardedText(byteCountMax: 4_096)
        for before in 0..<70 {
            for after in [0, 1, 7, 40] {
                let text =
                    Array(repeating: 0x61, count: before) + bytes + Array(repeating: 0x61, count: after)
                #expect(!guarded.with(text, padding: 0) { UTF8Text.isValid($0) })
            }
        }
    }

    @Test func `every scalar is well-formed`() {
        let guarded = GuardedText(byteCountMax: 4_096)
        for value in stride(from: UInt32(0), through: 0x10_FFFF, by: 7) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = Array(String(Character(scalar)).utf8)
            #expect(guarded.with(text, padding: 0) { UTF8Text.isValid($0) })
        }
    }

    @Test func `two and three bytes are judged as the standard library judges them`() {
        let guarded = GuardedText(byteCountMax: 4_096)
        for first in UInt8(0x7F)...0xFF {
            for second in stride(from: UInt8(0x70), through: 0xF0, by: 8) {
                for bytes in [[first, second], [first, second, 0x80], [first, second, 0xBF, 0x80]] {
                    let wanted = String(validating: bytes, as: UTF8.self) != nil
                    #expect(guarded.with(bytes, padding: 0) { UTF8Text.isValid($0) } == wanted)
                }
            }
        }
    }
}
