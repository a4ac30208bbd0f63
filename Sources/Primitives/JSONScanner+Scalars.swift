public import CSupport

extension JSONScanner {
    /// Reads the string whose opening quote is at the cursor.
    /// - Returns: nil if it does not end, holds a control character, a bad escape or half a surrogate pair.
    @inlinable @inline(always)
    public mutating func scanString() -> JSONValue? {
        let start = cursor + 1
        var place = start
        while place < end {
            let stops = tetik_json_stops16(place)
            if stops == 0 {
                place += 16
                continue
            }
            place += stops.trailingZeroBitCount
            guard place < end, place.load(as: UInt8.self) == Self.quote else { break }
            cursor = place + 1
            return JSONValue(start: start, count: place - start, kind: .string)
        }
        var copy = self
        copy.cursor = place
        let value = copy.scanInterruptedString(start: start)
        self = copy
        return value
    }

    /// Goes on with a string at whatever is neither text nor its end.
    @inline(never)
    @usableFromInline
    mutating func scanInterruptedString(start: UnsafeRawPointer) -> JSONValue? {
        while cursor < end {
            switch cursor.load(as: UInt8.self) {
            case Self.quote:
                let count = cursor - start
                cursor += 1
                return JSONValue(start: start, count: count, kind: .escapedString)
            case Self.backslash:
                guard skipEscape() else { return nil }
            case 0..<0x20: return nil
            default: cursor += 1
            }
        }
        cursor = end
        return nil
    }

    private mutating func skipEscape() -> Bool {
        guard end - cursor >= 2 else { return false }
        switch (cursor + 1).load(as: UInt8.self) {
        case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74:
            cursor += 2
            return true
        case UInt8(ascii: "u"):
            guard let unit = codeUnit(at: cursor) else { return false }
            switch unit {
            case 0xD800..<0xDC00:
                guard let low = codeUnit(at: cursor + 6), (0xDC00..<0xE000).contains(low) else {
                    return false
                }
                cursor += 12
            case 0xDC00..<0xE000: return false
            default: cursor += 6
            }
            return true
        default: return false
        }
    }

    /// The four hexadecimal digits of a `\u` escape at `place`, if there is one before the end.
    private func codeUnit(at place: UnsafeRawPointer) -> UInt32? {
        guard end - place >= 6, place.load(as: UInt8.self) == Self.backslash,
            (place + 1).load(as: UInt8.self) == UInt8(ascii: "u")
        else { return nil }
        return JSONText.hexadecimal4(place + 2)
    }

    /// Reads the number at the cursor, which stands on a digit or a minus sign.
    /// - Returns: nil if it breaks the grammar of RFC 8259, section 6.
    @inlinable @inline(always)
    public mutating func scanNumber() -> JSONValue? {
        let start = cursor
        if byte == UInt8(ascii: "-") { cursor += 1 }
        if byte == UInt8(ascii: "0") {
            cursor += 1
        } else {
            guard skipDigits() else { return nil }
        }
        if byte == UInt8(ascii: ".") {
            cursor += 1
            guard skipDigits() else { return nil }
        }
        if byte | 0x20 == UInt8(ascii: "e") {
            cursor += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { cursor += 1 }
            guard skipDigits() else { return nil }
        }
        return JSONValue(start: start, count: cursor - start, kind: .number)
    }

    /// Goes past one digit or more, eight at a time.
    @inlinable @inline(always)
    mutating func skipDigits() -> Bool {
        let first = cursor
        while cursor < end {
            let others = DecimalText.nonDigits(DecimalText.load8(cursor))
            if others == 0 {
                cursor += 8
                continue
            }
            cursor += others.trailingZeroBitCount >> 3
            break
        }
        if cursor > end { cursor = end }
        return cursor > first
    }

    /// Goes past one value of any depth without checking more of it than its brackets and quotes.
    ///
    /// This finds the end of a value that is already known to be bad, so that what follows can be read.
    public mutating func skipUnchecked() -> Bool {
        var depth = 0
        while cursor < end {
            switch cursor.load(as: UInt8.self) {
            case Self.quote:
                guard skipUncheckedString() else { return false }
                if depth == 0 { return true }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return true }
                depth -= 1
                if depth == 0 {
                    cursor += 1
                    return true
                }
            case UInt8(ascii: ","):
                if depth == 0 { return true }
            default: break
            }
            cursor += 1
        }
        return false
    }

    private mutating func skipUncheckedString() -> Bool {
        cursor += 1
        while cursor < end {
            let byte = cursor.load(as: UInt8.self)
            cursor += byte == Self.backslash ? 2 : 1
            if byte == Self.quote { return true }
        }
        return false
    }
}
