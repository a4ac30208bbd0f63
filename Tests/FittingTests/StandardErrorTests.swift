import Fitting
import Glibc
import Testing

/// Whether the standard errors say how far estimates are from the truth: no more, and no less.
///
/// A short form runs always. TETIK_LONG_TESTS runs 200 simulations of each model, which is sharp: standard
/// errors that are 30 % too small or too large would not pass, as the test itself shows.
@Suite struct StandardErrorTests {
    private static let isLong = getenv("TETIK_LONG_TESTS") != nil
    private static let rounds = isLong ? 200 : 30
    private static let customers = isLong ? 8_000 : 4_000

    /// How many standard errors each estimate of one parameter is from its true value, run by run; on the
    /// scale of logarithms, where the estimates are nearly normal.
    private struct Deviations {
        let name: String
        var values: [Double] = []

        mutating func add(_ parameter: FittedParameter, truth: Double) {
            values.append(log(parameter.value / truth) / (parameter.standardError / parameter.value))
        }

        /// What speaks against deviations of standard normal size, had the errors been `factor` times as large;
        /// nil if nothing does. By chance alone it is nil in more than 99.8 % of all cases.
        func objection(errors factor: Double = 1) -> String? {
            let count = Double(values.count)
            let hits = Double(values.count { abs($0 / factor) < 1.96 })
            // Three standard deviations below 95 %: 181 of 200.
            let least = 0.95 * count - 3 * (count * 0.95 * 0.05).squareRoot()
            if hits < least {
                return "\(name): the 95 % interval holds the truth in \(hits) of \(count) runs"
            }
            let square = values.reduce(0) { $0 + $1 * $1 / (factor * factor) } / count
            // Chi-square with `count` degrees of freedom, at 3.3 standard deviations either way. Source: Wilson and
            // Hilferty, PNAS 17 (1931).
            let spread = 2 / (9 * count)
            let bounds = [-3.3, 3.3].map { pow(1 - spread + $0 * spread.squareRoot(), 3) }
            if square < bounds[0] || square > bounds[1] {
                return "\(name): deviations are \(square.squareRoot()) standard errors in the mean, not 1"
            }
            return nil
        }
    }

    private static func check(_ deviations: [Deviations]) {
        for one in deviations {
            let objection = one.objection()
            #expect(objection == nil, "\(objection ?? "")")
            guard isLong else { continue }
            #expect(one.objection(errors: 0.7) != nil, "\(one.name): errors of 0.7 would pass")
            #expect(one.objection(errors: 1.3) != nil, "\(one.name): errors of 1.3 would pass")
        }
    }

    @Test(arguments: ModelFitTests.models)
    func `95 percent intervals of the churn parameters hold the truth in 95 of 100 simulations`(
        model: PurchaseModel
    ) throws {
        let truths = [model.r, model.alpha, model.a, model.b]
        var deviations = ["r", "alpha", "a", "b"].map { Deviations(name: "\(model.kind) \($0)") }
        for round in 0..<Self.rounds {
            var simulation = SimulatedCustomers(seed: UInt64(1_000 + round))
            let histories = simulation.histories(of: model, count: Self.customers, span: 78)
            let fit = try ModelFit.fit(model.kind, to: histories)
            for index in 0..<4 { deviations[index].add(fit.parameters[index], truth: truths[index]) }
        }
        Self.check(deviations)
    }

    @Test func `95 percent intervals of the spend parameters do too`() throws {
        let model = SpendModel(p: 6.25, q: 3.74, v: 15.44)
        let truths = [model.p, model.q, model.v]
        var deviations = ["p", "q", "v"].map { Deviations(name: $0) }
        for round in 0..<Self.rounds {
            var simulation = SimulatedCustomers(seed: UInt64(5_000 + round))
            let fit = try ModelFit.fit(simulation.spend(of: model, count: Self.customers / 4))
            for index in 0..<3 { deviations[index].add(fit.parameters[index], truth: truths[index]) }
        }
        Self.check(deviations)
    }
}
