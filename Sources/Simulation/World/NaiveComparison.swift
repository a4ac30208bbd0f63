import NaiveModel
import Settings

/// Holds what was committed against the naive model of the contract, which shares no code with the engine.
enum NaiveComparison {
    static func difference(_ checker: Checker, _ settings: Settings) -> String? {
        guard let config = try? NaiveConfig(yaml: RandomSettings.yaml(settings.rules)) else {
            return "the naive model does not read the configuration"
        }
        var wanted: [String: [String]] = [:]
        for line in NaiveModel.replay(content: checker.log, config: config, until: nil).triggers {
            wanted[name(line), default: []].append(line)
        }
        var found: [String: [String]] = [:]
        for lines in checker.triggers().values {
            for line in lines { found[name(line), default: []].append(line) }
        }
        for key in Set(wanted.keys).union(found.keys).sorted() where wanted[key] != found[key] {
            return "\(key): \(found[key] ?? []) committed, the naive model says \(wanted[key] ?? [])"
        }
        return nil
    }

    /// Type and customer of a record, as they stand in it.
    private static func name(_ line: String) -> String {
        line.split(separator: ",").filter { $0.hasPrefix("\"type\"") || $0.hasPrefix("\"customer\"") }
            .joined(separator: ",")
    }
}
