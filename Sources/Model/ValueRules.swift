public import Primitives

/// Classes of customers by value, from low to high.
public enum ValueTier: UInt8, Sendable, Comparable, CaseIterable {
    case bronze, silver, gold

    /// As it is written in records and configuration.
    public var name: StaticString {
        switch self {
        case .bronze: "bronze"
        case .silver: "silver"
        case .gold: "gold"
        }
    }

    /// Lower tiers come first.
    @inlinable
    public static func < (left: ValueTier, right: ValueTier) -> Bool { left.rawValue < right.rawValue }
}

/// What customers are worth. Off, it changes nothing. Source: README, "Customer value".
public struct ValueRules: Sendable, Equatable {
    /// `enabled`.
    public var isEnabled = false
    /// `parameters.p`, above 0; with `q` above 1. Source of the three: CDNOW, Fader and Hardie 2013.
    public var p = 6.25
    /// `parameters.q`, above 0.
    public var q = 3.74
    /// `parameters.v` in major units of the configured currency, above 0.
    public var v = 15.44
    /// `horizon`: how far ahead orders are expected, 1 day to 3,650 days.
    public var horizonMilliseconds: Int64 = 365 * 86_400_000
    /// `discount` per year, 0 to 1.
    public var discount = 0.1
    /// `margin`: the share of an order's value that counts, 0 to 1.
    public var margin = 1.0
    /// `tiers.gold`: from this value on.
    public var goldBound = Money(tenThousandths: 5_000_000)
    /// `tiers.silver`: from this value on, below that of gold.
    public var silverBound = Money(tenThousandths: 1_000_000)

    /// The defaults.
    public init() {}

    /// The tier of a customer of this value.
    @inlinable
    public func tier(of value: Money) -> ValueTier {
        if value >= goldBound { return .gold }
        return value >= silverBound ? .silver : .bronze
    }
}
