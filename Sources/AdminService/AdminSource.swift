public import Runtime
public import Settings
public import Telemetry

/// What the admin service shows: a daemon, seen through plain values that anyone may ask for at any time.
public struct AdminSource: Sendable {
    /// The daemon's notes.
    public let observer: DaemonObserver
    /// The rules that explanations name: those of now, since they may change while the daemon runs.
    public let rules: @Sendable () -> RulesOfReport
    /// Whether log lines name customers as they are, rather than by a hash.
    public let namesCustomers: Bool
    /// Everything that can be seen of the daemon, at this moment; takes microseconds.
    public let status: @Sendable () -> DaemonStatus

    /// Shows `daemon`, which runs with `settings`.
    public init(_ daemon: Daemon, _ settings: Settings) {
        observer = daemon.observer
        rules = { daemon.rulesOfReport }
        namesCustomers = settings.log.customers == .plain
        status = { daemon.status }
    }

    /// Shows what is given, without a daemon.
    public init(
        observer: DaemonObserver, rules: RulesOfReport, status: @escaping @Sendable () -> DaemonStatus
    ) {
        self.observer = observer
        self.rules = { rules }
        namesCustomers = false
        self.status = status
    }
}
