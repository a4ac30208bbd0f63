public import Primitives

/// Everything of the configuration that decides which records come out. Durations are milliseconds.
public struct Rules: Sendable, Equatable {
    /// Currency of events that name none, and of `spend`.
    public var currency: Currency
    /// How long after the watermark an event may come: `event_time.allowed_lateness`.
    public var allowedLatenessMilliseconds: Int64
    /// How far `ts` may lie past the record's own timestamp: `event_time.max_ahead`.
    public var aheadMillisecondsMax: Int64
    /// Whether mail needs a grant: `rules.email_consent`.
    public var emailConsent: EmailConsent
    /// `rules.abandoned_cart`.
    public var abandonedCart: AbandonedCartRules
    /// `rules.churn_risk`.
    public var churnRisk: ChurnRiskRules
    /// `rules.ad_suppression`.
    public var adSuppression: AdSuppressionRules
    /// `rules.value`.
    public var value: ValueRules

    /// The defaults. Source: contract, section 9.
    public init() {
        currency = Currency("TRY") ?? .absent
        allowedLatenessMilliseconds = 10_000
        aheadMillisecondsMax = 60_000
        emailConsent = .assumed
        abandonedCart = AbandonedCartRules()
        churnRisk = ChurnRiskRules()
        adSuppression = AdSuppressionRules()
        value = ValueRules()
    }
}

/// Whether a customer who said nothing may be mailed.
public enum EmailConsent: String, Sendable, CaseIterable {
    /// May be mailed until withdrawn.
    case assumed
    /// May be mailed only after a grant.
    case explicit
}

/// When a cart counts as abandoned. Source: contract, section 3.
public struct AbandonedCartRules: Sendable, Equatable {
    /// `enabled`.
    public var isEnabled = true
    /// `steps`: strictly rising, at least one, each at least 1 ms.
    public var stepMilliseconds: [Int64] = [3_600_000, 86_400_000, 259_200_000]
    /// `min_value`: carts worth less emit nothing.
    public var minValue = Money.zero
    /// `cooldown` between two first steps, at least 1 ms.
    public var cooldownMilliseconds: Int64 = 86_400_000
    /// `recovery_window` after a record in which an order is a recovery.
    public var recoveryWindowMilliseconds: Int64 = 5 * 86_400_000

    /// The defaults. Source: contract, section 9.
    public init() {}
}

/// Which formula gives P(alive). Source: contract, section 4.
public enum ChurnModel: String, Sendable, CaseIterable {
    /// Batislam, Denizel and Filiztekin 2007.
    case mbgNBD = "mbg_nbd"
    /// Fader, Hardie and Lee 2005.
    case bgNBD = "bg_nbd"
}

/// How deep in risk a customer is, from shallow to deep.
public enum ChurnLevel: UInt8, Sendable, Comparable, CaseIterable {
    case none, watch, atRisk, lost

    /// As it is written in records and configuration.
    public var name: StaticString {
        switch self {
        case .none: "none"
        case .watch: "watch"
        case .atRisk: "at_risk"
        case .lost: "lost"
        }
    }

    /// Shallower levels come first.
    @inlinable
    public static func < (left: ChurnLevel, right: ChurnLevel) -> Bool { left.rawValue < right.rawValue }
}

/// When a customer is about to leave. Source: contract, section 4.
public struct ChurnRiskRules: Sendable, Equatable {
    /// `enabled`.
    public var isEnabled = true
    /// `model`.
    public var model = ChurnModel.mbgNBD
    /// `parameters.r`, above 0.
    public var r = 0.525
    /// `parameters.alpha` in time units, above 0.
    public var alpha = 6.183
    /// `parameters.a`, above 0.
    public var a = 0.891
    /// `parameters.b`, above 0.
    public var b = 1.614
    /// `time_unit`, the unit of the formulas' times.
    public var timeUnitMilliseconds: Int64 = 7 * 86_400_000
    /// `merge`: orders of one period count once; at least 1 ms.
    public var mergeMilliseconds: Int64 = 86_400_000
    /// `min_orders`: below it a customer has no level.
    public var orderCountMin: UInt32 = 1
    /// `levels.watch`, `levels.at_risk`, `levels.lost`: falling, between 0 and 1.
    public var watchThreshold = 0.5
    /// See `watchThreshold`.
    public var atRiskThreshold = 0.3
    /// See `watchThreshold`.
    public var lostThreshold = 0.1

    /// The defaults. Source: contract, section 9.
    public init() {}

    /// The probability at which `level` begins; 1 for `none`.
    @inlinable
    public func threshold(of level: ChurnLevel) -> Double {
        switch level {
        case .none: 1
        case .watch: watchThreshold
        case .atRisk: atRiskThreshold
        case .lost: lostThreshold
        }
    }
}

/// When a customer is not to see ads. Source: contract, section 5.
public struct AdSuppressionRules: Sendable, Equatable {
    /// `enabled`.
    public var isEnabled = true
    /// `recent_purchase` after the newest order.
    public var recentPurchaseMilliseconds: Int64 = 14 * 86_400_000
    /// `churn_level` from which on a customer is suppressed; never `none`.
    public var churnLevel = ChurnLevel.atRisk
    /// `ad_fatigue.clicks`, 2 to 8.
    public var fatigueClickCount = 5
    /// `ad_fatigue.window`.
    public var fatigueWindowMilliseconds: Int64 = 7 * 86_400_000
    /// `ad_fatigue.cool_off`.
    public var fatigueCoolOffMilliseconds: Int64 = 7 * 86_400_000

    /// The defaults. Source: contract, section 9.
    public init() {}
}
