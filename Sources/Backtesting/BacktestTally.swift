import Primitives

/// Counts by metric, in groups of customers, so that chance can be told from difference.
///
/// Customers fall into groups by their hash; whole groups are drawn again for the bootstrap. Memory is fixed.
public struct BacktestTally: Sendable, Equatable {
    /// Groups of customers: enough for percentiles of sums, few enough to keep all of them.
    static let groupCount = 200
    /// Rounds of the bootstrap. Source: Efron and Tibshirani, "An Introduction to the Bootstrap", chapter 13.
    private static let roundCount = 1_000

    private var counts = [Int64](repeating: 0, count: BacktestTally.groupCount * BacktestMetric.count)

    /// Makes an empty tally.
    public init() {}

    /// The place of a metric of one customer.
    static func place(_ metric: Int, hash: UInt64) -> Int {
        // Bits that the worker is not chosen by.
        Int((hash >> 32) % UInt64(groupCount)) * BacktestMetric.count + metric
    }

    mutating func add(_ amount: Int64, at place: Int) { counts[place] &+= amount }

    /// Adds the counts of another tally.
    public mutating func add(_ other: BacktestTally) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
    }

    /// The sum of a metric over all customers.
    public func total(_ metric: Int) -> Int {
        var sum: Int64 = 0
        for group in 0..<Self.groupCount { sum &+= counts[group * BacktestMetric.count + metric] }
        return Int(sum)
    }

    private func groups(_ metrics: [Int]) -> [Double] {
        (0..<Self.groupCount).map { group in
            metrics.reduce(0.0) { $0 + Double(counts[group * BacktestMetric.count + $1]) }
        }
    }

    /// The share of some metrics in others, with the interval that holds 95 % of the bootstrap.
    public func share(of part: [Int], in whole: [Int]) -> ShareEstimate {
        Self.estimate(part: groups(part), whole: groups(whole), less: nil)
    }

    /// The share of some metrics in what is left of others without `rest`.
    public func share(of part: [Int], in whole: [Int], without rest: [Int]) -> ShareEstimate {
        let remaining = zip(groups(whole), groups(rest)).map { $0 - $1 }
        return Self.estimate(part: groups(part), whole: remaining, less: nil)
    }

    /// How much larger the share is here than in another tally of the same customers.
    public func difference(of part: [Int], in whole: [Int], from other: BacktestTally) -> ShareEstimate {
        Self.estimate(
            part: groups(part), whole: groups(whole), less: (other.groups(part), other.groups(whole)))
    }

    private static func estimate(
        part: [Double], whole: [Double], less: (part: [Double], whole: [Double])?
    ) -> ShareEstimate {
        func share(_ picked: [Int]) -> Double {
            var sums = (0.0, 0.0, 0.0, 0.0)
            for group in picked {
                sums.0 += part[group]
                sums.1 += whole[group]
                if let less {
                    sums.2 += less.part[group]
                    sums.3 += less.whole[group]
                }
            }
            let first = sums.1 == 0 ? Double.nan : sums.0 / sums.1
            guard less != nil else { return first }
            return sums.3 == 0 ? .nan : first - sums.2 / sums.3
        }
        // The same draws for every metric, and for both sides of a comparison.
        var random = RandomStream(seed: 0x7e71)
        var shares: [Double] = []
        for _ in 0..<roundCount {
            let drawn = share((0..<groupCount).map { _ in random.index(below: groupCount) })
            if drawn.isFinite { shares.append(drawn) }
        }
        shares.sort()
        let cases = less.map { min(whole.reduce(0, +), $0.whole.reduce(0, +)) } ?? whole.reduce(0, +)
        return ShareEstimate(
            value: share(Array(0..<groupCount)),
            low: shares.isEmpty ? .nan : shares[shares.count * 25 / 1_000],
            high: shares.isEmpty ? .nan : shares[min(shares.count * 975 / 1_000, shares.count - 1)],
            cases: Int(cases))
    }
}

/// A share, and how far chance may have moved it.
public struct ShareEstimate: Sendable, Equatable {
    /// The share; not a number without cases.
    public let value: Double
    /// The 2.5th percentile of the bootstrap.
    public let low: Double
    /// The 97.5th percentile.
    public let high: Double
    /// The whole that the share is of.
    public let cases: Int

    /// The share of all others.
    public var complement: ShareEstimate {
        ShareEstimate(value: 1 - value, low: 1 - high, high: 1 - low, cases: cases)
    }
}
