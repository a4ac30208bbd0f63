/// Writes a status as Prometheus reads it. Source: Prometheus, "Exposition formats", text format 0.0.4.
public enum MetricsText {
    /// The content type of `text(of:)`.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Every metric of the catalogue: HELP, TYPE, and the values that are known.
    public static func text(of status: DaemonStatus) -> String {
        var text = ""
        text.reserveCapacity(16_384)
        for metric in Metric.catalogue {
            text += "# HELP \(metric.name) \(metric.help)\n# TYPE \(metric.name) \(metric.kind.rawValue)\n"
            switch metric.values(status) {
            case .single(let value): add(metric.name, "", value, to: &text)
            case .labelled(let label, let values):
                for (name, value) in values {
                    add(metric.name, "{\(label)=\"\(escaped(name))\"}", value, to: &text)
                }
            case .info(let labels):
                let list = labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",")
                add(metric.name, "{\(list)}", 1, to: &text)
            case .histogram(let histogram): add(metric.name, histogram, to: &text)
            }
        }
        return text
    }

    private static func add(_ name: String, _ labels: String, _ value: Double?, to text: inout String) {
        guard let value else { return }
        text += "\(name)\(labels) \(number(value))\n"
    }

    private static func add(_ name: String, _ histogram: LatencyHistogram, to text: inout String) {
        var count: Int64 = 0
        for (bucket, bound) in LatencyHistogram.boundsMicroseconds.enumerated() {
            count += histogram.counts[bucket]
            text += "\(name)_bucket{le=\"\(number(Double(bound) / 1_000_000))\"} \(count)\n"
        }
        text += "\(name)_bucket{le=\"+Inf\"} \(histogram.count)\n"
        text += "\(name)_sum \(number(Double(histogram.sumMicroseconds) / 1_000_000))\n"
        text += "\(name)_count \(histogram.count)\n"
    }

    /// Whole numbers without a fraction; a counter beyond 2^53 loses digits, as Prometheus itself does.
    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 0x1p53 ? "\(Int64(value))" : "\(value)"
    }

    private static func escaped(_ label: String) -> String {
        label.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
