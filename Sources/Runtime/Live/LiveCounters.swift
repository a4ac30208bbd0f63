import Engine

/// What the daemon has counted since its start; kept per shard, summed when somebody asks.
public final class LiveCounters: @unchecked Sendable {
    // SAFETY: everything is inside the monitor.
    /// Sums over all shards since the start; of `customerCount` those of the shards that are here now.
    public struct Totals: Sendable, Equatable {
        /// Records read from the input topics.
        public var eventCount: Int64 = 0
        /// Those that went to the dead letters.
        public var rejectedCount: Int64 = 0
        /// Those of unknown types or without a value.
        public var ignoredCount: Int64 = 0
        /// Events applied, that repeated an id or order, and that came late.
        public var engine = EngineCounters()
        /// Records acknowledged on the trigger topics.
        public var triggerCount: Int64 = 0
        /// Dead letters acknowledged.
        public var deadLetterCount: Int64 = 0
        /// Input that retention removed before it was read, in records at most.
        public var lostCount: Int64 = 0
        /// Customers in memory.
        public var customerCount: Int64 = 0
    }

    private struct Shard {
        var engine = EngineCounters()
        var customerCount: Int64 = 0
    }

    private struct State {
        var sums = Totals()
        var shards: [Int32: Shard] = [:]
    }

    private let state = Monitor(State())
    /// What the same threads note besides.
    public let observer = DaemonObserver()

    /// Makes counters at 0.
    public init() {}

    /// Counts a round of a shard.
    ///
    /// - Parameter engine: what its engine has counted since the shard came here.
    func add(_ input: InputCounts, _ engine: EngineCounters, customerCount: Int, shard: Int32) {
        state.change { state in
            state.sums.eventCount += input.eventCount
            state.sums.rejectedCount += input.rejectedCount
            state.sums.ignoredCount += input.ignoredCount
            state.shards[shard] = Shard(engine: engine, customerCount: Int64(customerCount))
        }
        observer.noteInput(shard, input)
    }

    func addAcknowledged(triggers: Int, deadLetters: Int) {
        state.change { state in
            state.sums.triggerCount += Int64(triggers)
            state.sums.deadLetterCount += Int64(deadLetters)
        }
    }

    func addLost(_ count: Int64) { state.change { $0.sums.lostCount += count } }

    /// A shard goes: what it counted stays in the sums.
    func retire(shard: Int32) {
        state.change { state in
            guard let shard = state.shards.removeValue(forKey: shard) else { return }
            Self.add(shard.engine, to: &state.sums.engine)
        }
        observer.noteEnd(shard: shard)
    }

    /// The sums as they are.
    public var totals: Totals {
        state.read { state in
            var totals = state.sums
            for shard in state.shards.values {
                Self.add(shard.engine, to: &totals.engine)
                totals.customerCount += shard.customerCount
            }
            return totals
        }
    }

    private static func add(_ counters: EngineCounters, to sum: inout EngineCounters) {
        sum.appliedCount += counters.appliedCount
        sum.duplicateCount += counters.duplicateCount
        sum.lateCount += counters.lateCount
        sum.droppedItemCount += counters.droppedItemCount
    }
}

extension EngineCounters {
    /// What was counted after `before`, which is an older copy.
    func since(_ before: EngineCounters) -> EngineCounters {
        var counters = self
        counters.appliedCount -= before.appliedCount
        counters.duplicateCount -= before.duplicateCount
        counters.lateCount -= before.lateCount
        counters.droppedItemCount -= before.droppedItemCount
        return counters
    }
}
