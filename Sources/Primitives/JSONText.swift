/// The escapes of JSON strings.
public enum JSONText {
    /// Appends the UTF-8 text of a string that a `JSONScanner` found, escapes resolved.
    ///
    /// The text is never longer than `string`. The escapes must have been checked by the scanner.
    public static func unescape(_ string: UnsafeRawBufferPointer, into writer: inout ByteWriter) {
        guard let start = string.baseAddress else { return }
        var index = 0
        while index < string.count {
            let byte = string[index]
            guard byte == 0x5C else {
                writer.append(byte)
                index += 1
                continue
            }
            precondition(index + 1 < string.count, "an escape that was not checked")
            let letter = string[index + 1]
            index += 2
            switch letter {
            case UInt8(ascii: "b"): writer.append(0x08)
            case UInt8(ascii: "f"): writer.append(0x0C)
            case UInt8(ascii: "n"): writer.append(0x0A)
            case UInt8(ascii: "r"): writer.append(0x0D)
            case UInt8(ascii: "t"): writer.append(0x09)
            case UInt8(ascii: "u"):
                precondition(index + 4 <= string.count, "an escape that was not checked")
                var scalar = hexadecimal4(start + index) ?? 0
                index += 4
                if scalar & 0xFC00 == 0xD800 {
                    precondition(index + 6 <= string.count, "half a surrogate pair that was not checked")
                    let low = hexadecimal4(start + index + 2) ?? 0
                    scalar = 0x1_0000 + (scalar & 0x3FF) << 10 + low & 0x3FF
                    index += 6
                }
                append(scalar, to: &writer)
            default: writer.append(letter)
            }
        }
    }

    private static func append(_ scalar: UInt32, to writer: inout ByteWriter) {
        func continuation(_ shift: UInt32) -> UInt8 { UInt8(0x80 | (scalar >> shift) & 0x3F) }
        switch scalar {
        case 0..<0x80: writer.append(UInt8(scalar))
        case 0x80..<0x800:
            writer.append(UInt8(0xC0 | scalar >> 6))
            writer.append(continuation(0))
        case 0x800..<0x1_0000:
            writer.append(UInt8(0xE0 | scalar >> 12))
            writer.append(continuation(6))
            writer.append(continuation(0))
        default:
            writer.append(UInt8(0xF0 | scalar >> 18))
            writer.append(continuation(12))
            writer.append(continuation(6))
            writer.append(continuation(0))
        }
    }

    /// The value of the four hexadecimal digits at `place`, or nil if one of them is none.
    static func hexadecimal4(_ place: UnsafeRawPointer) -> UInt32? {
        var value: UInt32 = 0
        for index in 0..<4 {
            let byte = (place + index).load(as: UInt8.self)
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(byte - 0x37)
            case 0x61...0x66: value = value << 4 | UInt32(byte - 0x57)
            default: return nil
            }
        }
        return value
    }
}
