public import Model
import Settings
public import Telemetry

extension Daemon {
    /// What its threads note, for those who look on.
    public var observer: DaemonObserver { counters.observer }

    /// Takes on other rules between two batches, without a restart.
    ///
    /// - Returns: whether they hold from now on; if not, they do after a restart.
    public func reloadRules(_ newRules: Rules) -> Bool {
        var changed = rules.current
        if changed.rules == newRules { return true }
        changed.rules = newRules
        return rules.change(changed)
    }

    /// The rules in force, for explanations.
    public var rulesOfReport: RulesOfReport { RulesOfReport(rules.current.rules) }

    private var observedIdentity: DaemonObserver.Identity {
        var present = settings
        present.rules = rules.current.rules
        return DaemonObserver.Identity(present)
    }

    /// Everything that can be seen of it, at this moment.
    public var status: DaemonStatus {
        observer.status(counters.totals, observedIdentity)
    }
}
