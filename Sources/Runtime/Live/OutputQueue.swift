/// The bounded way from the shards to the output thread.
///
/// A shard keeps a batch open over many steps. The output thread asks for the open ones when it is time to commit;
/// shards hand a full one over by themselves. A shard that finds no empty batch waits, and so stops reading.
final class OutputQueue: @unchecked Sendable {
    // SAFETY: everything is inside the monitor.
    private struct State {
        var empty: [OutputBatch]
        var filled: [OutputBatch] = []
        /// How often the output thread asked for open batches, and up to which time each shard loop has answered.
        var requestNumber: UInt64 = 0
        var answers: [Int: UInt64] = [:]
        var isUrgent = false
        /// Whether some shard holds something that must be committed.
        var hasNews = false
        var isClosed = false
    }

    /// What came of asking for an empty batch.
    enum Empty {
        case batch(OutputBatch)
        /// The output thread wants the open ones first.
        case requested
        /// None was free in time.
        case none
    }

    /// Full batches under way, beside one open batch a shard.
    private static let batchCountMax = 32

    private let state: Monitor<State>

    /// Makes a queue for so many shards. BOUND: a batch for each to fill and one that is written ahead, and
    /// `batchCountMax` more.
    init(shardCount: Int) {
        let count = Self.batchCountMax + 2 * shardCount
        state = Monitor(State(empty: (0..<count).map { _ in OutputBatch() }))
    }

    /// Waits up to `milliseconds` for an empty batch, unless a request after number `seen` comes first.
    ///
    /// Having to wait for one makes the output thread commit at once.
    func takeEmpty(milliseconds: Int64, seen: UInt64) -> Empty {
        state.wait(milliseconds: milliseconds) { state in
            if let batch = state.empty.popLast() { return .batch(batch) }
            state.isUrgent = true
            return state.requestNumber > seen ? .requested : nil
        } ?? .none
    }

    /// The number of the output thread's latest request.
    var requestNumber: UInt64 { state.read { $0.requestNumber } }

    /// A shard loop has handed over what was open when it saw this request.
    func answer(_ loop: Int, _ number: UInt64) { state.change { $0.answers[loop] = number } }

    func put(_ batch: OutputBatch) { state.change { $0.filled.append(batch) } }

    func giveBack(_ batch: OutputBatch) {
        batch.removeAll()
        state.change { $0.empty.append(batch) }
    }

    /// Puts batches back to the front, in order: they belong to the next transaction.
    func putBack(_ batches: [OutputBatch]) {
        guard !batches.isEmpty else { return }
        state.change { $0.filled.insert(contentsOf: batches, at: 0) }
    }

    /// Has the next transaction begin now rather than at its time.
    func hurry() { state.change { $0.isUrgent = true } }

    /// A shard holds something that must be committed.
    func noteNews() {
        if state.read({ $0.hasNews }) { return }
        state.change { $0.hasNews = true }
    }

    /// Waits up to `milliseconds`, or until a shard waits for an empty batch, or the end; returns whether it was for
    /// one of these.
    func waitForUrgency(milliseconds: Int64) -> Bool {
        state.wait(milliseconds: milliseconds) { $0.isUrgent || $0.isClosed ? () : nil } != nil
    }

    /// Waits up to `milliseconds` for something to commit; false if there is nothing.
    func waitForNews(milliseconds: Int64) -> Bool {
        state.wait(milliseconds: milliseconds) { state in
            state.hasNews || state.isUrgent || state.isClosed || !state.filled.isEmpty ? () : nil
        } != nil
    }

    /// Asks `loopCount` shard loops for their open batches, by `wake`, and waits a little for their answers.
    ///
    /// - Returns: all batches that are waiting then, in the order of each shard.
    func collect(loopCount: Int, withinMilliseconds milliseconds: Int64, wake: () -> Void) -> [OutputBatch] {
        let number = state.change { state in
            state.isUrgent = false
            state.hasNews = false
            state.requestNumber += 1
            return state.requestNumber
        }
        wake()
        _ = state.wait(milliseconds: milliseconds) { state in
            state.isClosed || (0..<loopCount).allSatisfy { state.answers[$0] ?? 0 >= number } ? () : nil
        }
        return state.change { state in
            defer { state.filled = [] }
            return state.filled
        }
    }

    /// Says that nothing more is put in.
    func close() { state.change { $0.isClosed = true } }

    /// Whether it is closed and everything was taken.
    var isFinished: Bool { state.read { $0.isClosed && $0.filled.isEmpty } }
}
