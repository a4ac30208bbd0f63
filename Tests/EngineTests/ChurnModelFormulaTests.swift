@testable import Engine
import Model
import Primitives
import Testing

struct ChurnModelFormulaTests {
    private static let day: Int64 = 86_400_000

    /// The parameters of the CDNOW data in weeks. Source: Fader, Hardie and Lee 2005, table 2.
    private func published() -> ChurnRiskRules {
        var rules = ChurnRiskRules()
        rules.model = .bgNBD
        (rules.r, rules.alpha, rules.a, rules.b) = (0.243, 4.414, 0.793, 2.426)
        // Large units, so that whole milliseconds round nothing away of two decimals.
        rules.timeUnitMilliseconds = 10_000 * Self.day
        return rules
    }

    private func time(_ units: Double, _ rules: ChurnRiskRules) -> EventTime {
        EventTime(milliseconds: Int64((units * Double(rules.timeUnitMilliseconds)).rounded()))
    }

    @Test(
        arguments: [
            (2, 1.71, 38.86, 0.212101), (3, 30.43, 38.86, 0.726579), (8, 29.43, 38.86, 0.641756),
        ] as [(UInt32, Double, Double, Double)])
    func `P(alive) is that of the published model`(
        orderCount: UInt32, last: Double, now: Double, expected: Double
    ) {
        let rules = published()
        let probability = ChurnModelFormula(rules).probability(
            orderCount: orderCount, first: time(0, rules), last: time(last, rules), at: time(now, rules))
        #expect(abs(probability - expected) < 1e-6)
    }

    @Test(
        arguments: [
            (3, 30.43, 0.5, 62.491254), (8, 29.43, 0.3, 48.307560), (2, 1.71, 0.2, 41.513996),
        ] as [(UInt32, Double, Double, Double)])
    func `P(alive) falls to a threshold when the published model says`(
        orderCount: UInt32, last: Double, threshold: Double, expected: Double
    ) {
        var rules = published()
        rules.timeUnitMilliseconds = 100 * Self.day
        rules.watchThreshold = threshold
        let crossing = ChurnModelFormula(rules).crossing(
            to: .watch, orderCount: orderCount, first: time(0, rules), last: time(last, rules))
        let units = Double(crossing.milliseconds) / Double(rules.timeUnitMilliseconds)
        #expect(abs(units - expected) < 1e-6)
    }

    @Test func `the probability has fallen at the crossing, and not a millisecond before`() {
        var random = RandomStream(seed: 3)
        for round in 0..<2_000 {
            var rules = ChurnRiskRules()
            rules.model = random.chance(0.5) ? .mbgNBD : .bgNBD
            rules.r = 0.1 + random.unit() * 2
            rules.alpha = 0.5 + random.unit() * 10
            rules.a = 0.2 + random.unit() * 2
            rules.b = 0.2 + random.unit() * 3
            rules.timeUnitMilliseconds = 7 * Self.day
            rules.atRiskThreshold = 0.2 + random.unit() * 0.6
            let formula = ChurnModelFormula(rules)
            let first = EventTime(milliseconds: 1_767_225_600_000)
            let count = UInt32(2 + random.index(below: 20))
            let last = first + Int64(random.index(below: 400)) * Self.day
            let crossing = formula.crossing(to: .atRisk, orderCount: count, first: first, last: last)
            guard crossing != .never, crossing > last else { continue }
            let after = formula.probability(orderCount: count, first: first, last: last, at: crossing)
            let before = formula.probability(orderCount: count, first: first, last: last, at: crossing - 1)
            // The last bits of pow are no part of the promise.
            let isRight = after <= rules.atRiskThreshold + 1e-12 && before >= rules.atRiskThreshold - 1e-12
            #expect(isRight, "seed 3, round \(round): \(before), \(after), \(rules)")
            if !isRight { return }
        }
    }

    @Test func `parameters at their edges give a time or none, and never trap`() {
        for r in [0x1p-1074, 1e-9, 1, 1e9, 1e308] {
            for a in [0x1p-1074, 1, 1e308] {
                for threshold in [0x1p-1074, 1e-9, 0.5, 1 - 0x1p-53] {
                    var rules = ChurnRiskRules()
                    (rules.r, rules.alpha, rules.a, rules.b) = (r, a, a, r)
                    rules.watchThreshold = threshold
                    rules.timeUnitMilliseconds = 36_500 * Self.day
                    for count in [UInt32(1), 2, .max] {
                        let formula = ChurnModelFormula(rules)
                        let crossing = formula.crossing(
                            to: .watch, orderCount: count, first: .earliest, last: .latest)
                        #expect(crossing == .never || crossing == .distantPast || crossing <= .latest)
                    }
                }
            }
        }
    }
}
