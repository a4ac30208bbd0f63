import Yams

/// The keys of the configuration that decide which records come out; durations are milliseconds.
public struct NaiveConfig: Sendable {
    enum ChurnModel: String { case mbgNBD = "mbg_nbd", bgNBD = "bg_nbd" }

    var currency: Bytes = Bytes("TRY".utf8)
    var allowedLateness: Int64 = 10_000
    var maxAhead: Int64 = 60_000
    var emailConsentIsExplicit = false

    var cartEnabled = true
    var steps: [Int64] = [3_600_000, 86_400_000, 259_200_000]
    /// In ten thousandths.
    var minValue: Int64 = 0
    var cooldown: Int64 = 86_400_000
    var recoveryWindow: Int64 = 5 * 86_400_000

    var churnEnabled = true
    var churnModel = ChurnModel.mbgNBD
    var r = 0.525
    var alpha = 6.183
    var a = 0.891
    var b = 1.614
    var timeUnit: Int64 = 7 * 86_400_000
    var merge: Int64 = 86_400_000
    var minOrders = 1
    /// The thresholds of `watch`, `at_risk` and `lost`.
    var thresholds = [0.5, 0.3, 0.1]

    var suppressionEnabled = true
    var recentPurchase: Int64 = 14 * 86_400_000
    var churnLevel = NaiveLevel.atRisk
    var fatigueClicks = 5
    var fatigueWindow: Int64 = 7 * 86_400_000
    var fatigueCoolOff: Int64 = 7 * 86_400_000

    /// What is wrong with a configuration, in words.
    public struct Invalid: Error {
        /// The key, and its value if it has one.
        public let description: String
    }

    /// Reads a configuration; what it leaves out has the default of the contract, section 9.
    public init(yaml: String) throws {
        guard let root = try Yams.compose(yaml: yaml) else { return }
        try read(root, path: "")
    }

    private mutating func read(_ node: Node, path: String) throws {
        guard let mapping = node.mapping else {
            let values = node.sequence.map { Array($0) } ?? [node]
            return try set(path, try values.map { try Self.text(of: $0, path) })
        }
        for (key, value) in mapping {
            let name = try Self.text(of: key, path)
            try read(value, path: path.isEmpty ? name : path + "." + name)
        }
    }

    private static func text(of node: Node, _ path: String) throws -> String {
        guard let scalar = node.scalar else { throw Invalid(description: path) }
        return scalar.string
    }

    private mutating func set(_ path: String, _ values: [String]) throws {
        guard let value = values.first else { throw Invalid(description: path) }
        let invalid = Invalid(description: "\(path): \(value)")
        func duration(_ text: String) throws -> Int64 {
            let units: [(String, Int64)] = [
                ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
            ]
            for (unit, milliseconds) in units where text.hasSuffix(unit) {
                if let count = Int64(text.dropLast(unit.count)) { return count * milliseconds }
            }
            throw invalid
        }
        func number() throws -> Double {
            guard let number = Double(value) else { throw invalid }
            return number
        }
        func integer() throws -> Int {
            guard let number = Int(value) else { throw invalid }
            return number
        }
        switch path {
        case "currency": currency = Bytes(value.utf8)
        case "event_time.allowed_lateness": allowedLateness = try duration(value)
        case "event_time.max_ahead": maxAhead = try duration(value)
        case "rules.email_consent": emailConsentIsExplicit = value == "explicit"
        case "rules.abandoned_cart.enabled": cartEnabled = value == "true"
        case "rules.abandoned_cart.steps": steps = try values.map(duration)
        case "rules.abandoned_cart.min_value": minValue = try DecimalNumber(Bytes(value.utf8)).money()
        case "rules.abandoned_cart.cooldown": cooldown = try duration(value)
        case "rules.abandoned_cart.recovery_window": recoveryWindow = try duration(value)
        case "rules.churn_risk.enabled": churnEnabled = value == "true"
        case "rules.churn_risk.model":
            guard let model = ChurnModel(rawValue: value) else { throw invalid }
            churnModel = model
        case "rules.churn_risk.parameters.r": r = try number()
        case "rules.churn_risk.parameters.alpha": alpha = try number()
        case "rules.churn_risk.parameters.a": a = try number()
        case "rules.churn_risk.parameters.b": b = try number()
        case "rules.churn_risk.time_unit": timeUnit = try duration(value)
        case "rules.churn_risk.merge": merge = try duration(value)
        case "rules.churn_risk.min_orders": minOrders = try integer()
        case "rules.churn_risk.levels.watch": thresholds[0] = try number()
        case "rules.churn_risk.levels.at_risk": thresholds[1] = try number()
        case "rules.churn_risk.levels.lost": thresholds[2] = try number()
        case "rules.ad_suppression.enabled": suppressionEnabled = value == "true"
        case "rules.ad_suppression.recent_purchase": recentPurchase = try duration(value)
        case "rules.ad_suppression.churn_level":
            guard let level = NaiveLevel(name: value) else { throw invalid }
            churnLevel = level
        case "rules.ad_suppression.ad_fatigue.clicks": fatigueClicks = try integer()
        case "rules.ad_suppression.ad_fatigue.window": fatigueWindow = try duration(value)
        case "rules.ad_suppression.ad_fatigue.cool_off": fatigueCoolOff = try duration(value)
        default: throw invalid
        }
    }
}
