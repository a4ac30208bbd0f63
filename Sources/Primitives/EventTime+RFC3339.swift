extension EventTime {
    /// Bytes of the text that `write(to:)` makes: `2026-01-01T10:00:00.000Z`.
    public static let textByteCount = 24

    /// Reads an RFC 3339 date-time with offset; fractions beyond milliseconds are cut.
    ///
    /// `T` and `Z` may be in lower case; a space for `T` and second 60 are refused, as the contract asks.
    /// - Returns: nil if the bytes are no such time.
    public init?(rfc3339 text: UnsafeRawBufferPointer) {
        var scan = DigitScanner(text)
        guard let year = scan.digits(4), scan.skip("-"), let month = scan.digits(2), scan.skip("-"),
            let day = scan.digits(2), scan.skip("T", or: "t"), let hour = scan.digits(2), scan.skip(":"),
            let minute = scan.digits(2), scan.skip(":"), let second = scan.digits(2),
            (1...12).contains(month), day >= 1, day <= CivilDate.dayCount(month: month, year: year),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var fraction = 0
        if scan.skip(".") {
            guard let milliseconds = scan.fractionMilliseconds() else { return nil }
            fraction = milliseconds
        }
        var offsetMinutes = 0
        if !scan.skip("Z", or: "z") {
            let sign: Int
            if scan.skip("+") { sign = 1 } else if scan.skip("-") { sign = -1 } else { return nil }
            guard let hours = scan.digits(2), scan.skip(":"), let minutes = scan.digits(2), hours < 24,
                minutes < 60
            else { return nil }
            offsetMinutes = sign * (hours * 60 + minutes)
        }
        guard scan.isAtEnd else { return nil }
        let days = CivilDate(year: year, month: month, day: day).daysSince1970
        let minutes = (days * 24 + hour) * 60 + minute - offsetMinutes
        self.init(milliseconds: Int64((minutes * 60 + second) * 1_000 + fraction))
    }

    /// Reads an RFC 3339 date-time with offset, as the pointer form does.
    public init?(rfc3339 text: String) {
        var copy = text
        guard let time = copy.withUTF8({ EventTime(rfc3339: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = time
    }

    /// RFC 3339 in UTC with milliseconds. The year must lie from 0 to 9999.
    public var description: String {
        withUnsafeTemporaryAllocation(byteCount: Self.textByteCount, alignment: 1) { buffer in
            write(to: buffer)
            return String(decoding: buffer, as: UTF8.self)
        }
    }

    /// Writes `2026-01-01T10:00:00.000Z` into the first `textByteCount` bytes of `buffer`.
    public func write(to buffer: UnsafeMutableRawBufferPointer) {
        precondition(buffer.count >= Self.textByteCount)
        var (days, rest) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        if rest < 0 {
            days -= 1
            rest += 86_400_000
        }
        let date = CivilDate(daysSince1970: Int(days))
        precondition((0...9_999).contains(date.year), "a time outside the years 0 to 9999 has no text")
        guard let text = buffer.baseAddress else { return }
        let time = UInt64(rest)
        // The separators; digits overwrite what stands between them.
        let form: StaticString = "0000-00-00T00:00:00.000Z"
        text.copyMemory(from: form.utf8Start, byteCount: Self.textByteCount)
        DigitPairs.write(UInt64(date.year), count: 4, to: text)
        DigitPairs.writePair(UInt64(date.month), to: text + 5)
        DigitPairs.writePair(UInt64(date.day), to: text + 8)
        DigitPairs.writePair(time / 3_600_000, to: text + 11)
        DigitPairs.writePair(time / 60_000 % 60, to: text + 14)
        DigitPairs.writePair(time / 1_000 % 60, to: text + 17)
        DigitPairs.write(time % 1_000, count: 3, to: text + 20)
    }
}

extension EventTime: CustomStringConvertible {}

/// Reads fixed-width decimal fields of a short text, one after another.
private struct DigitScanner {
    private let text: UnsafeRawBufferPointer
    private var index = 0

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    var isAtEnd: Bool { index == text.count }

    mutating func digits(_ count: Int) -> Int? {
        guard index + count <= text.count else { return nil }
        var value = 0
        for offset in 0..<count {
            let digit = text[index + offset] &- 0x30
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        index += count
        return value
    }

    mutating func skip(_ wanted: Unicode.Scalar, or other: Unicode.Scalar? = nil) -> Bool {
        guard index < text.count else { return false }
        let byte = UInt32(text[index])
        guard byte == wanted.value || byte == other?.value else { return false }
        index += 1
        return true
    }

    /// One digit or more; those after the third are read and dropped.
    mutating func fractionMilliseconds() -> Int? {
        var milliseconds = 0
        var count = 0
        while index < text.count, case let digit = text[index] &- 0x30, digit < 10 {
            if count < 3 { milliseconds = milliseconds * 10 + Int(digit) }
            count += 1
            index += 1
        }
        guard count > 0 else { return nil }
        while count < 3 {
            milliseconds *= 10
            count += 1
        }
        return milliseconds
    }
}
