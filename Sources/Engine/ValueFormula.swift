import Glibc
import Model
import Primitives

/// The margin that a customer's orders are expected to bring within the horizon.
///
/// While customers stay, orders come at a rate drawn from a gamma distribution (shape A = r + x, scale B =
/// alpha + T, given what they did so far), and after each they leave with a probability drawn from a beta
/// distribution (a, b + x; for MBG/NBD b + x + 1). So the rate of orders at s after now is
///
///     P(alive) A/B E(1 + p s/B)^-(A+1)  =  P(alive) A/B 2F1(A+1, a; a+b+x; -s/B),
///
/// and its integral to the horizon, each order discounted to now, times what one order is expected to bring
/// (Gamma-Gamma), is the value. Without discount the integral is the expected number of orders as published.
/// Sources: Fader, Hardie and Lee, Marketing Science 24 (2005); Batislam, Denizel and Filiztekin, Int. J. of
/// Research in Marketing 24 (2007); Fader and Hardie, "The Gamma-Gamma Model of Monetary Value" (2013).
struct ValueFormula {
    /// Nodes and weights of Gauss-Legendre quadrature with 16 points on 0 to 1. Source: zeros of the Legendre
    /// polynomial P16, to 40 digits.
    private let nodes = SIMD16<Double>(
        0.0052995325041750337, 0.027712488463383712, 0.0671843988060841281, 0.122297795822498483,
        0.191061877798678126, 0.270991611171386307, 0.359198224610370543, 0.45249374508118128,
        0.54750625491881872, 0.640801775389629457, 0.729008388828613693, 0.808938122201321874,
        0.877702204177501517, 0.932815601193915872, 0.972287511536616288, 0.994700467495824966)
    private let weights = SIMD16<Double>(
        0.0135762297058770474, 0.0311267619693239464, 0.0475792558412463924, 0.062314485627766936,
        0.074797994408288366, 0.0845782596975012691, 0.0913017075224617944, 0.0947253052275342481,
        0.0947253052275342481, 0.0913017075224617944, 0.0845782596975012691, 0.074797994408288366,
        0.062314485627766936, 0.0475792558412463924, 0.0311267619693239464, 0.0135762297058770474)
    /// The longest stretch of ln(1 + s/B) that sixteen nodes integrate to 1e-12.
    private static let panelLength = 3.0
    /// BOUND: the horizon over alpha; the configuration allows half of it.
    private static let horizonRatioMax = 2_000.0
    /// A year of discount. Source: README, "Customer value".
    private static let yearMilliseconds = 365.0 * 86_400_000

    private let churn: ChurnRiskRules
    private let rules: ValueRules
    private let horizon: Double
    /// Rate of continuous discount per time unit.
    private let discount: Double

    /// nil if the rules ask for no value.
    init?(_ rules: Rules) {
        guard rules.value.isEnabled else { return nil }
        churn = rules.churnRisk
        self.rules = rules.value
        let unit = Double(rules.churnRisk.timeUnitMilliseconds)
        horizon = Double(rules.value.horizonMilliseconds) / unit
        discount = log1p(rules.value.discount) * unit / Self.yearMilliseconds
    }

    /// The value, rounded half to even at 2 decimals, and its tier; nil if the parameters are beyond sense.
    ///
    /// - Parameters:
    ///   - alive: P(alive) at `now`.
    ///   - orderCount: at least 1.
    ///   - now: not before the last order.
    ///   - spend: of all orders, the first one too.
    func value(
        alive: Double, orderCount: UInt32, first: EventTime, now: EventTime, spend: Money
    ) -> CustomerValue? {
        let repeats = Double(orderCount) - 1
        let age = Double(now - first) / Double(churn.timeUnitMilliseconds)
        let orders = alive * discountedOrders(repeats: repeats, scale: churn.alpha + age)
        let orderValue = expectedOrderValue(orderCount: Double(orderCount), spend: spend)
        let cents = (rules.margin * orderValue * orders * 100).rounded(.toNearestOrEven)
        guard cents >= 0 else { return nil }
        // 2^53 cents are still exact; more is no customer's value.
        let clv = Money(tenThousandths: 100 * Int64(min(cents, 0x1p53)))
        return CustomerValue(clv: clv, tier: rules.tier(of: clv), orders: orders, orderValue: orderValue)
    }

    /// Mean value of a further order, in major units: p (v + x m)/(p x + q - 1) for x orders of m on average.
    ///
    /// All orders count, not only repeats: the model takes them to be alike, and `spend` knows no parts. n
    /// counts orders of one period once, and x m is their whole value, so this is the value of such a period.
    private func expectedOrderValue(orderCount: Double, spend: Money) -> Double {
        let spend = Double(spend.tenThousandths) / 10_000
        return rules.p * (rules.v + spend) / (rules.p * orderCount + rules.q - 1)
    }

    /// Orders within the horizon of a customer who still is one, each discounted to now.
    ///
    /// Integrated over u = ln(1 + s/B), where the rate is smooth: its nearest singularities are at ±iπ.
    private func discountedOrders(repeats: Double, scale: Double) -> Double {
        let shape = churn.r + repeats
        let stays = churn.b + repeats + (churn.model == .mbgNBD ? 1 : 0)
        let length = log1p(min(horizon / scale, Self.horizonRatioMax))
        let panelCount = max((length / Self.panelLength).rounded(.up), 1)
        let panel = length / panelCount
        var sum = 0.0
        var start = 0.0
        while start < panelCount {
            let u = (start + nodes) * panel
            var times = SIMD16<Double>.zero
            var factors = weights
            for index in 0..<16 {
                times[index] = expm1(u[index])
                factors[index] *= exp(u[index] - discount * scale * times[index])
            }
            let rates = Hypergeometric.mean(shape: shape + 1, beta: (b: churn.a, d: stays), at: times)
            sum += (factors * rates).sum()
            start += 1
        }
        return shape * panel * sum
    }
}
