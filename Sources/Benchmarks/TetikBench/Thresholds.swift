import Glibc

/// Figures that do not depend on the machine's noise, and how large they may be: a JSON object of numbers.
struct Thresholds {
    private static let rowNames = [
        "allocations_per_event": "allocations of the engine", "instructions_per_event": "instructions",
        "references_per_event": "retains and releases",
    ]

    private var maxima: [String: Double] = [:]

    init(path: String) throws {
        for name in Self.rowNames.keys {
            let text = Child.output(of: "grep -o '\"\(name)\": *[0-9.]*' \(path) | grep -o '[0-9.]*$'")
            guard let value = Double(text) else {
                throw Child.Failure(description: "\(path) has no \(name)")
            }
            maxima[name] = value
        }
    }

    /// Says which figures of the report are too large; those that were not measured hold.
    func hold(for report: Report) -> Bool {
        var isGood = true
        for (name, rowName) in Self.rowNames.sorted(by: { $0.key < $1.key }) {
            guard let value = report.value(of: rowName), let maximum = maxima[name], value > maximum else {
                continue
            }
            let text = "\(name): \(value), more than \(maximum)\n"
            _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
            isGood = false
        }
        return isGood
    }
}
