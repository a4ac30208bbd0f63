/// Which shards are still doing again what their journals say, and how much of it is left.
final class RecoveryProgress: @unchecked Sendable {
    // SAFETY: everything is inside the monitor.
    private struct State {
        var left: [Int32: Int64] = [:]
        var total: Int64 = 0
        var startedAt: Int64?
    }

    /// How far it is; nil when there is nothing to recover.
    struct Summary: Sendable, Equatable {
        var shardCount: Int
        var inputCountLeft: Int64
        var inputCount: Int64
        var milliseconds: Int64
    }

    private let state = Monitor(State())

    /// A shard begins to recover.
    func begin(_ partition: Int32, inputCount: Int64) {
        state.change { state in
            if state.left.isEmpty {
                state.total = 0
                state.startedAt = SystemClock.monotonicMilliseconds()
            }
            state.left[partition] = inputCount
            state.total += inputCount
        }
    }

    /// So much is left of a shard; 0: it is done.
    func note(_ partition: Int32, inputCountLeft: Int64) {
        state.change { $0.left[partition] = inputCountLeft > 0 ? inputCountLeft : nil }
    }

    /// A shard is ours no longer.
    func end(_ partition: Int32) { state.change { $0.left[partition] = nil } }

    /// How far it is; nil when there is nothing to recover.
    var summary: Summary? {
        state.read { state in
            guard !state.left.isEmpty else { return nil }
            return Summary(
                shardCount: state.left.count, inputCountLeft: state.left.values.reduce(0, +),
                inputCount: state.total,
                milliseconds: SystemClock.monotonicMilliseconds() - (state.startedAt ?? 0))
        }
    }

    /// Milliseconds since the latest recovery began, whether or not it is over; nil before the first.
    var millisecondsSinceStart: Int64? {
        state.read { $0.startedAt.map { SystemClock.monotonicMilliseconds() - $0 } }
    }
}
