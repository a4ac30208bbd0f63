public import Logging
import Synchronization

/// The least severe level that is logged, for all loggers that share it; can be changed while they are used.
public final class LogLevelSwitch: Sendable {
    private let severity: Atomic<Int>

    /// Makes a switch.
    public init(_ level: Logger.Level) { severity = Atomic(Self.severity(of: level)) }

    /// The level; any thread.
    public var level: Logger.Level {
        get { Logger.Level.allCases[severity.load(ordering: .relaxed)] }
        set { severity.store(Self.severity(of: newValue), ordering: .relaxed) }
    }

    private static func severity(of level: Logger.Level) -> Int {
        Logger.Level.allCases.firstIndex(of: level) ?? 0
    }
}
