import Glibc
import Model
import Primitives

/// P(alive) of the MBG/NBD and BG/NBD models, and when it falls to a threshold, in closed form.
///
/// Source: contract, section 4 (Batislam, Denizel and Filiztekin 2007; Fader, Hardie and Lee 2005). The order
/// of the floating-point operations is part of the contract's "same bytes": it is that of the formulas there.
struct ChurnModelFormula {
    private let rules: ChurnRiskRules
    private let unit: Double

    init(_ rules: ChurnRiskRules) {
        self.rules = rules
        unit = Double(rules.timeUnitMilliseconds)
    }

    /// `b + x` or `b + x - 1`; nil where the model says 1 for ever.
    private func weight(repeats x: Double) -> Double? {
        switch rules.model {
        case .mbgNBD: rules.b + x
        case .bgNBD: x > 0 ? rules.b + x - 1 : nil
        }
    }

    /// The probability that the customer is still one at `time`, for `orderCount` orders from `first` to `last`.
    func probability(orderCount: UInt32, first: EventTime, last: EventTime, at time: EventTime) -> Double {
        let x = Double(orderCount) - 1
        guard let weight = weight(repeats: x) else { return 1 }
        let tx = Double(last - first) / unit
        let t = Double(time - first) / unit
        let ratio = (rules.alpha + t) / (rules.alpha + tx)
        return 1 / (1 + rules.a / weight * pow(ratio, rules.r + x))
    }

    /// When the probability falls to that of `level`; `never` if not before 2100, `distantPast` if before 1970.
    func crossing(to level: ChurnLevel, orderCount: UInt32, first: EventTime, last: EventTime) -> EventTime {
        let x = Double(orderCount) - 1
        guard let weight = weight(repeats: x) else { return .never }
        let tx = Double(last - first) / unit
        let odds = 1 / rules.threshold(of: level) - 1
        let time = (rules.alpha + tx) * pow(odds * weight / rules.a, 1 / (rules.r + x)) - rules.alpha
        let milliseconds = (unit * time).rounded(.up)
        let latest = Double(EventTime.latest - first)
        guard milliseconds <= latest else { return .never }
        let crossing = first.milliseconds + Int64(max(milliseconds, -Double(first.milliseconds)))
        return crossing > 0 ? EventTime(milliseconds: crossing) : .distantPast
    }
}
