import Settings

/// The rules that new and running shards are to go by; they may change while the daemon runs.
final class RulesInForce: @unchecked Sendable {
    // SAFETY: everything is inside the monitor.
    private struct State {
        var rules: SequenceRules
        var loops: [ShardLoop] = []
    }

    private let state: Monitor<State>

    init(_ settings: Settings) { state = Monitor(State(rules: SequenceRules(settings))) }

    /// The rules of now.
    var current: SequenceRules { state.read { $0.rules } }

    /// Says which loops are to be told.
    func attach(_ loops: [ShardLoop]) { state.change { $0.loops = loops } }

    /// Has all shards go by other rules from their next step on.
    ///
    /// - Returns: false if nothing runs that could be told.
    func change(_ rules: SequenceRules) -> Bool {
        let loops = state.change { state in
            state.rules = rules
            return state.loops
        }
        for loop in loops { loop.change(rules: rules) }
        return !loops.isEmpty
    }
}
