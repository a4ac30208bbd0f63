import Fitting
import Glibc
import Model
import Testing

@Suite struct ModelFitTests {
    static let models = [
        PurchaseModel(kind: .bgNBD, r: 0.243, alpha: 4.414, a: 0.793, b: 2.426),
        PurchaseModel(kind: .mbgNBD, r: 0.525, alpha: 6.183, a: 0.891, b: 1.614),
    ]

    private static func values(_ model: PurchaseModel) -> [Double] {
        [model.r, model.alpha, model.a, model.b]
    }

    @Test(arguments: models)
    func `parameters of simulated customers are found again`(model: PurchaseModel) throws {
        var simulation = SimulatedCustomers(seed: 11)
        let fit = try ModelFit.fit(model.kind, to: simulation.histories(of: model, count: 20_000, span: 78))
        for (parameter, value) in zip(fit.parameters, Self.values(model)) {
            #expect(
                abs(parameter.value - value) < 4 * parameter.standardError, "\(parameter) is not \(value)")
            #expect(parameter.standardError < 0.25 * value)
        }
        #expect(fit.starts.agreeing == fit.starts.all)
    }

    @Test func `the spend model's parameters are found again`() throws {
        let model = SpendModel(p: 6.25, q: 3.74, v: 15.44)
        var simulation = SimulatedCustomers(seed: 5)
        let fit = try ModelFit.fit(simulation.spend(of: model, count: 8_000))
        for (parameter, value) in zip(fit.parameters, [6.25, 3.74, 15.44]) {
            #expect(
                abs(parameter.value - value) < 4 * parameter.standardError, "\(parameter) is not \(value)")
            #expect(parameter.standardError < 0.2 * value)
        }
    }

    @Test func `the spend model's expected values are the published ones`() {
        let model = SpendModel(p: 6.25, q: 3.74, v: 15.44)
        let cases: [(Int32, Double, Double)] = [
            (2, 22.35, 24.663714), (1, 11.77, 18.916853), (7, 73.74, 71.469671), (3, 35, 35.027920),
        ]
        for (count, mean, expected) in cases {
            #expect(abs((model.expectedValue(count: count, mean: mean) ?? 0) - expected) < 5e-4)
        }
        #expect(abs((model.mean ?? 0) - 35.21898) < 5e-5)
    }

    @Test func `the unit of time changes alpha and nothing else`() throws {
        var simulation = SimulatedCustomers(seed: 3)
        let weeks = simulation.histories(of: Self.models[1], count: 3_000, span: 78)
        var days = PurchaseHistories()
        for index in 0..<weeks.count {
            days.append(
                repeats: weeks.repeats[index], recency: 7 * weeks.recencies[index], age: 7 * weeks.ages[index]
            )
        }
        let inWeeks = try ModelFit.fit(.mbgNBD, to: weeks)
        let inDays = try ModelFit.fit(.mbgNBD, to: days)
        #expect(abs(inDays.model.alpha / inWeeks.model.alpha - 7) < 1e-3)
        #expect(abs(inDays.model.r / inWeeks.model.r - 1) < 1e-4)
        let shift = Double(weeks.repeatOrderCount) * log(7)
        #expect(abs(inDays.logLikelihood + shift - inWeeks.logLikelihood) < 1e-3)
    }

    @Test func `too little data, no repeat buyers and no maximum are said`() {
        var few = PurchaseHistories()
        few.append(repeats: 1, recency: 2, age: 3)
        #expect(throws: FitFailure.tooFewCustomers(count: 1, needed: 50)) {
            try ModelFit.fit(.mbgNBD, to: few)
        }
        var single = PurchaseHistories()
        for _ in 0..<100 { single.append(repeats: 0, recency: 0, age: 10) }
        #expect(throws: FitFailure.noRepeatBuyers(customers: 100)) { try ModelFit.fit(.mbgNBD, to: single) }
        // Everyone orders like clockwork and nobody leaves: a and b have no finite best values.
        var clockwork = PurchaseHistories()
        for index in 0..<500 {
            clockwork.append(repeats: 10, recency: 10, age: 10.5 + Double(index % 7) / 100)
        }
        #expect(throws: FitFailure.self) { try ModelFit.fit(.mbgNBD, to: clockwork) }
    }
}
