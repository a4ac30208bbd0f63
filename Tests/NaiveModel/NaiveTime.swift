/// Times of events: milliseconds since 1970 UTC.
enum NaiveTime {
    /// 2000-01-01T00:00Z.
    static let earliest: Int64 = 946_684_800_000
    /// 2100-01-01T00:00Z.
    static let latest: Int64 = 4_102_444_800_000

    static func isLeap(_ year: Int) -> Bool {
        year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    }

    static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 to the first of January of `year`.
    static func days(toYear year: Int) -> Int {
        if year >= 1970 { return (1970..<year).reduce(0) { $0 + (isLeap($1) ? 366 : 365) } }
        return (year..<1970).reduce(0) { $0 - (isLeap($1) ? 366 : 365) }
    }

    /// Reads an RFC 3339 time with offset; nil if it is none. Fractions beyond milliseconds are cut.
    static func parse(_ text: Bytes) -> Int64? {
        func number(_ range: Range<Int>) -> Int? {
            guard text.count >= range.upperBound else { return nil }
            var value = 0
            for byte in text[range] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int(byte) - 0x30
            }
            return value
        }
        func stands(_ characters: String, at index: Int) -> Bool {
            index < text.count && characters.utf8.contains(text[index])
        }
        guard let year = number(0..<4), stands("-", at: 4), let month = number(5..<7), stands("-", at: 7),
            let day = number(8..<10), stands("Tt", at: 10), let hour = number(11..<13), stands(":", at: 13),
            let minute = number(14..<16), stands(":", at: 16), let second = number(17..<19),
            (1...12).contains(month), (1...days(inMonth: month, of: year)).contains(day),
            hour <= 23, minute <= 59, second <= 59
        else { return nil }
        var index = 19
        var millisecond = 0
        if stands(".", at: index) {
            let fraction = text[(index + 1)...].prefix { (0x30...0x39).contains($0) }
            guard !fraction.isEmpty else { return nil }
            index += 1 + fraction.count
            let cut = fraction.prefix(3).map { Int($0) - 0x30 } + [0, 0]
            millisecond = cut[0] * 100 + cut[1] * 10 + cut[2]
        }
        var offsetMinutes = 0
        if stands("Zz", at: index) {
            index += 1
        } else if stands("+-", at: index), let hours = number(index + 1..<index + 3), hours <= 23,
            stands(":", at: index + 3), let minutes = number(index + 4..<index + 6), minutes <= 59
        {
            offsetMinutes = (hours * 60 + minutes) * (stands("-", at: index) ? -1 : 1)
            index += 6
        } else {
            return nil
        }
        guard index == text.count else { return nil }
        let dayOfYear = (1..<month).reduce(day - 1) { $0 + days(inMonth: $1, of: year) }
        let minutes = ((days(toYear: year) + dayOfYear) * 24 + hour) * 60 + minute - offsetMinutes
        return Int64((minutes * 60 + second) * 1_000 + millisecond)
    }

    /// Writes a time as RFC 3339 UTC with milliseconds.
    static func text(_ time: Int64) -> String {
        let day = Int(time >= 0 ? time / 86_400_000 : -((-time + 86_399_999) / 86_400_000))
        let inDay = Int(time) - day * 86_400_000
        var year = 1970
        while days(toYear: year) > day { year -= 1 }
        while days(toYear: year + 1) <= day { year += 1 }
        var rest = day - days(toYear: year)
        var month = 1
        while rest >= days(inMonth: month, of: year) {
            rest -= days(inMonth: month, of: year)
            month += 1
        }
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(rest + 1, 2))"
        let hour = padded(inDay / 3_600_000, 2)
        let minute = padded(inDay / 60_000 % 60, 2)
        let second = padded(inDay / 1_000 % 60, 2)
        return "\(date)T\(hour):\(minute):\(second).\(padded(inDay % 1_000, 3))Z"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
