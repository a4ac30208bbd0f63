/// Base64 as RFC 4648, section 4, has it: the standard alphabet, with padding.
public enum Base64 {
    /// Appends the bytes that `text` stands for.
    /// - Returns: false, with nothing appended, if `text` is no base64 or its last bits are not 0.
    public static func decode(_ text: UnsafeRawBufferPointer, into writer: inout ByteWriter) -> Bool {
        guard text.count % 4 == 0 else { return false }
        let mark = writer.count
        var digitCount = text.count
        while digitCount > 0, text.count - digitCount < 2, text[digitCount - 1] == UInt8(ascii: "=") {
            digitCount -= 1
        }
        writer.reserve(text.count / 4 * 3)
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        for index in 0..<digitCount {
            guard let digit = value(of: text[index]) else {
                writer.truncate(to: mark)
                return false
            }
            bits = bits << 6 | digit
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                writer.append(UInt8(truncatingIfNeeded: bits >> bitCount))
                bits &= 1 << bitCount - 1
            }
        }
        guard bits == 0 else {
            writer.truncate(to: mark)
            return false
        }
        return true
    }

    private static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case 0x41...0x5A: UInt32(byte - 0x41)
        case 0x61...0x7A: UInt32(byte - 0x61 + 26)
        case 0x30...0x39: UInt32(byte - 0x30 + 52)
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
