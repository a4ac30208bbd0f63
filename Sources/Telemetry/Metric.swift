/// What Prometheus is told of one quantity. Source: Prometheus, "Metric and label naming" and "Exposition formats".
public struct Metric: Sendable {
    /// How its values behave.
    public enum Kind: String, Sendable {
        /// Only grows, until the process ends.
        case counter
        /// Goes up and down.
        case gauge
        /// Buckets of durations.
        case histogram
    }

    /// What one value is counted in.
    public enum Unit: String, Sendable, CaseIterable {
        /// Durations and ages; the name ends in `_seconds`.
        case seconds
        /// Sizes; the name ends in `_bytes`.
        case bytes
        /// Events, records, customers: counted things, which the name says.
        case count
        /// 0 or 1, and shares.
        case ratio
    }

    /// The name, with the prefix `tetik_`.
    public var name: String
    /// How its values behave.
    public var kind: Kind
    /// What a value is counted in.
    public var unit: Unit
    /// One sentence for people.
    public var help: String
    /// The values of one status.
    let values: @Sendable (DaemonStatus) -> Values

    /// What one metric says at one moment.
    enum Values {
        case single(Double?)
        case labelled(String, [(label: String, value: Double?)])
        case info([(name: String, value: String)])
        case histogram(LatencyHistogram)
    }

    init(
        _ name: String, _ kind: Kind, _ unit: Unit, _ help: String,
        _ values: @escaping @Sendable (DaemonStatus) -> Values
    ) {
        self.name = "tetik_\(name)"
        self.kind = kind
        self.unit = unit
        self.help = help
        self.values = values
    }

    static func counter(
        _ name: String, _ help: String, _ value: @escaping @Sendable (DaemonStatus) -> Int64
    ) -> Metric {
        Metric("\(name)_total", .counter, .count, help) { .single(Double(value($0))) }
    }

    static func gauge(
        _ name: String, _ unit: Unit, _ help: String,
        _ value: @escaping @Sendable (DaemonStatus) -> Double?
    ) -> Metric {
        Metric(name, .gauge, unit, help) { .single(value($0)) }
    }

    /// One value for each shard; bounded by the partitions that are ours.
    static func shards(
        _ name: String, _ kind: Kind, _ unit: Unit, _ help: String,
        _ value: @escaping @Sendable (DaemonStatus.Shard) -> Double?
    ) -> Metric {
        Metric(name, kind, unit, help) { status in
            .labelled("shard", status.shards.map { ("\($0.partition)", value($0)) })
        }
    }
}
