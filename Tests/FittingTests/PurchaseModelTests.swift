import Fitting
import Glibc
import Model
import Testing

@Suite struct PurchaseModelTests {
    /// The parameters published for the CDNOW sample by Fader, Hardie and Lee 2005.
    static let published = PurchaseModel(kind: .bgNBD, r: 0.243, alpha: 4.414, a: 0.793, b: 2.426)

    @Test(arguments: [
        (1, 1.71, 0.212101, 0.203187), (2, 30.43, 0.726579, 1.226028), (7, 29.43, 0.641756, 3.337053),
        (0, 0, 1, 0.195098), (29, 37.71, 0.945812, 19.260677),
    ])
    func `P(alive) and the orders of the next 39 weeks are the published ones`(
        repeats: Int32, recency: Double, alive: Double, orders: Double
    ) {
        let model = Self.published
        let age = 38.86
        let probability = model.probabilityAlive(repeats: repeats, recency: recency, age: age)
        let expected = model.expectedOrders(repeats: repeats, recency: recency, age: age, within: 39)
        #expect(abs(probability - alive) < 5e-7)
        #expect(abs(expected - orders) < 5e-7)
    }

    @Test(arguments: [(1.0 / 7, 0.0078), (1, 0.0532), (3, 0.1506), (32, 1.0437), (78, 1.858)])
    func `a new customer's expected repeats are the published ones`(weeks: Double, repeats: Double) {
        let model = PurchaseModel(kind: .bgNBD, r: 0.2425929, alpha: 4.4135315, a: 0.7928860, b: 2.4257531)
        #expect(abs(model.expectedRepeats(within: weeks) - repeats) < 5e-4)
    }

    @Test func `expected orders agree with the hypergeometric formula to 1e-10`() {
        for a in [0.2, 0.793, 1.5, 4.0] {
            for b in [0.6, 2.426, 9.0] {
                for x in [0, 1, 7, 60] as [Int32] {
                    for horizon in [0.1, 5.0, 39.0, 200.0] {
                        let model = PurchaseModel(kind: .mbgNBD, r: 0.525, alpha: 6.183, a: a, b: b)
                        let sum = model.expectedOrders(repeats: x, recency: 20, age: 38.86, within: horizon)
                        let closed = Self.closedForm(model, x: Double(x), recency: 20, age: 38.86, horizon)
                        #expect(
                            abs(sum - closed) < 1e-10 * max(closed, 1), "a \(a) b \(b) x \(x) t \(horizon)")
                    }
                }
            }
        }
    }

    @Test func `nothing happens to expected orders at a = 1, where the formula divides by 0`() {
        func orders(_ a: Double) -> Double {
            let model = PurchaseModel(kind: .bgNBD, r: 0.243, alpha: 4.414, a: a, b: 2.426)
            return model.expectedOrders(repeats: 2, recency: 30.43, age: 38.86, within: 39)
        }
        let around = (orders(1 - 1e-6) + orders(1 + 1e-6)) / 2
        #expect(abs(orders(1) - around) < 1e-10)
    }

    @Test func `customers with many orders and long horizons stay finite`() {
        let model = Self.published
        let many = model.expectedOrders(repeats: 100_000, recency: 51 - 1e-5, age: 51, within: 500)
        #expect(many.isFinite && many > 100)
        #expect(model.probabilityAlive(repeats: 100_000, recency: 1, age: 5_000) == 0)
        #expect(model.expectedOrders(repeats: 3, recency: 1, age: 2, within: 0) == 0)
    }

    @Test(arguments: [ChurnModel.bgNBD, .mbgNBD])
    func `the chances of repeat orders add up to 1 and to the expected repeats`(kind: ChurnModel) {
        let model = PurchaseModel(kind: kind, r: 0.525, alpha: 6.183, a: 0.891, b: 1.614)
        let chances = model.repeatChances(by: 30, count: 400)
        #expect(chances.allSatisfy { $0 >= 0 })
        #expect(abs(chances.reduce(0, +) - 1) < 1e-12)
        let mean = chances.enumerated().reduce(0.0) { $0 + Double($1.offset) * $1.element }
        #expect(abs(mean - model.expectedRepeats(within: 30)) < 1e-9)
    }

    /// The closed form with the power series of 2F1, whose terms are all above 0 here. Source: Fader, Hardie
    /// and Lee 2005, (10); for MBG/NBD with b + 1 in place of b.
    private static func closedForm(
        _ model: PurchaseModel, x: Double, recency: Double, age: Double, _ t: Double
    ) -> Double {
        let b = model.b + (model.kind == .mbgNBD ? 1 : 0)
        let shape = model.r + x
        let z = t / (model.alpha + age + t)
        let c = model.a + b + x - 1
        var term = 1.0
        var series = 1.0
        var n = 0.0
        while term > 1e-18 * series {
            term *= (shape + n) * (b + x + n) / ((c + n) * (n + 1)) * z
            series += term
            n += 1
        }
        let alive = model.probabilityAlive(repeats: Int32(x), recency: recency, age: age)
        return alive * c / (model.a - 1) * (1 - pow(1 - z, shape) * series)
    }
}
