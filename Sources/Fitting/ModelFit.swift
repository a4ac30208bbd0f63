import Glibc
public import Model

/// Why a model cannot be fitted: nothing that is to be mended by trying again.
public enum FitFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Fewer customers than parameters can be told from.
    case tooFewCustomers(count: Int, needed: Int)
    /// Nobody ordered twice.
    case noRepeatBuyers(customers: Int)
    /// Too few ordered twice.
    case tooFewRepeatBuyers(count: Int, needed: Int)
    /// The likelihood has no maximum at finite parameters, or none that stands out.
    case notDetermined(detail: String)
    /// The search did not end.
    case noConvergence

    /// What is wrong, and what to do about it.
    public var description: String {
        switch self {
        case .tooFewCustomers(let count, let needed):
            "too little data: \(count) customers with orders, at least \(needed) are needed; "
                + "give a longer log"
        case .noRepeatBuyers(let customers):
            "no repeat buyers: none of \(customers) customers ordered in two periods; "
                + "give a longer log or a shorter --merge"
        case .tooFewRepeatBuyers(let count, let needed):
            "too little data: \(count) repeat buyers, at least \(needed) are needed; give a longer log"
        case .notDetermined(let detail):
            "no convergence: \(detail); give a longer log, or try the other --model"
        case .noConvergence:
            "no convergence: the likelihood still rises after every start; "
                + "give a longer log, or try the other --model"
        }
    }
}

/// One fitted parameter.
public struct FittedParameter: Sendable, Equatable {
    /// Its name in the configuration.
    public let name: String
    /// The estimate.
    public let value: Double
    /// Its standard error, by the delta method from the logarithm.
    public let standardError: Double
}

/// A churn model at the greatest likelihood.
public struct PurchaseFit: Sendable {
    /// The model with the estimates.
    public let model: PurchaseModel
    /// r, alpha, a and b.
    public let parameters: [FittedParameter]
    /// Natural logarithm of the likelihood of all customers.
    public let logLikelihood: Double
    /// How many of the starts ended in this maximum, and how many there were.
    public let starts: (agreeing: Int, all: Int)
}

/// A Gamma-Gamma model at the greatest likelihood.
public struct SpendFit: Sendable {
    /// The model with the estimates.
    public let model: SpendModel
    /// p, q and v.
    public let parameters: [FittedParameter]
    /// Natural logarithm of the likelihood of all customers.
    public let logLikelihood: Double
}

/// Fits the models by maximum likelihood.
public enum ModelFit {
    /// With fewer customers four parameters say nothing. Source: rule of thumb, some ten cases a parameter.
    public static let customerCountMin = 50
    /// With fewer repeat buyers likewise.
    public static let repeatBuyerCountMin = 20
    /// Starts are tried on at most about this many customers; the best go on with all of them.
    private static let trialCustomerCount = 20_000
    /// Beyond e^12 a parameter has run away: the likelihood is flat there, and the estimate means nothing.
    private static let logLimit = 12.0

    /// Fits a churn model.
    public static func fit(_ kind: ChurnModel, to histories: PurchaseHistories) throws(FitFailure)
        -> PurchaseFit
    {
        guard histories.count >= customerCountMin else {
            throw .tooFewCustomers(count: histories.count, needed: customerCountMin)
        }
        let buyers = histories.repeatBuyerCount
        guard buyers > 0 else { throw .noRepeatBuyers(customers: histories.count) }
        guard buyers >= repeatBuyerCountMin else {
            throw .tooFewRepeatBuyers(count: buyers, needed: repeatBuyerCountMin)
        }
        // Times relative to the mean age, so that the starts are as good in seconds as in weeks.
        let meanAge = histories.ages.reduce(0, +) / Double(histories.count)
        guard meanAge > 0 else {
            throw .notDetermined(detail: "all orders lie at the end of the calibration")
        }
        let scaled = histories.scaled(by: 1 / meanAge)
        let objective = PurchaseLikelihood(kind: kind, histories: scaled)
        let best = try search(
            objective,
            trial: PurchaseLikelihood(kind: kind, histories: scaled.thinned(to: trialCustomerCount)),
            starts: purchaseStarts)
        let names = ["r", "alpha", "a", "b"]
        let errors = try logErrors(objective, best.outcome, names: names, customers: histories.count)
        var values = best.outcome.point.map { exp($0) }
        values[1] *= meanAge
        return PurchaseFit(
            model: PurchaseModel(kind: kind, r: values[0], alpha: values[1], a: values[2], b: values[3]),
            parameters: parameters(names, values, errors),
            // The density of the last order's time is per unit of time: back from the mean age to the
            // caller's unit.
            logLikelihood: -best.outcome.value * Double(histories.count)
                - Double(histories.repeatOrderCount) * log(meanAge),
            starts: (best.agreeing, purchaseStarts.count))
    }

    /// Fits the Gamma-Gamma model.
    public static func fit(_ histories: SpendHistories) throws(FitFailure) -> SpendFit {
        guard histories.count >= repeatBuyerCountMin else {
            throw .tooFewRepeatBuyers(count: histories.count, needed: repeatBuyerCountMin)
        }
        let objective = SpendLikelihood(histories: histories)
        let scale = log(histories.mean)
        let starts = [[1.0, 1.0, scale], [0, 1, scale], [2, 2, scale], [1, 2, scale + 2]]
        let trial = SpendLikelihood(histories: histories.thinned(to: trialCustomerCount))
        let best = try search(objective, trial: trial, starts: starts)
        let names = ["p", "q", "v"]
        let errors = try logErrors(
            objective, best.outcome, names: names, offsets: [0, 0, scale], customers: histories.count)
        let values = best.outcome.point.map { exp($0) }
        return SpendFit(
            model: SpendModel(p: values[0], q: values[1], v: values[2]),
            parameters: parameters(names, values, errors),
            logLikelihood: -best.outcome.value * Double(histories.count))
    }

    private static func parameters(
        _ names: [String], _ values: [Double], _ errors: [Double]
    ) -> [FittedParameter] {
        names.indices.map {
            FittedParameter(name: names[$0], value: values[$0], standardError: values[$0] * errors[$0])
        }
    }
}

extension ModelFit {
    /// Logarithms of r, alpha relative to the mean age, a and b: slow and quick buyers, loyal and fickle
    /// ones.
    private static let purchaseStarts: [[Double]] = [
        [0, 0, 0, 0], [-1, -2, -1, 1], [1, 1, 0, 1], [-2, -3, 1, 2], [0, -2, -2, -1], [-0.5, -1.5, 0, 3],
    ]

    /// Goes down from every start on the trial data, then on all data from each minimum found there.
    private static func search(
        _ objective: some Objective, trial: some Objective, starts: [[Double]]
    ) throws(FitFailure) -> (outcome: QuasiNewton.Outcome, agreeing: Int) {
        let optimiser = QuasiNewton()
        let trials = starts.map { optimiser.minimise(trial, from: $0) }.filter { $0.value.isFinite }
        guard let first = trials.min(by: { $0.value < $1.value }) else { throw .noConvergence }
        let agreeing = trials.count { $0.value - first.value < 1e-7 * max(abs(first.value), 1) }
        let outcome = optimiser.minimise(objective, from: first.point)
        guard outcome.value.isFinite else { throw .noConvergence }
        return (outcome, agreeing)
    }

    /// Standard errors of the logarithms, or why the minimum is none that says anything.
    private static func logErrors(
        _ objective: some Objective, _ outcome: QuasiNewton.Outcome, names: [String],
        offsets: [Double]? = nil,
        customers: Int
    ) throws(FitFailure) -> [Double] {
        for (index, name) in names.enumerated() {
            let value = outcome.point[index] - (offsets?[index] ?? 0)
            if abs(value) > logLimit {
                let end = value > 0 ? "infinity" : "0"
                throw .notDetermined(detail: "the likelihood keeps rising while \(name) goes to \(end)")
            }
        }
        guard outcome.hasConverged else { throw .noConvergence }
        guard let inverse = Curvature(of: objective, at: outcome.point).inverse() else {
            throw .notDetermined(detail: "the likelihood is flat around its maximum")
        }
        let errors = names.indices.map { sqrt(inverse[$0][$0] / Double(customers)) }
        // An error of e^3 either way: the data do not tell the parameter from any other.
        if let index = errors.firstIndex(where: { $0 > 3 }) {
            throw .notDetermined(detail: "the data say next to nothing about \(names[index])")
        }
        return errors
    }
}
