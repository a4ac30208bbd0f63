/// What a JSON value is.
public enum JSONKind: UInt8, Sendable, BitwiseCopyable {
    /// A string whose bytes are its text.
    case string
    /// A string with at least one escape.
    case escapedString
    case number, object, array, boolean, null
}

/// One value found by a `JSONScanner`.
public struct JSONValue: BitwiseCopyable {
    /// The first byte; of a string, the one after the quote.
    public var start: UnsafeRawPointer
    /// How many bytes; of a string, those between the quotes.
    public var count: Int
    /// What it is.
    public var kind: JSONKind

    /// Makes a value of its parts.
    @inlinable
    public init(start: UnsafeRawPointer, count: Int, kind: JSONKind) {
        self.start = start
        self.count = count
        self.kind = kind
    }

    /// The bytes from `start` on.
    @inlinable
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
}

/// Walks over one JSON text and checks it against RFC 8259, strictly, as it goes.
///
/// It allocates nothing and decides nothing: values come back as places in the text. The text must be valid
/// UTF-8 (see `UTF8Text`) and readable for `paddingByteCount` bytes past its end, whatever they hold: 16
/// bytes are looked at in one step. Bytes past the end never change the result. When a method returns nil
/// or false, `cursor` stands near the byte that is wrong and the scanner is of no further use.
public struct JSONScanner {
    /// The next byte to look at.
    public var cursor: UnsafeRawPointer
    /// One past the last byte of the text.
    public let end: UnsafeRawPointer
    /// The fewest levels that were left when an object or array was entered; shows how deep the text is.
    public var depthLeftMin = Int.max

    /// How many bytes past the end of a text must be readable.
    public static let paddingByteCount = 64

    @usableFromInline static let quote: UInt8 = 0x22
    @usableFromInline static let backslash: UInt8 = 0x5C

    /// Starts at the first byte of `text`.
    @inlinable
    public init(start: UnsafeRawPointer, count: Int) {
        cursor = start
        end = start + count
    }

    /// The next byte, or 0, which no JSON text has outside of strings, at the end.
    @inlinable @inline(always)
    public var byte: UInt8 { cursor < end ? cursor.load(as: UInt8.self) : 0 }

    /// Goes on to the next byte that is no white space.
    @inlinable @inline(always)
    public mutating func skipWhitespace() {
        guard byte <= 0x20 else { return }
        // The copy keeps the cursor of the caller's loop in a register.
        var copy = self
        copy.skipWhitespaceRun()
        self = copy
    }

    @inline(never)
    @usableFromInline
    mutating func skipWhitespaceRun() {
        while cursor < end {
            switch cursor.load(as: UInt8.self) {
            case 0x20, 0x09, 0x0A, 0x0D: cursor += 1
            default: return
            }
        }
    }

    /// Goes past `wanted`, and the white space before and after it.
    @inlinable @inline(always)
    public mutating func skip(_ wanted: Unicode.Scalar) -> Bool {
        skipWhitespace()
        guard byte == UInt8(truncatingIfNeeded: wanted.value) else { return false }
        cursor += 1
        skipWhitespace()
        return true
    }

    /// Whether nothing but white space is left.
    @inlinable
    public mutating func isAtEnd() -> Bool {
        skipWhitespace()
        return cursor == end
    }

    /// Reads the value at the cursor, with everything in it.
    ///
    /// - Parameter depthLeft: how many levels of objects and arrays the value may have; the recursion is
    ///   never deeper than this.
    /// - Returns: nil if it is no JSON value or too deep.
    @inlinable @inline(always)
    public mutating func scanValue(depthLeft: Int) -> JSONValue? {
        switch byte {
        case Self.quote: return scanString()
        case 0x2D, 0x30...0x39: return scanNumber()
        default:
            var copy = self
            let value = copy.scanOther(depthLeft: depthLeft)
            self = copy
            return value
        }
    }

    /// Does what `scanValue` does, for the values inside of values: one that calls itself is never inlined.
    private mutating func scanNested(depthLeft: Int) -> JSONValue? {
        switch byte {
        case Self.quote: return scanString()
        case 0x2D, 0x30...0x39: return scanNumber()
        default: return scanOther(depthLeft: depthLeft)
        }
    }

    /// Goes past a comma that is followed by a quote, or a colon by a value, without white space.
    ///
    /// This is how nearly all events are written; false says nothing but that `skip` has to look closer.
    @inlinable @inline(always)
    public mutating func skipCompact(_ wanted: Unicode.Scalar) -> Bool {
        guard end - cursor > 1, cursor.load(as: UInt8.self) == UInt8(truncatingIfNeeded: wanted.value),
            (cursor + 1).load(as: UInt8.self) > 0x20
        else { return false }
        cursor += 1
        return true
    }

    @inline(never)
    @usableFromInline
    mutating func scanOther(depthLeft: Int) -> JSONValue? {
        let start = cursor
        let kind: JSONKind
        switch byte {
        case UInt8(ascii: "{"):
            guard skipObject(depthLeft: depthLeft) else { return nil }
            kind = .object
        case UInt8(ascii: "["):
            guard skipArray(depthLeft: depthLeft) else { return nil }
            kind = .array
        case UInt8(ascii: "t"):
            guard skipLiteral("true") else { return nil }
            kind = .boolean
        case UInt8(ascii: "f"):
            guard skipLiteral("false") else { return nil }
            kind = .boolean
        case UInt8(ascii: "n"):
            guard skipLiteral("null") else { return nil }
            kind = .null
        default: return nil
        }
        return JSONValue(start: start, count: cursor - start, kind: kind)
    }

    private mutating func skipLiteral(_ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard end - cursor >= count else { return false }
        for index in 0..<count where (cursor + index).load(as: UInt8.self) != literal.utf8Start[index] {
            return false
        }
        cursor += count
        return true
    }

    private mutating func enter(depthLeft: Int) -> Bool {
        guard depthLeft > 0 else { return false }
        depthLeftMin = min(depthLeftMin, depthLeft)
        cursor += 1
        skipWhitespace()
        return true
    }

    private mutating func skipObject(depthLeft: Int) -> Bool {
        guard enter(depthLeft: depthLeft) else { return false }
        if byte == UInt8(ascii: "}") {
            cursor += 1
            return true
        }
        while true {
            guard byte == Self.quote, scanString() != nil, skip(":"),
                scanNested(depthLeft: depthLeft - 1) != nil
            else { return false }
            if skip(",") { continue }
            guard byte == UInt8(ascii: "}") else { return false }
            cursor += 1
            return true
        }
    }

    private mutating func skipArray(depthLeft: Int) -> Bool {
        guard enter(depthLeft: depthLeft) else { return false }
        if byte == UInt8(ascii: "]") {
            cursor += 1
            return true
        }
        while true {
            guard scanNested(depthLeft: depthLeft - 1) != nil else { return false }
            if skip(",") { continue }
            guard byte == UInt8(ascii: "]") else { return false }
            cursor += 1
            return true
        }
    }
}
