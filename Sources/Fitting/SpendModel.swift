import Glibc

/// What the Gamma-Gamma model looks at of each customer: how many repeat orders, and their mean value.
public struct SpendHistories: Sendable {
    private(set) var counts: [Int32] = []
    private(set) var means: [Double] = []

    /// The same customers, or an evenly spaced choice of about `count` of them.
    func thinned(to count: Int) -> SpendHistories {
        let stride = max(self.count / max(count, 1), 1)
        guard stride > 1 else { return self }
        var thin = SpendHistories()
        for index in Swift.stride(from: 0, to: self.count, by: stride) {
            thin.append(count: counts[index], mean: means[index])
        }
        return thin
    }

    /// Makes an empty collection.
    public init() {}

    /// Number of customers.
    public var count: Int { counts.count }

    /// The mean of the customers' means, in major units.
    public var mean: Double { means.reduce(0, +) / Double(max(count, 1)) }

    /// Adds a customer with `count` repeat orders, at least 1, of `mean` major units on average, above 0.
    public mutating func append(count: Int32, mean: Double) {
        precondition(count >= 1 && mean > 0)
        counts.append(count)
        means.append(mean)
    }

    /// The correlation of count and mean: the model takes it to be 0. nil if either is the same for all.
    public var correlation: Double? {
        guard count > 1 else { return nil }
        let size = Double(count)
        let meanCount = counts.reduce(0.0) { $0 + Double($1) } / size
        let meanValue = mean
        var covariance = 0.0
        var countVariance = 0.0
        var valueVariance = 0.0
        for index in 0..<count {
            let x = Double(counts[index]) - meanCount
            let m = means[index] - meanValue
            covariance += x * m
            countVariance += x * x
            valueVariance += m * m
        }
        guard countVariance > 0, valueVariance > 0 else { return nil }
        return covariance / sqrt(countVariance * valueVariance)
    }
}

/// The Gamma-Gamma model: what an order of a customer is worth.
///
/// Order values of one customer are gamma distributed (shape `p`); the scale differs between customers, gamma
/// distributed in turn (shape `q`, scale `v`). Source: Fader and Hardie, "The Gamma-Gamma Model of Monetary
/// Value", 2013.
public struct SpendModel: Sendable, Equatable {
    /// Shape of one customer's order values, above 0.
    public var p: Double
    /// Shape of the scales, above 0.
    public var q: Double
    /// Scale of the scales in major units, above 0.
    public var v: Double

    /// Makes a model; every parameter is above 0.
    public init(p: Double, q: Double, v: Double) {
        precondition(p > 0 && q > 0 && v > 0)
        self.p = p
        self.q = q
        self.v = v
    }

    /// The mean order value over all customers, in major units; nil where it has none (q up to 1).
    public var mean: Double? { q > 1 ? p * v / (q - 1) : nil }

    /// The expected order value of a customer with `count` repeat orders of `mean` on average; nil if
    /// unknown.
    public func expectedValue(count: Int32, mean: Double) -> Double? {
        let x = Double(count)
        let denominator = p * x + q - 1
        return denominator > 0 ? p * (v + x * mean) / denominator : nil
    }
}

/// The mean negative log-likelihood of the Gamma-Gamma model, over the logarithms of p, q and v.
struct SpendLikelihood: Objective {
    private let histories: SpendHistories
    /// Logarithm of each customer's spend, which is the same at every point.
    private let logSpends: [Double]
    /// Logarithms of all repeat counts less those of all spends, summed.
    private let constant: Double
    /// Customers by their number of repeat orders.
    private let customersOfCount: [(count: Double, customers: Double)]

    init(histories: SpendHistories) {
        precondition(histories.count > 0)
        self.histories = histories
        logSpends = (0..<histories.count).map { log(Double(histories.counts[$0]) * histories.means[$0]) }
        constant = histories.counts.reduce(0.0) { $0 + log(Double($1)) } - logSpends.reduce(0, +)
        let grouped = Dictionary(histories.counts.map { ($0, 1.0) }, uniquingKeysWith: +)
        customersOfCount = grouped.sorted { $0.key < $1.key }.map { (Double($0.key), $0.value) }
    }

    var variableCount: Int { 3 }

    func value(at point: [Double], gradient: inout [Double]) -> Double {
        let p = exp(point[0])
        let q = exp(point[1])
        let v = exp(point[2])
        var value = 0.0
        var byP = 0.0
        var byQ = 0.0
        var byV = 0.0
        for (x, customers) in customersOfCount {
            let shape = p * x
            value += customers * (SpecialFunctions.logGamma(shape + q) - SpecialFunctions.logGamma(shape))
            let both = SpecialFunctions.digamma(shape + q)
            byP += customers * x * (both - SpecialFunctions.digamma(shape))
            byQ += customers * both
        }
        let size = Double(histories.count)
        value += constant + size * (q * point[2] - SpecialFunctions.logGamma(q))
        byQ += size * (point[2] - SpecialFunctions.digamma(q))
        byV += size * q / v
        for index in 0..<histories.count {
            let x = Double(histories.counts[index])
            let spend = x * histories.means[index]
            let logSum = log(spend + v)
            let logShare = logSpends[index] - logSum
            value += p * x * logShare - q * logSum
            byP += x * logShare
            byQ -= logSum
            byV -= (p * x + q) / (spend + v)
        }
        gradient[0] = -p * byP / size
        gradient[1] = -q * byQ / size
        gradient[2] = -v * byV / size
        return -value / size
    }
}
