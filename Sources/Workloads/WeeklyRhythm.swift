import Primitives

/// How busy the shop is over the week, as a change of clocks.
///
/// What customers do is drawn on an even clock, as their models want it, and then moved to the calendar by
/// the weights of hour and weekday. The move keeps the order of events and whole weeks, so intervals of
/// weeks stay as they were drawn.
struct WeeklyRhythm: Sendable {
    private static let hourCount = 168
    private static let weekMilliseconds = 7 * dayMilliseconds
    /// From 1970-01-01T00:00Z, a Thursday, back to Monday 00:00 in Turkey, which is at UTC+3.
    private static let mondayOffsetMilliseconds = 3 * dayMilliseconds + 3 * hourMilliseconds

    /// The share of the week's visits before each hour, from Monday 00:00; 169 rising numbers, 0 to 1.
    private let sharesBefore: [Double]

    init() {
        let hours: [Double] = [
            6, 3, 2, 1, 1, 2, 4, 9, 16, 22, 26, 28, 30, 28, 26, 26, 27, 29, 31, 35, 42, 46, 38, 18,
        ]
        let weekdays: [Double] = [1.05, 1.0, 1.0, 1.02, 0.98, 0.9, 1.15]
        var sum = 0.0
        var sums = [0.0]
        for hour in 0..<Self.hourCount {
            sum += hours[hour % 24] * weekdays[hour / 24]
            sums.append(sum)
        }
        sharesBefore = sums.map { $0 / sum }
    }

    /// The time that lies `milliseconds` of the even clock, 0 or more, after `time`.
    func time(_ milliseconds: Double, after time: EventTime) -> EventTime {
        // Half a millennium is past every workload's end and far from where whole numbers overflow.
        let bounded = Int64(min(milliseconds, 1.6e13))
        let moved = onCalendar(onEvenClock(time.milliseconds) + bounded)
        return EventTime(milliseconds: max(moved, time.milliseconds + 1))
    }

    private func onCalendar(_ even: Int64) -> Int64 {
        let (week, rest) = split(even)
        let share = Double(rest) / Double(Self.weekMilliseconds)
        var low = 0
        var high = Self.hourCount
        while high - low > 1 {
            let middle = (low + high) / 2
            if sharesBefore[middle] <= share { low = middle } else { high = middle }
        }
        let part = (share - sharesBefore[low]) / (sharesBefore[low + 1] - sharesBefore[low])
        return week + Int64((Double(low) + part) * Double(hourMilliseconds))
    }

    private func onEvenClock(_ calendar: Int64) -> Int64 {
        let (week, rest) = split(calendar)
        let (hour, inHour) = rest.quotientAndRemainder(dividingBy: hourMilliseconds)
        let part = Double(inHour) / Double(hourMilliseconds)
        let before = sharesBefore[Int(hour)]
        let share = before + part * (sharesBefore[Int(hour) + 1] - before)
        return week + Int64(share * Double(Self.weekMilliseconds))
    }

    /// The start of the week that `milliseconds` lies in, and how far in.
    private func split(_ milliseconds: Int64) -> (week: Int64, rest: Int64) {
        let shifted = milliseconds + Self.mondayOffsetMilliseconds
        let remainder = shifted % Self.weekMilliseconds
        let rest = remainder < 0 ? remainder + Self.weekMilliseconds : remainder
        return (milliseconds - rest, rest)
    }
}
