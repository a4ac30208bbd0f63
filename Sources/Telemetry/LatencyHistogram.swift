/// How often something took how long, in buckets that double from half a millisecond to 16 s.
///
/// A value: whoever owns it adds to it, readers get copies. Durations are microseconds.
public struct LatencyHistogram: Sendable, Codable, Equatable {
    /// Upper bounds of the buckets, in microseconds; what is longer counts in the total only.
    public static let boundsMicroseconds: [Int64] = (0...15).map { 500 << $0 }

    /// Per bucket how many were at most as long as its bound and longer than the one before.
    public private(set) var counts = [Int64](repeating: 0, count: LatencyHistogram.boundsMicroseconds.count)
    /// How many there were, those beyond the last bound included.
    public private(set) var count: Int64 = 0
    /// The sum of all durations.
    public private(set) var sumMicroseconds: Int64 = 0
    /// The longest.
    public private(set) var maxMicroseconds: Int64 = 0

    /// Makes a histogram of nothing.
    public init() {}

    /// Counts `times` happenings of one duration; a negative one counts as 0.
    public mutating func add(microseconds: Int64, times: Int64 = 1) {
        guard times > 0 else { return }
        let duration = max(microseconds, 0)
        count += times
        let (product, isOver) = duration.multipliedReportingOverflow(by: times)
        let (sum, isSumOver) = sumMicroseconds.addingReportingOverflow(isOver ? .max : product)
        sumMicroseconds = isSumOver ? .max : sum
        maxMicroseconds = max(maxMicroseconds, duration)
        if let bucket = Self.boundsMicroseconds.firstIndex(where: { duration <= $0 }) {
            counts[bucket] += times
        }
    }

    /// What happened since `earlier`, which is an older copy of this histogram; its longest is not known.
    public func since(_ earlier: LatencyHistogram) -> LatencyHistogram {
        var rest = self
        rest.count -= earlier.count
        rest.sumMicroseconds -= earlier.sumMicroseconds
        for bucket in counts.indices { rest.counts[bucket] -= earlier.counts[bucket] }
        return rest
    }

    /// The duration in seconds that a share from 0 to 1 of all stays within, by interpolation inside its bucket;
    /// nil if there was none.
    public func quantileSeconds(_ share: Double) -> Double? {
        guard count > 0 else { return nil }
        let rank = share * Double(count)
        var before: Int64 = 0
        for (bucket, bound) in Self.boundsMicroseconds.enumerated() {
            let here = counts[bucket]
            if here > 0, Double(before + here) >= rank {
                let lower = bucket == 0 ? 0 : Double(Self.boundsMicroseconds[bucket - 1])
                let part = max(rank - Double(before), 0) / Double(here)
                let value = lower + (Double(bound) - lower) * part
                return min(value, Double(max(maxMicroseconds, 1))) / 1_000_000
            }
            before += here
        }
        return Double(maxMicroseconds) / 1_000_000
    }
}
