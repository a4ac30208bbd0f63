/// Where a value was set.
public enum SettingOrigin: Sendable, Equatable {
    /// Nowhere.
    case standard
    /// In a file, at a line counted from 1.
    case file(String, line: Int)
    /// By an environment variable.
    case environment(String)
    /// By `--set`.
    case override
}

extension SettingOrigin: CustomStringConvertible {
    /// `default`, `FILE:LINE`, `environment NAME` or `--set`.
    public var description: String {
        switch self {
        case .standard: "default"
        case .file(let path, let line): "\(path):\(line)"
        case .environment(let name): "environment \(name)"
        case .override: "--set"
        }
    }

    /// Later origins win over earlier ones; within a file, further down is later.
    var rank: (Int, Int) {
        switch self {
        case .standard: (0, 0)
        case .file(_, let line): (1, line)
        case .environment: (2, 0)
        case .override: (3, 0)
        }
    }
}

/// One thing that is wrong with a configuration.
public struct SettingsProblem: Sendable, Equatable {
    /// Where it was written; `default` for a file that cannot be read, which is named by the message.
    public var origin: SettingOrigin
    /// The key, empty if none is concerned.
    public var key: String
    /// What is wrong and what to write instead; holds no secret.
    public var message: String
}

extension SettingsProblem: CustomStringConvertible {
    /// `FILE:LINE: KEY: message`, `environment NAME: KEY: message` or `--set KEY: message`.
    public var description: String {
        switch origin {
        case .standard: key.isEmpty ? message : "\(key): \(message)"
        case .override: key.isEmpty ? "--set: \(message)" : "--set \(key): \(message)"
        default: key.isEmpty ? "\(origin): \(message)" : "\(origin): \(key): \(message)"
        }
    }
}

/// A configuration that was refused, with everything that is wrong with it. Exit code 78.
public struct SettingsError: Error, Sendable, Equatable {
    /// At least one problem, in the order file, environment, `--set`.
    public let problems: [SettingsProblem]

    init(_ problems: [SettingsProblem]) {
        precondition(!problems.isEmpty)
        // Stable: problems at the same place stay in the order in which they were found.
        self.problems = problems.enumerated().sorted {
            ($0.element.origin.rank.0, $0.element.origin.rank.1, $0.offset)
                < ($1.element.origin.rank.0, $1.element.origin.rank.1, $1.offset)
        }.map(\.element)
    }
}

extension SettingsError: CustomStringConvertible {
    /// One problem a line.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
