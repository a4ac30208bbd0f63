import Model
import Settings

/// What decides how a sequence is processed, as journal and snapshots keep it: the rules and the input topics.
struct SequenceRules: Equatable {
    private static let inputsKey = "topics.inputs="

    var rules: Rules
    /// The order decides between events of the same time.
    var inputs: [String]

    init(_ settings: Settings) {
        rules = settings.rules
        inputs = settings.topics.inputs
    }

    /// Reads what `text` wrote.
    init(text: String) throws(SettingsError) {
        let lines = text.split(separator: "\n")
        let own = lines.filter { !$0.hasPrefix(Self.inputsKey) }
        rules = try Rules(canonicalText: own.joined(separator: "\n"))
        inputs =
            lines.first { $0.hasPrefix(Self.inputsKey) }.map {
                $0.dropFirst(Self.inputsKey.count).split(separator: ",").map(String.init)
            } ?? []
    }

    var text: String { "\(rules.canonicalText)\(Self.inputsKey)\(inputs.joined(separator: ","))\n" }

    /// Each line of `other` that is not the same here, for the log.
    func differences(from other: SequenceRules) -> String {
        let before = Set(other.text.split(separator: "\n"))
        return text.split(separator: "\n").filter { !before.contains($0) }.joined(separator: ", ")
    }
}
