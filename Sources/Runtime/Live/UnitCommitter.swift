import Coordination

/// Commits what shards have handed over, one unit after another, and says so to everyone who waits for it.
///
/// Isolation: the output thread.
struct UnitCommitter {
    private let queue: OutputQueue
    private let board: ShardBoard
    private let builder: CommitUnitBuilder
    private let counters: LiveCounters
    private var runner = TransactionRunner()
    /// What the next commit begins with: it is handed over to the broker, or was and will be again.
    private var ahead: CommitUnit?

    init(queue: OutputQueue, board: ShardBoard, builder: CommitUnitBuilder, counters: LiveCounters) {
        self.queue = queue
        self.board = board
        self.builder = builder
        self.counters = counters
    }

    /// Whether something waits for `commit` to end its transaction.
    var hasWrittenAhead: Bool { ahead != nil }

    /// Begins a transaction with these batches, if any are ours; it stays open until `commit`, which is quicker then.
    /// - Throws: `.hopeless` only.
    mutating func writeAhead<Client: UnitClient>(
        _ batches: [OutputBatch], _ client: Client
    ) throws(TransactionTrouble) {
        precondition(ahead == nil, "something is written ahead already")
        let (unit, foreign, later) = builder.build(batches, after: nil)
        giveBack(foreign)
        queue.putBack(later)
        guard let unit else { return client.idle() }
        let troubles = runner.counters
        do throws(TransactionTrouble) {
            try runner.writeAhead(unit, with: client)
        } catch {
            for part in unit.parts { giveBack(part.batches) }
            throw error
        }
        if runner.counters != troubles { counters.observer.noteCommitFailure() }
        ahead = unit
    }

    /// What was written ahead, if it is still ours. What is not is aborted.
    private mutating func takeAhead<Client: UnitClient>(
        _ client: Client
    ) throws(TransactionTrouble) -> CommitUnit? {
        guard let unit = ahead else { return nil }
        ahead = nil
        if client.isOwned(unit) { return unit }
        for part in unit.parts { giveBack(part.batches) }
        try runner.abandon(with: client)
        return nil
    }

    /// Commits what was written ahead and what else goes into one transaction, and settles it; the rest is put back.
    /// - Throws: `.hopeless` only.
    mutating func commit<Client: UnitClient>(
        _ batches: [OutputBatch], _ client: Client
    ) throws(TransactionTrouble) {
        // Asked for after the batches were collected: so none of them is of a later assignment than what is ahead.
        let start = try takeAhead(client)
        let (unit, foreign, later) = builder.build(batches, after: start)
        giveBack(foreign)
        queue.putBack(later)
        guard let unit else { return client.idle() }
        let begun = SystemClock.monotonicMicroseconds()
        defer { for part in unit.parts { giveBack(part.batches) } }
        let troubles = runner.counters
        let outcome = try runner.run(unit, with: client)
        let observer = counters.observer
        if runner.counters != troubles { observer.noteCommitFailure() }
        guard outcome == .committed else { return }
        observer.noteCommit(
            of: unit.parts.map(\.partition), microseconds: SystemClock.monotonicMicroseconds() - begun)
        for part in unit.parts { settle(part, client) }
    }

    private func settle<Client: UnitClient>(_ part: CommitUnit.Part, _ client: Client) {
        board.settle(
            part.partition, epoch: part.epoch, batchCount: part.batches.count, mark: part.mark,
            journalOffset: client.journalOffset(of: part), cutNumber: part.cutNumber,
            commit: client.commitsPositions
                ? nil : ShardBoard.Commit(positions: part.positions, mark: part.mark))
        var triggerCount = 0
        var deadLetterCount = 0
        for batch in part.batches {
            triggerCount += batch.records.count
            deadLetterCount += batch.deadLetters.count
            counters.observer.noteAcknowledged(
                batch.records, emittedAtMicroseconds: batch.emittedAtMicroseconds)
        }
        counters.addAcknowledged(triggers: triggerCount, deadLetters: deadLetterCount)
    }

    private func giveBack(_ batches: [OutputBatch]) { for batch in batches { queue.giveBack(batch) } }
}
