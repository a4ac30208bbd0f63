public import CSupport

/// The quotes of a short text in their order, found 64 bytes at a time.
///
/// The idea is the first stage of simdjson (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019),
/// for texts whose quotes all begin or end a string.
public struct QuoteIndex {
    /// BOUND: longer texts are scanned byte by byte.
    @inlinable public static var textByteCountMax: Int { 1_024 }
    /// Words of memory that an index needs.
    @inlinable public static var wordCount: Int { textByteCountMax / 64 }

    // SAFETY: the words belong to the decoder, which uses them for one text at a time.
    @usableFromInline let words: UnsafeMutablePointer<UInt64>
    /// Bytes of the text.
    public let count: Int
    @usableFromInline var block = 0
    @usableFromInline var rest: UInt64

    /// Looks at `text`, which must be readable up to the next multiple of 64 bytes.
    ///
    /// - Returns: nil if it is too long or empty, has a backslash or a control character, or is not UTF-8.
    @inlinable @inline(__always)
    public init?(_ text: UnsafeRawBufferPointer, words: UnsafeMutablePointer<UInt64>) {
        guard let start = text.baseAddress, text.count > 0, text.count <= Self.textByteCountMax else {
            return nil
        }
        let found = tetik_json_index(start.assumingMemoryBound(to: UInt8.self), text.count, words)
        guard found == 0 || (found == 2 && UTF8Text.isValid(text)) else { return nil }
        self.words = words
        count = text.count
        rest = words[0]
    }

    /// Where the next quote is; `count` after the last.
    @inlinable @inline(__always)
    public mutating func next() -> Int {
        while rest == 0 {
            block &+= 1
            guard block &* 64 < count else { return count }
            rest = words[block]
        }
        let place = block &* 64 &+ rest.trailingZeroBitCount
        rest &= rest &- 1
        return place
    }
}
