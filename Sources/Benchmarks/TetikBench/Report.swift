/// The figures of one call, as a table or as JSON.
struct Report {
    /// One figure.
    struct Row {
        var name: String
        var value: Double
        var unit: String
        /// What the figure is to be; nil where there is no goal.
        var goal: String?
    }

    var machine: String
    var commit: String
    private(set) var rows: [Row] = []

    init(machine: String, commit: String) {
        self.machine = machine
        self.commit = commit
    }

    mutating func add(_ name: String, _ value: Double, _ unit: String, goal: String? = nil) {
        rows.append(Row(name: name, value: value, unit: unit, goal: goal))
    }

    func value(of name: String) -> Double? { rows.first { $0.name == name }?.value }

    var table: String {
        var text = "machine: \(machine)\ncommit:  \(commit)\n\n"
        let width = rows.map(\.name.count).max() ?? 0
        for row in rows {
            text += row.name + String(repeating: " ", count: width - row.name.count + 2)
            let number = Self.number(row.value)
            text += String(repeating: " ", count: max(12 - number.count, 0)) + number + " " + row.unit
            if let goal = row.goal { text += "   (goal: \(goal))" }
            text += "\n"
        }
        return text
    }

    var json: String {
        let items = rows.map { row in
            let goal = row.goal.map { ",\"goal\":\"\($0)\"" } ?? ""
            return
                "{\"name\":\"\(row.name)\",\"value\":\(Self.number(row.value)),\"unit\":\"\(row.unit)\"\(goal)}"
        }
        let head = "{\"machine\":\"\(machine)\",\"commit\":\"\(commit)\",\"rows\":["
        return head + items.joined(separator: ",") + "]}\n"
    }

    /// Three decimals below 100, none above.
    private static func number(_ value: Double) -> String {
        value >= 100 ? "\(Int(value.rounded()))" : "\((value * 1_000).rounded() / 1_000)"
    }
}
