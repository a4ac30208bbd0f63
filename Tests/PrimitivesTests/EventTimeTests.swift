import Primitives
import Testing

struct EventTimeTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.001Z", 1), ("1969-12-31T23:59:59.999Z", -1),
            ("2000-01-01T00:00:00Z", 946_684_800_000), ("2100-01-01T00:00:00.000Z", 4_102_444_800_000),
            ("2026-01-01t10:00:00z", 1_767_261_600_000), ("2026-01-01T10:00:00.5Z", 1_767_261_600_500),
            ("2026-01-01T10:00:00.1239999999999999999999Z", 1_767_261_600_123),
            ("2026-01-01T13:00:00+03:00", 1_767_261_600_000),
            ("2026-01-01T04:30:00-05:30", 1_767_261_600_000),
            ("2026-01-01T10:00:00-00:00", 1_767_261_600_000),
            ("2025-12-31T23:59:00-23:59", 1_767_311_880_000),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000), ("2000-02-29T00:00:00Z", 951_782_400_000),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int64)])
    func `an RFC 3339 time is read`(text: String, milliseconds: Int64) {
        #expect(EventTime(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2026", "2026-01-01", "2026-01-01T10:00:00", "2026-01-01T10:00Z", "2026-01-01 10:00:00Z",
        "2026-1-01T10:00:00Z", "26-01-01T10:00:00Z", "2026-00-01T10:00:00Z", "2026-13-01T10:00:00Z",
        "2026-01-00T10:00:00Z", "2026-01-32T10:00:00Z", "2026-04-31T10:00:00Z", "2026-02-29T10:00:00Z",
        "2100-02-29T10:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T10:60:00Z", "2026-01-01T10:00:60Z",
        "2016-12-31T23:59:60Z", "2026-01-01T10:00:00.Z", "2026-01-01T10:00:00,5Z", "2026-01-01T10:00:00+3:00",
        "2026-01-01T10:00:00+0300", "2026-01-01T10:00:00+24:00", "2026-01-01T10:00:00+03:60",
        "2026-01-01T10:00:00Zx", "2026-01-01T10:00:00 Z", " 2026-01-01T10:00:00Z", "2026-01-01T10:00:00ZZ",
        "+2026-01-01T10:00:00Z", "-2026-01-01T10:00:00Z", "2026-01-01T10:00:00+", "2026-01-01T10:00:00+03",
        "2026-01-01T10:00:00+03:", "2026-01-01T10:00:00.5", "2026-W01-1T10:00:00Z", "２026-01-01T10:00:00Z",
    ])
    func `what is no RFC 3339 time is refused`(text: String) {
        #expect(EventTime(rfc3339: text) == nil)
    }

    @Test func `no beginning of a time is a time`() {
        let text = "2026-01-01T10:00:00.123+03:00"
        for count in 0..<text.count { #expect(EventTime(rfc3339: String(text.prefix(count))) == nil) }
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (1, "1970-01-01T00:00:00.001Z"),
            (1_767_265_200_000, "2026-01-01T11:00:00.000Z"), (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func `a time is written in UTC with milliseconds`(milliseconds: Int64, text: String) {
        #expect(EventTime(milliseconds: milliseconds).description == text)
    }

    @Test func `every time that is written is read back`() {
        var random = RandomStream(seed: 12)
        for _ in 0..<5_000 {
            let milliseconds = Int64(random.index(below: 315_569_519_999_999)) - 62_167_219_200_000
            let time = EventTime(milliseconds: milliseconds)
            if EventTime(rfc3339: time.description) != time {
                Issue.record("seed 12: \(milliseconds) became \(time)")
                return
            }
        }
    }

    @Test func `every day from 1600 to 2400 has its number`() {
        var date = CivilDate(year: 1600, month: 1, day: 1)
        var number = -135_140
        while date.year < 2400 {
            if date.daysSince1970 != number || CivilDate(daysSince1970: number) != date {
                Issue.record("\(date) is not day \(number)")
                return
            }
            number += 1
            let isLeap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0)
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            date.day += 1
            if date.day > lengths[date.month - 1] {
                date.day = 1
                date.month += 1
            }
            if date.month > 12 {
                date.month = 1
                date.year += 1
            }
        }
        #expect(number == 157_054)
    }

    @Test func `arithmetic stays at the ends instead of wrapping`() {
        #expect(EventTime.distantPast - 10_000 == .distantPast)
        #expect(EventTime.never + 1 == .never)
        #expect(EventTime(milliseconds: .max - 1) + 2 == .never)
        #expect(EventTime(milliseconds: .min + 1) + -2 == .distantPast)
        #expect(EventTime(milliseconds: 5) - -3 == EventTime(milliseconds: 8))
        #expect(EventTime.latest - EventTime.earliest == 3_155_760_000_000)
        #expect(EventTime.distantPast < .earliest && .earliest < .latest && .latest < .never)
    }
}
