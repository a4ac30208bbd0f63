import Primitives

/// How often something took how many days.
public struct DayHistogram: Sendable {
    /// Longer ones are counted here.
    private static let dayMax = 1_500
    private var counts: [Int32] = []

    init() {}

    mutating func add(_ days: Int64) {
        let place = Int(min(max(days, 0), Int64(Self.dayMax)))
        if place >= counts.count {
            counts += [Int32](repeating: 0, count: place + 1 - counts.count)
        }
        counts[place] = counts[place] == .max ? .max : counts[place] + 1
    }

    mutating func add(_ other: DayHistogram) {
        if other.counts.count > counts.count {
            counts += [Int32](repeating: 0, count: other.counts.count - counts.count)
        }
        for (place, count) in other.counts.enumerated() {
            counts[place] = counts[place].addingReportingOverflow(count).partialValue
        }
    }

    /// How many there are.
    public var count: Int { counts.reduce(0) { $0 + Int($1) } }

    /// The number of days that half of them did not exceed; nil without any.
    public var median: Int? {
        let all = count
        guard all > 0 else { return nil }
        var sum = 0
        for (days, count) in counts.enumerated() {
            sum += Int(count)
            if sum * 2 >= all { return days }
        }
        return nil
    }
}

/// What a backtest found out about one configuration.
public struct BacktestResult: Sendable {
    /// How outcomes were judged.
    public let options: BacktestObserver.Options
    /// The counts.
    public let tally: BacktestTally
    /// Days from the last order to an alert, by level.
    public let quietDays: [DayHistogram]
    /// Days from an alert of a level to that of `lost`.
    public let leadDays: [DayHistogram]
    /// Cost of ad clicks by day since 1970, rising, in ten-thousandths: of all, and of those saved.
    public let dailyCost: [(day: Int64, all: Int64, saved: Int64)]
    /// Lines read that were neither blank nor ticks.
    public var eventCount: Int64 = 0
    /// Where the log ends; nil if it is empty.
    public let end: EventTime?
    /// How long it took, in seconds of wall time.
    public var seconds = 0.0

    /// Puts together what several observers saw, each of its own customers, all of them finished.
    public init(_ observers: [BacktestObserver], options: BacktestObserver.Options) {
        self.options = options
        var tally = BacktestTally()
        var quiet = [DayHistogram](repeating: DayHistogram(), count: BacktestMetric.levelCount)
        var lead = quiet
        var daily: [Int64: DailyCost] = [:]
        for observer in observers {
            tally.add(observer.counts.tally)
            for level in 0..<BacktestMetric.levelCount {
                quiet[level].add(observer.quietDays[level])
                lead[level].add(observer.leadDays[level])
            }
            for (day, cost) in observer.dailyCost {
                daily[day, default: DailyCost()].all += cost.all
                daily[day, default: DailyCost()].saved += cost.saved
            }
        }
        self.tally = tally
        quietDays = quiet
        leadDays = lead
        dailyCost = daily.sorted { $0.key < $1.key }.map { ($0.key, $0.value.all, $0.value.saved) }
        end = observers.map(\.latest).max().flatMap { $0 > .distantPast ? $0 : nil }
    }
}
