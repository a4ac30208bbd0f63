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

    init(queue: OutputQueue, board: ShardBoard, builder: CommitUnitBuilder, counters: LiveCounters) {
        self.queue = queue
        self.board = board
        self.builder = builder
        self.counters = counters
    }

    /// Commits what goes into one transaction and settles it; the rest is put back.
    /// - Throws: `.hopeless` only.
    mutating func commit<Client: UnitClient>(
        _ batches: [OutputBatch], _ client: Client
    ) throws(TransactionTrouble) {
        let (unit, foreign, later) = builder.build(batches)
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
            journalOffset: client.journalOffsets[part.partition], cutNumber: part.cutNumber,
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
