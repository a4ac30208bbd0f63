/// Checks that bytes are UTF-8.
public enum UTF8Text {
    /// Whether `bytes` are well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF.
    ///
    /// ASCII is passed over 32 bytes at a time. Reads nothing outside `bytes`.
    /// Source: Unicode 15.0, table 3-7, well-formed UTF-8 byte sequences.
    @inlinable
    public static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress else { return true }
        let count = bytes.count
        var rest: UInt64 = 0
        if count >= 32 {
            var seen = SIMD4<UInt64>.zero
            var index = 0
            while index &+ 32 <= count {
                seen |= (start + index).loadUnaligned(as: SIMD4<UInt64>.self)
                index &+= 32
            }
            // The last 32 bytes, some of them a second time.
            seen |= (start + (count &- 32)).loadUnaligned(as: SIMD4<UInt64>.self)
            rest = seen[0] | seen[1] | seen[2] | seen[3]
        } else {
            for index in 0..<count { rest |= UInt64((start + index).load(as: UInt8.self)) }
        }
        return rest & 0x8080_8080_8080_8080 == 0 || isValidBeyondASCII(bytes)
    }

    @inline(never)
    @usableFromInline
    static func isValidBeyondASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        let count = bytes.count
        while index < count {
            if index + 8 <= count,
                bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                index += 8
                continue
            }
            let length = sequenceLength(bytes, at: index)
            guard length > 0 else { return false }
            index += length
        }
        return true
    }

    /// Bytes of the well-formed sequence at `index`, or 0.
    @inline(__always)
    private static func sequenceLength(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
        let lead = bytes[index]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0..<0x80: return 1
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF:
            length = 3
            if lead == 0xE0 { second = 0xA0...0xBF } else if lead == 0xED { second = 0x80...0x9F }
        case 0xF0...0xF4:
            length = 4
            if lead == 0xF0 { second = 0x90...0xBF } else if lead == 0xF4 { second = 0x80...0x8F }
        default: return 0
        }
        guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return 0 }
        for offset in 2..<max(length, 2) where bytes[index + offset] & 0xC0 != 0x80 { return 0 }
        return length
    }
}
