/// Writes times of few different days fast: the text of a day is worked out once.
///
/// Isolation: one thread at a time. Its maker deallocates it.
public struct DayTexts {
    // SAFETY: the memory is `RecordBuffer`'s and similar owners', who give it back in their `deinit`.

    /// A day since 1970 and its text, `2026-01-01T`, filled up to 16 bytes.
    private struct Entry: BitwiseCopyable {
        var day: UInt64
        var text: SIMD16<UInt8>
    }

    /// Days remembered at once: what a record names lies a few weeks apart. A power of two.
    private static var entryCount: Int { 64 }
    private static var dayMilliseconds: UInt64 { 86_400_000 }

    private let entries: UnsafeMutablePointer<Entry>

    /// Makes an empty memory of days; 2 KiB.
    public init() {
        entries = .allocate(capacity: Self.entryCount)
        entries.initialize(repeating: Entry(day: .max, text: .zero), count: Self.entryCount)
    }

    /// Gives the memory back.
    public func deallocate() { entries.deallocate() }

    /// Writes `2026-01-01T10:00:00.000Z`.
    @inline(__always)
    fileprivate func write(_ time: EventTime, to place: UnsafeMutableRawPointer) {
        let milliseconds = UInt64(bitPattern: time.milliseconds)
        let day = milliseconds / Self.dayMilliseconds
        let index = Int(truncatingIfNeeded: day) & (Self.entryCount - 1)
        if entries[index].day != day { remember(time, day: day, at: index) }
        place.storeBytes(of: entries[index].text, as: SIMD16<UInt8>.self)
        let rest = UInt32(truncatingIfNeeded: milliseconds &- day &* Self.dayMilliseconds)
        let seconds = rest / 1_000
        let minutes = seconds / 60
        let hours = minutes / 60
        let clock =
            UInt64(DigitPairs.pair(hours)) | UInt64(DigitPairs.pair(minutes &- hours &* 60)) << 24
            | UInt64(DigitPairs.pair(seconds &- minutes &* 60)) << 48 | 0x0000_3A00_003A_0000
        (place + 11).storeBytes(of: clock.littleEndian, as: UInt64.self)
        let fraction = DigitPairs.four(UInt64(rest &- seconds &* 1_000))
        // The first of four digits, a zero, becomes the point.
        (place + 19).storeBytes(of: (fraction ^ 0x1E).littleEndian, as: UInt32.self)
        (place + 23).storeBytes(of: UInt8(ascii: "Z"), as: UInt8.self)
    }

    @inline(never)
    private func remember(_ time: EventTime, day: UInt64, at index: Int) {
        precondition(time.milliseconds >= 0, "a time before 1970 is in no record")
        withUnsafeTemporaryAllocation(byteCount: EventTime.textByteCount, alignment: 16) { buffer in
            time.write(to: buffer)
            entries[index] = Entry(
                day: day,
                text: UnsafeRawBufferPointer(buffer).loadUnaligned(as: SIMD16<UInt8>.self))
        }
    }
}

extension TextCursor {
    /// Adds a time as a JSON string: RFC 3339, UTC, milliseconds; 26 bytes.
    @inline(__always)
    public mutating func append(quoted time: EventTime, _ days: DayTexts) {
        append(UInt8(ascii: "\""))
        days.write(time, to: next)
        skip(EventTime.textByteCount)
        append(UInt8(ascii: "\""))
    }
}
