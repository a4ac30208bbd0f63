import Primitives

/// A tally whose counts wait until their outcome could have been seen in full.
///
/// An order three days after an alert is seen at once, its absence only when the window is over. Near the end
/// of a log the first would be counted and the second not. So every outcome waits for the end of its window,
/// in days; what the log does not reach is left out. Memory: 16 bytes for each outcome of the last window.
struct MaturingCounts {
    private struct Entry {
        var place: Int
        var amount: Int64
    }

    private static let dayMilliseconds: Int64 = 86_400_000

    private(set) var tally = BacktestTally()
    private var waiting: [Int64: [Entry]] = [:]
    /// Days up to this one are over.
    private var reachedDay = Int64.min

    /// Counts at once.
    mutating func add(_ metric: Int, _ amount: Int64 = 1, hash: UInt64) {
        tally.add(amount, at: BacktestTally.place(metric, hash: hash))
    }

    /// Counts once the log has reached the end of the day of `time`.
    mutating func add(_ metric: Int, _ amount: Int64 = 1, hash: UInt64, matures time: EventTime) {
        let place = BacktestTally.place(metric, hash: hash)
        let day = time.milliseconds / Self.dayMilliseconds
        if day < reachedDay {
            tally.add(amount, at: place)
        } else {
            waiting[day, default: []].append(Entry(place: place, amount: amount))
        }
    }

    /// Says that the log has come to `time`.
    mutating func reach(_ time: EventTime) {
        guard time > .distantPast else { return }
        let day = time.milliseconds / Self.dayMilliseconds
        guard day > reachedDay else { return }
        reachedDay = day
        for (due, entries) in waiting where due < day {
            for entry in entries { tally.add(entry.amount, at: entry.place) }
            waiting[due] = nil
        }
    }
}
