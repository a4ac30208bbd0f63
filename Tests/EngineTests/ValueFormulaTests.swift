@testable import Engine
import Glibc
import Model
import Primitives
import Testing

struct ValueFormulaTests {
    private static let week = 7 * 86_400_000.0

    /// The parameters published for CDNOW, in weeks. Sources: Fader, Hardie and Lee 2005; Batislam, Denizel and
    /// Filiztekin 2007; Fader and Hardie 2013.
    private static func published(_ model: ChurnModel) -> Rules {
        var rules = Rules()
        rules.value.isEnabled = true
        rules.churnRisk.model = model
        if model == .bgNBD {
            (rules.churnRisk.r, rules.churnRisk.alpha) = (0.243, 4.414)
            (rules.churnRisk.a, rules.churnRisk.b) = (0.793, 2.426)
        }
        return rules
    }

    /// A customer's orders and the instant asked for, in days.
    struct Case: Sendable {
        var model = ChurnModel.mbgNBD
        var margin = 1.0
        var discount = 0.1
        var horizon: Int64 = 365
        var unitDays: Int64 = 7
        var orders: UInt32
        var last: Double
        var now: Double
        var spend: Double
        var expectedOrders: Double
        var expectedClv: Double
    }

    private static func value(_ rules: Rules, _ given: Case) -> CustomerValue? {
        let start = EventTime(milliseconds: Scenario.start)
        func time(_ days: Double) -> EventTime { start + Int64((days * 86_400_000).rounded()) }
        let alive = ChurnModelFormula(rules.churnRisk)
            .probability(orderCount: given.orders, first: start, last: time(given.last), at: time(given.now))
        return ValueFormula(rules)?
            .value(
                alive: alive, orderCount: given.orders, first: start, now: time(given.now),
                spend: Money(tenThousandths: Int64(given.spend * 10_000)))
    }

    private static func rules(_ given: Case) -> Rules {
        var rules = published(given.model)
        rules.value.margin = given.margin
        rules.value.discount = given.discount
        rules.value.horizonMilliseconds = given.horizon * 86_400_000
        rules.churnRisk.timeUnitMilliseconds = given.unitDays * 86_400_000
        return rules
    }

    /// Source of the values: mpmath 1.4.1, quadrature of its hyp2f1 with 25 digits.
    private static let cases = [
        Case(
            model: .bgNBD, discount: 0, horizon: 273, orders: 3, last: 213.01, now: 272.02, spend: 67.05,
            expectedOrders: 1.226028174767145, expectedClv: 29.41340860183276),
        Case(
            orders: 1, last: 0, now: 0, spend: 40, expectedOrders: 1.368520565186451,
            expectedClv: 52.74664914762015),
        Case(
            orders: 1, last: 0, now: 100, spend: 40, expectedOrders: 0.4542907199085525,
            expectedClv: 17.50964788079126),
        Case(
            margin: 0.35, discount: 0.5, horizon: 730, orders: 12, last: 300, now: 310, spend: 1_234.5,
            expectedOrders: 9.586285166719367, expectedClv: 337.1654271008507),
        Case(
            model: .bgNBD, discount: 1, horizon: 3_650, orders: 8, last: 206, now: 272, spend: 500,
            expectedOrders: 4.823458928491678, expectedClv: 294.6297485425851),
        Case(
            orders: 400, last: 500, now: 500, spend: 90_000, expectedOrders: 201.9085648713844,
            expectedClv: 45_387.47609286774),
        Case(
            unitDays: 1, orders: 3, last: 40, now: 41, spend: 100, expectedOrders: 6.132467131620558,
            expectedClv: 205.8899504636683),
    ]

    @Test(arguments: cases)
    func `discounted orders agree with values of many digits to 1e-10, the value to its last cent`(
        given: Case
    )
        throws
    {
        let value = try #require(Self.value(Self.rules(given), given))
        #expect(abs(value.orders / given.expectedOrders - 1) < 1e-10)
        #expect(value.clv.tenThousandths == 100 * Int64((given.expectedClv * 100).rounded()))
    }

    @Test(
        arguments: [(1, 1.71, 0.203187), (2, 30.43, 1.226028), (7, 29.43, 3.337053)]
            as [(UInt32, Double, Double)])
    func `without discount, orders in 39 weeks are the published ones`(
        repeats: UInt32, recency: Double, orders: Double
    ) throws {
        let given = Case(
            model: .bgNBD, discount: 0, horizon: 273, orders: repeats + 1, last: 7 * recency, now: 7 * 38.86,
            spend: 100, expectedOrders: orders, expectedClv: 0)
        let value = try #require(Self.value(Self.rules(given), given))
        #expect(abs(value.orders - orders) < 5e-7)
    }

    @Test(arguments: [(3, 67.05, 24.31), (1, 0, 10.7384)] as [(UInt32, Double, Double)])
    func `an order is worth what the published formula says of all orders`(
        orders: UInt32, spend: Double, expected: Double
    ) throws {
        // p (v + x m)/(p x + q - 1) with x m = spend.
        let given = Case(orders: orders, last: 0, now: 1, spend: spend, expectedOrders: 0, expectedClv: 0)
        let value = try #require(Self.value(Self.rules(given), given))
        let byHand = 6.25 * (15.44 + spend) / (6.25 * Double(orders) + 2.74)
        #expect(abs(value.orderValue - byHand) < 1e-12)
        #expect(abs(value.orderValue - expected) < 0.5)
    }

    /// The same from nothing but the model's story, in the plainest way: over a grid of rates and of
    /// probabilities of leaving, what a customer orders until the horizon, discounted.
    @Test(arguments: cases.prefix(5))
    func `a plain integral over all kinds of customers gives the same`(given: Case) throws {
        let rules = Self.rules(given)
        let churn = rules.churnRisk
        let unit = Double(given.unitDays)
        let x = Double(given.orders) - 1
        let shape = churn.r + x
        let scale = churn.alpha + given.now / unit
        let stays = churn.b + x + (given.model == .mbgNBD ? 1 : 0)
        let horizon = Double(given.horizon) / unit
        let discount = log(1 + given.discount) * unit / 365
        let gridCount = 700
        var (orders, weights) = (0.0, 0.0)
        for i in 0..<gridCount {
            // The substitutions take away the poles at 0.
            let w = (Double(i) + 0.5) / Double(gridCount) * pow(60 * (shape + 4) / scale, 0.25) * 0.75
            let rate = pow(w, 4)
            let rateWeight = exp((4 * shape - 1) * log(w) - scale * rate + shape - shape * log(shape / scale))
            for j in 0..<gridCount {
                let t = (Double(j) + 0.5) / Double(gridCount)
                let p = pow(t, 2 / churn.a)
                let weight = rateWeight * pow(1 - p, stays - 1) * t
                let fall = discount + rate * p
                weights += weight
                orders += weight * rate * (fall * horizon < 1e-12 ? horizon : -expm1(-fall * horizon) / fall)
            }
        }
        let value = try #require(Self.value(rules, given))
        let start = EventTime(milliseconds: 0)
        let alive = ChurnModelFormula(churn)
            .probability(
                orderCount: given.orders, first: start, last: start + Int64(given.last * 86_400_000),
                at: start + Int64(given.now * 86_400_000))
        #expect(abs(value.orders / (alive * orders / weights) - 1) < 1e-4)
    }

    @Test func `a longer horizon never brings less, a higher discount never more`() {
        var least = Case(orders: 5, last: 60, now: 70, spend: 200, expectedOrders: 0, expectedClv: 0)
        var before = 0.0
        for horizon in [1, 7, 30, 31, 365, 366, 1_000, 3_650] as [Int64] {
            least.horizon = horizon
            let orders = Self.value(Self.rules(least), least)?.orders ?? 0
            #expect(orders > before)
            before = orders
        }
        for discount in [0, 0.01, 0.1, 0.5, 1] {
            least.discount = discount
            let orders = Self.value(Self.rules(least), least)?.orders ?? 0
            #expect(orders < before || discount == 0 && orders > before)
            before = orders
        }
    }

    @Test func `parameters at their edges give a value or none, and never trap`() {
        for extreme in [0x1p-1074, 1e-9, 1, 1e9, 1e308] {
            for count in [UInt32(1), 2, .max] {
                for field in 0..<6 {
                    var rules = Self.published(.mbgNBD)
                    switch field {
                    case 0: rules.churnRisk.r = extreme
                    case 1: rules.churnRisk.alpha = extreme
                    case 2: rules.churnRisk.a = extreme
                    case 3: rules.churnRisk.b = extreme
                    case 4: (rules.value.p, rules.value.q) = (extreme, extreme)
                    default: rules.value.v = extreme
                    }
                    let value = ValueFormula(rules)?
                        .value(
                            alive: 0.5, orderCount: count, first: .earliest, now: .latest,
                            spend: Money(tenThousandths: .max))
                    #expect(value.map { $0.clv.tenThousandths >= 0 } ?? true)
                }
            }
        }
    }
}
