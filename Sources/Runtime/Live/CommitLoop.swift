import Coordination
import KafkaTransport
import Logging
import Settings

/// What the output thread needs of whoever writes units.
protocol UnitClient: TransactionClient where Unit == CommitUnit {
    /// Where the journal record of a part of the last unit was written; nil if nobody said.
    func journalOffset(of part: CommitUnit.Part) -> Int64?
    /// Whether part of a unit may be written before the rest is there.
    var writesAhead: Bool { get }
    /// Whether positions are committed with the unit.
    var commitsPositions: Bool { get }
    /// Serves events while there is nothing to commit.
    func idle()
    /// Destroys the producer.
    func close()
}

/// The thread that commits: once or twice in every `commit_interval` it takes what the shards have made and commits it
/// at once; see `CommitPace`.
///
/// Where commits take long, what is there already is written a little ahead: a broker has to take every partition into
/// a transaction, and that is most of it. Records are kept until they are committed, so a failed attempt is begun
/// again with the same ones.
final class CommitLoop: @unchecked Sendable {
    // SAFETY: `run` and what it uses belong to the loop's thread; the rest is constant or thread-safe.
    /// How long shards are waited for before a commit: a step that takes longer comes with the next.
    private static let answerMilliseconds: Int64 = 20
    private static let idleMilliseconds: Int64 = 100

    /// What the loop is made of.
    struct Parts {
        var settings: Settings
        var queue: OutputQueue
        var board: ShardBoard
        var builder: CommitUnitBuilder
        var counters: LiveCounters
        var lifecycle: Lifecycle
        var events: KafkaEventLog
    }

    private let parts: Parts
    private let loops: [ShardLoop]
    /// When the daemon gives up what is not committed, in monotonic milliseconds.
    private let deadline = Monitor<Int64?>(nil)
    private let isReady = Monitor(false)
    private var committer: UnitCommitter
    private var thread: SystemThread?

    init(_ parts: Parts, loops: [ShardLoop]) {
        self.parts = parts
        self.loops = loops
        committer = UnitCommitter(
            queue: parts.queue, board: parts.board, builder: parts.builder, counters: parts.counters)
    }

    /// Starts the thread and waits until what a former process left open is settled, or it is time to stop.
    func start() {
        thread = SystemThread(name: "tetik-output") { [self] in run() }
        // BOUND: until the thread is ready, or it is time to stop.
        while !parts.lifecycle.isStopping {
            if isReady.wait(milliseconds: Self.idleMilliseconds, { $0 ? () : nil }) != nil { return }
        }
    }

    /// Commits what is queued, for at most so long, and ends the thread.
    func finish(withinMilliseconds milliseconds: Int64) {
        deadline.change { $0 = SystemClock.monotonicMilliseconds() + milliseconds }
        parts.queue.close()
        thread?.join()
        thread = nil
    }

    private var isOverdue: Bool {
        deadline.read { $0.map { $0 < SystemClock.monotonicMilliseconds() } ?? false }
    }

    private func run() {
        let output = UnitProducer(
            settings: parts.settings, board: parts.board, events: parts.events
        ) { [self] in isOverdue }
        switch parts.settings.delivery {
        case .exactlyOnce: work(KafkaTransactions(output, transactionalID: parts.builder.writer))
        case .atLeastOnce: work(AtLeastOnceWriter(output))
        }
    }

    private func work<Client: UnitClient>(_ client: Client) {
        defer { client.close() }
        do throws(TransactionTrouble) {
            guard try prepare(client) else { return discardRest() }
            isReady.change { $0 = true }
            try commitAll(client)
        } catch {
            if case .hopeless(let why) = error { parts.lifecycle.fail(.configuration(why)) }
            discardRest()
        }
    }

    /// Returns false if it is time to stop before the producer is there.
    private func prepare<Client: UnitClient>(_ client: Client) throws(TransactionTrouble) -> Bool {
        // BOUND: until Kafka answers, or it is time to stop.
        while !parts.lifecycle.isStopping {
            do throws(TransactionTrouble) {
                try client.renew()
                return true
            } catch {
                if case .hopeless = error { throw error }
                client.backOff()
            }
        }
        return false
    }

    /// Whoever waits for room or for settlement must not wait for us.
    private func discardRest() {
        while !parts.queue.isFinished {
            if parts.queue.waitForNews(milliseconds: Self.idleMilliseconds) { giveBack(collect()) }
        }
    }

    private func collect() -> [OutputBatch] {
        parts.queue.collect(loopCount: loops.count, withinMilliseconds: Self.answerMilliseconds) {
            for loop in loops { loop.newsSignal.wake() }
        }
    }

    private func commitAll<Client: UnitClient>(_ client: Client) throws(TransactionTrouble) {
        var pace = CommitPace(intervalMilliseconds: parts.settings.commitIntervalMilliseconds)
        var nextAt = SystemClock.monotonicMilliseconds()
        // BOUND: until the queue is closed and everything is committed, or the deadline.
        while !parts.queue.isFinished, !isOverdue {
            guard parts.queue.waitForNews(milliseconds: Self.idleMilliseconds) else {
                client.idle()
                continue
            }
            let ahead = client.writesAhead ? pace.aheadMilliseconds : 0
            if ahead > 0, wait(until: nextAt - ahead),
                nextAt - SystemClock.monotonicMilliseconds() > ahead / 2
            {
                try committer.writeAhead(collect(), client)
            }
            _ = wait(until: nextAt)
            let begun = SystemClock.monotonicMicroseconds()
            try committer.commit(collect(), client)
            pace.note(microseconds: SystemClock.monotonicMicroseconds() - begun)
            nextAt = begun / 1_000 + pace.collectingMilliseconds
        }
    }

    /// Returns false, perhaps at once, if there is a reason not to wait.
    private func wait(until time: Int64) -> Bool {
        !parts.queue.waitForUrgency(milliseconds: max(time - SystemClock.monotonicMilliseconds(), 0))
    }

    private func giveBack(_ batches: [OutputBatch]) { for batch in batches { parts.queue.giveBack(batch) } }
}
