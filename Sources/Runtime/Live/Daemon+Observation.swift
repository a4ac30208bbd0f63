public import Model
import Settings
public import Telemetry

extension Daemon {
    /// What its threads note, for those who look on.
    public var observer: DaemonObserver { counters.observer }

    /// Takes on other rules between two batches, without a restart.
    ///
    /// - Returns: whether they hold from now on; if not, they do after a restart.
    public func reloadRules(_ rules: Rules) -> Bool { observedIdentity.isSameRules(rules) }

    /// Everything that can be seen of it, at this moment.
    public var status: DaemonStatus {
        observer.status(counters.totals, observedIdentity)
    }
}
