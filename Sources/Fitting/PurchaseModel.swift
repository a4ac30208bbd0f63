import Glibc
public import Model

/// A churn model with its parameters: how customers buy, and when they leave.
///
/// While a customer stays, orders come at a rate drawn from a gamma distribution (shape `r`, scale `alpha`);
/// after each repeat order the customer leaves with a probability drawn from a beta distribution (`a`, `b`).
/// In the MBG/NBD model that can happen after the first order too. Sources: BG/NBD: Fader, Hardie and Lee,
/// Marketing Science 24 (2005); MBG/NBD: Batislam, Denizel and Filiztekin, Int. J. of Research in Marketing
/// 24 (2007).
public struct PurchaseModel: Sendable, Equatable {
    /// Which of the two.
    public var kind: ChurnModel
    /// Shape of the order rates, above 0.
    public var r: Double
    /// Scale of the order rates in time units, above 0.
    public var alpha: Double
    /// First parameter of the leaving probabilities, above 0.
    public var a: Double
    /// Second parameter of the leaving probabilities, above 0.
    public var b: Double

    /// Makes a model; every parameter is above 0.
    public init(kind: ChurnModel, r: Double, alpha: Double, a: Double, b: Double) {
        precondition(r > 0 && alpha > 0 && a > 0 && b > 0)
        self.kind = kind
        self.r = r
        self.alpha = alpha
        self.a = a
        self.b = b
    }

    /// Chances to leave that lie behind a customer without repeats who is still one: 1 in MBG/NBD, else 0.
    static func firstChances(_ kind: ChurnModel) -> Int { kind == .mbgNBD ? 1 : 0 }

    private var chances: Double { Double(Self.firstChances(kind)) }

    /// The logarithm of the odds that the customer has left: contract, section 4, without its overflow.
    private func leftLogOdds(repeats x: Double, recency: Double, age: Double) -> Double {
        if kind == .bgNBD, x == 0 { return -.infinity }
        return log(a / (b + x - 1 + chances)) + (r + x) * log((alpha + age) / (alpha + recency))
    }

    /// P(alive): that a customer with `repeats`, the last at `recency`, is still one at `age`.
    public func probabilityAlive(repeats: Int32, recency: Double, age: Double) -> Double {
        1 / (1 + exp(leftLogOdds(repeats: Double(repeats), recency: recency, age: age)))
    }

    /// The probability of at least one order within `horizon` after `age`.
    ///
    /// Of a customer who is still one, the next order is that of an untroubled buyer: (1 + t/(alpha + T))^-(r
    /// + x) is the chance that none comes.
    public func probabilityOfOrder(
        repeats: Int32, recency: Double, age: Double, within horizon: Double
    ) -> Double {
        let alive = probabilityAlive(repeats: repeats, recency: recency, age: age)
        return alive * -expm1(-(r + Double(repeats)) * log1p(horizon / (alpha + age)))
    }

    /// Expected orders within `horizon` after `age`, given what the customer did so far.
    public func expectedOrders(repeats: Int32, recency: Double, age: Double, within horizon: Double) -> Double
    {
        let x = Double(repeats)
        let orders = Self.expectedOrders(
            shape: r + x, scale: alpha + age, a: a, b: b + x + chances, within: horizon)
        return orders * probabilityAlive(repeats: repeats, recency: recency, age: age)
    }

    /// Expected repeat orders of a new customer within `horizon` after the first order.
    public func expectedRepeats(within horizon: Double) -> Double {
        let orders = Self.expectedOrders(shape: r, scale: alpha, a: a, b: b + chances, within: horizon)
        return kind == .mbgNBD ? orders * b / (a + b) : orders
    }

    /// Expected orders within `horizon` of a customer who is still one.
    ///
    /// In closed form this is (a+b-1)/(a-1) [1 - (1-z)^A 2F1(A, b; a+b-1; z)] with z = t/(scale + t), which
    /// loses all digits near a = 1. The same value is the sum over n of the chance that an untroubled buyer
    /// orders n times (negative binomial), times the orders expected of n tries, 1 + E(1-p) + … +
    /// E(1-p)^(n-1). Every term is above 0, so nothing cancels; the rest is bounded by a geometric series and
    /// cut at 1e-13 of the sum.
    private static func expectedOrders(
        shape: Double, scale: Double, a: Double, b: Double, within horizon: Double
    ) -> Double {
        guard horizon > 0 else { return 0 }
        let z = horizon / (scale + horizon)
        // The chance of n orders, as a logarithm where it would underflow at n = 0.
        var logChance = -shape * log1p(horizon / scale)
        let isSmall = logChance < -600
        var chance = exp(logChance)
        var stays = 1.0
        var orders = 0.0
        var sum = 0.0
        var n = 0.0
        // BOUND: beyond the mode the ratio of two terms falls below 1 for good; horizons of 100 years end in
        // 1e7 terms.
        while n < 1e7 {
            let ratio = z * (shape + n) / (n + 1)
            if isSmall {
                logChance += log(ratio)
                chance = exp(logChance)
            } else {
                chance *= ratio
            }
            orders += stays
            stays *= (b + n) / (a + b + n)
            n += 1
            sum += chance * orders
            let next = z * (shape + n) / (n + 1)
            // From here on each term is at most `next * (1 + stays / orders)` times the one before.
            let growth = max(next, z) * (1 + stays / orders)
            if next < 1, growth < 1, chance * orders * growth < 1e-13 * sum * (1 - growth) { break }
        }
        return sum
    }

    /// The chances that a new customer has 0, 1, … repeat orders by `age`, and in the last place all others.
    ///
    /// - Parameter count: how many chances are told apart, the last one included; at least 2.
    public func repeatChances(by age: Double, count: Int) -> [Double] {
        precondition(count >= 2)
        let z = age / (alpha + age)
        var chances = [Double](repeating: 0, count: count)
        // For an untroubled buyer: exactly x orders, and fewer than x.
        var exactly = exp(-r * log1p(age / alpha))
        var fewer = 0.0
        // E(1-p)^n for the chances passed so far.
        var stays = kind == .mbgNBD ? b / (a + b) : 1
        var sum = 0.0
        for x in 0..<count - 1 {
            let n = Double(x) + self.chances
            // E p(1-p)^(n-1): left at the last of n chances.
            let leaves = n > 0 ? stays * a / (b + n - 1) : 0
            chances[x] = stays * exactly + leaves * (1 - fewer)
            sum += chances[x]
            fewer += exactly
            exactly *= z * (r + Double(x)) / (Double(x) + 1)
            stays *= (b + n) / (a + b + n)
        }
        chances[count - 1] = max(1 - sum, 0)
        return chances
    }
}
