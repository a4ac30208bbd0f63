public import CSupport
import Glibc

/// The quotes of a short text in their order, found 64 bytes at a time.
///
/// The idea is the first stage of simdjson (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019),
/// for texts whose quotes all begin or end a string.
public struct QuoteIndex {
    /// BOUND: longer texts are scanned byte by byte.
    @inlinable public static var textByteCountMax: Int { 1_024 }
    /// Places of memory that an index needs.
    @inlinable public static var placeCount: Int { textByteCountMax + Int(TETIK_JSON_SLACK) }

    // SAFETY: the places belong to the decoder, which uses them for one text at a time. Behind the last quote stands
    // the text's length four times, and whoever finds it asks once more at most.
    @usableFromInline var nextPlace: UnsafePointer<UInt16>
    /// Bytes of the text.
    public let count: Int

    @inlinable @inline(__always)
    init(_ places: UnsafePointer<UInt16>, count: Int) {
        nextPlace = places
        self.count = count
    }

    /// Looks at `text`, which must be readable up to the next multiple of 64 bytes.
    ///
    /// - Returns: nil if it is too long or empty, has a backslash or a control character, or is not UTF-8.
    @inlinable @inline(__always)
    public init?(_ text: UnsafeRawBufferPointer, places: UnsafeMutablePointer<UInt16>) {
        guard let start = text.baseAddress, text.count > 0, text.count <= Self.textByteCountMax else {
            return nil
        }
        let found = tetik_json_index(start.assumingMemoryBound(to: UInt8.self), text.count, places)
        guard found == 0 || (found == 2 && UTF8Text.isValid(text)) else { return nil }
        self.init(places, count: text.count)
    }

    /// Where the next quote is; `count` after the last.
    @inlinable @inline(__always)
    public mutating func next() -> Int {
        let place = Int(nextPlace.pointee)
        nextPlace += 1
        return place
    }

    /// Leaves out the quotes before `place`, which is at most `count`.
    @inlinable @inline(__always)
    public mutating func skip(to place: Int) {
        while Int(nextPlace.pointee) < place { nextPlace += 1 }
    }
}

/// One line of a text, and its quotes if it is short and plain.
public struct LineIndex {
    /// The line without the line feed at its end and a carriage return before that.
    public let text: UnsafeRawBufferPointer
    /// Bytes up to the next line.
    public let byteCount: Int
    /// nil for what `QuoteIndex` takes for too long or not plain.
    public let quotes: QuoteIndex?

    /// Looks at the first line of `rest`, which has a byte at least and must be readable for 64 bytes past its end.
    @inlinable @inline(__always)
    public init(_ rest: UnsafeRawBufferPointer, places: UnsafeMutablePointer<UInt16>) {
        let start = rest.baseAddress.unsafelyUnwrapped
        var count = Swift.min(rest.count, QuoteIndex.textByteCountMax)
        let found = tetik_json_line(start.assumingMemoryBound(to: UInt8.self), &count, places)
        // A line feed, and neither a backslash nor a control character.
        if found & 5 == 4, count > 0 {
            text = UnsafeRawBufferPointer(start: start, count: count)
            byteCount = count &+ 1
            quotes = found & 2 == 0 || UTF8Text.isValid(text) ? QuoteIndex(places, count: count) : nil
        } else {
            byteCount = rest.lineByteCount
            text = UnsafeRawBufferPointer(rebasing: rest[..<byteCount]).withoutLineEnd
            quotes = QuoteIndex(text, places: places)
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Bytes of the first line, its line feed included if it has one.
    public var lineByteCount: Int {
        guard let base = baseAddress, let feed = memchr(base, 0x0A, count) else { return count }
        return UnsafeRawPointer(feed) - base + 1
    }

    /// The same bytes without a line feed at the end, and without a carriage return before that.
    public var withoutLineEnd: UnsafeRawBufferPointer {
        guard last == 0x0A else { return self }
        let line = UnsafeRawBufferPointer(rebasing: dropLast())
        return line.last == 0x0D ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line
    }
}
