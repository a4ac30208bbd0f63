import Logging
import Primitives
import SnapshotStore

/// The thread that writes snapshots to disk, for all shards, and copies them to the shared place.
///
/// The disk may be slow, full or gone: then the snapshot is given up, said and counted, and processing goes on.
final class SnapshotStation: @unchecked Sendable {
    // SAFETY: `writers` and `copied` are touched by the station's thread alone, `thread` before and after all others
    // run; the rest is constant or inside the monitor.
    /// What became of a shard's snapshot.
    enum Outcome: Sendable {
        case published(SnapshotFile)
        case failed
    }

    private enum Message {
        case begin(SnapshotHeader, startedAt: Int64, number: UInt64)
        case chunk(Int32, SnapshotChunk)
        case finish(Int32)
        case cancel(Int32)
        case end

        /// Whether it is a part of a shard's snapshot.
        func isPart(of shard: Int32) -> Bool {
            switch self {
            case .begin(let header, _, _): Int32(header.shard) == shard
            case .chunk(shard, _), .finish(shard): true
            case .chunk, .finish, .cancel, .end: false
            }
        }
    }

    private struct State {
        var waiting: [Message] = []
        var outcomes: [Int32: Outcome] = [:]
        /// Counts the snapshots of each shard: what becomes of one that was given up is of no interest.
        var numbers: [Int32: UInt64] = [:]
        var isEnded = false
    }

    private struct Writing {
        var writer: SnapshotWriter
        var startedAt: Int64
        var number: UInt64
    }

    /// BOUND: messages that wait for the disk; a shard takes the next slice only when there is room.
    private static let messageCountMax = 16
    private static let waitMilliseconds: Int64 = 100

    private let directory: SnapshotDirectory
    private let mirror: SnapshotMirror?
    private let keptCount: Int
    private let observer: DaemonObserver
    private let clock: LiveClock
    private let logger: Logger
    private let state = Monitor(State())
    private let trimming: JournalTrimming?
    private var writers: [Int32: Writing] = [:]
    /// Shards whose journal may be shortened, since there are new copies.
    private var copied: Set<Int32> = []
    private var thread: SystemThread?

    init(
        directory: SnapshotDirectory, shared: SnapshotDirectory?, keptCount: Int, observer: DaemonObserver,
        logger: Logger, clock: LiveClock = .system, trimming: JournalTrimming? = nil
    ) {
        self.trimming = trimming
        self.observer = observer
        self.clock = clock
        self.directory = directory
        self.keptCount = keptCount
        self.logger = logger
        mirror = shared.map { SnapshotMirror(local: directory, shared: $0) }
    }

    func start() { thread = SystemThread(name: "tetik-snapshots") { [self] in run() } }

    /// Ends the thread after what was given to it.
    ///
    /// - Returns: false if the disk did not let it in time; then it goes with the process.
    func finish(withinMilliseconds milliseconds: Int64) -> Bool {
        guard let thread else { return true }
        give(.end)
        guard state.wait(milliseconds: milliseconds, { $0.isEnded ? () : nil }) != nil else { return false }
        thread.join()
        self.thread = nil
        return true
    }

    /// Where a shard's states are found, newest first.
    func candidates(shard: Int32) -> SnapshotCandidates {
        mirror?.candidates(shard: UInt32(shard))
            ?? SnapshotCandidates(shard: UInt32(shard), in: [directory])
    }

    /// Whether a path is in the local place, so that increments can continue it.
    func isLocal(_ chain: SnapshotChain) -> Bool { chain.directory.path == directory.path }

    /// Whether a slice can be given without waiting.
    var hasRoom: Bool { state.read { $0.waiting.count < Self.messageCountMax } }

    /// Waits for room until `deadline`, of the station's clock. Returns whether there is.
    func waitForRoom(until deadline: Int64) -> Bool {
        wait(until: deadline) { $0.waiting.count < Self.messageCountMax ? () : nil } != nil
    }

    func begin(_ header: SnapshotHeader, startedAt: Int64) {
        let shard = Int32(header.shard)
        state.change { state in
            let number = state.numbers[shard, default: 0] + 1
            state.numbers[shard] = number
            state.outcomes[shard] = nil
            state.waiting.append(.begin(header, startedAt: startedAt, number: number))
        }
    }

    func append(_ chunk: SnapshotChunk, shard: Int32) { give(.chunk(shard, chunk)) }

    func finish(shard: Int32) { give(.finish(shard)) }

    /// Gives up the shard's snapshot, and what of it waits for the disk.
    func cancel(shard: Int32) {
        state.change { state in
            state.numbers[shard, default: 0] += 1
            state.outcomes[shard] = nil
            state.waiting.removeAll { $0.isPart(of: shard) }
            state.waiting.append(.cancel(shard))
        }
    }

    /// What became of the shard's snapshot, once.
    func takeOutcome(shard: Int32) -> Outcome? { state.change { $0.outcomes.removeValue(forKey: shard) } }

    /// Waits for what becomes of the shard's snapshot until `deadline`, of the station's clock; nil: not in time.
    func waitForOutcome(shard: Int32, until deadline: Int64) -> Outcome? {
        wait(until: deadline) { $0.outcomes.removeValue(forKey: shard) }
    }

    /// Waits as long as there is time; a station that was not started does its work meanwhile.
    private func wait<Result>(until deadline: Int64, _ body: (inout State) -> Result?) -> Result? {
        // BOUND: the deadline.
        while true {
            if let result = state.change(body) { return result }
            let rest = deadline - clock.monotonicMilliseconds()
            guard rest > 0 else { return nil }
            if thread == nil {
                guard serveNext() else { return nil }
            } else if let result = state.wait(milliseconds: min(rest, Self.waitMilliseconds), body) {
                return result
            }
        }
    }

    private func give(_ message: Message) { state.change { $0.waiting.append(message) } }

    private func run() {
        // BOUND: until the end is given.
        while true {
            let message = state.wait { state in state.waiting.isEmpty ? nil : state.waiting.removeFirst() }
            guard serve(message) else { return state.change { $0.isEnded = true } }
            trimJournals()
        }
    }

    /// While nothing waits for the disk: this asks Kafka, and may take a while.
    private func trimJournals() {
        // BOUND: each round takes a shard.
        while state.read({ $0.waiting.isEmpty }), let shard = copied.popFirst() {
            trimming?.run(shard: shard)
        }
    }

    /// Does the next of what was given to it, on the caller's thread, for a station that was not started.
    /// Returns false if there is nothing to do.
    func serveNext() -> Bool {
        let message = state.change { state in state.waiting.isEmpty ? nil : state.waiting.removeFirst() }
        return message.map { serve($0) } ?? false
    }

    /// Returns false at the end.
    private func serve(_ message: Message) -> Bool {
        switch message {
        case .begin(let header, let startedAt, let number): open(header, startedAt, number)
        case .chunk(let shard, let chunk): write(chunk, shard)
        case .finish(let shard): publish(shard)
        case .cancel(let shard):
            writers.removeValue(forKey: shard)?.writer.discard()
        case .end: return false
        }
        return true
    }

    private func open(_ header: SnapshotHeader, _ startedAt: Int64, _ number: UInt64) {
        let shard = Int32(header.shard)
        do throws(FileError) {
            try directory.prepare(shard: header.shard)
            writers[shard] = Writing(
                writer: try SnapshotWriter(header, in: directory), startedAt: startedAt, number: number)
        } catch {
            fail(shard, number, "\(error)")
        }
    }

    private func write(_ chunk: SnapshotChunk, _ shard: Int32) {
        guard let writing = writers[shard] else { return }
        do throws(FileError) { try writing.writer.append(chunk.bytes.bytes) } catch {
            fail(shard, writing.number, "\(error)")
        }
    }

    private func publish(_ shard: Int32) {
        guard let writing = writers.removeValue(forKey: shard) else { return }
        let pending: PendingSnapshot
        do throws(FileError) { pending = try writing.writer.finish() } catch {
            writing.writer.discard()
            return fail(shard, writing.number, "\(error)")
        }
        do throws(SnapshotPublishError) {
            for fault in try pending.publish(keeping: keptCount) { logger.warning("snapshot: \(fault)") }
        } catch {
            pending.discard()
            return fail(shard, writing.number, "\(error)")
        }
        report(pending.file, writing, shard)
        copy(shard)
        settle(shard, writing.number, .published(pending.file))
    }

    private func report(_ file: SnapshotFile, _ writing: Writing, _ shard: Int32) {
        let milliseconds = clock.monotonicMilliseconds() - writing.startedAt
        observer.noteSnapshot(shard, milliseconds: milliseconds, byteCount: Int64(file.byteCount))
        logger.debug(
            "snapshot",
            metadata: [
                "partition": "\(shard)", "record": "\(file.sequence)", "kind": "\(file.kind.name)",
                "bytes": "\(file.byteCount)", "ms": "\(milliseconds)",
            ])
    }

    /// Says what became of a snapshot, unless it was given up meanwhile.
    private func settle(_ shard: Int32, _ number: UInt64, _ outcome: Outcome) {
        state.change { state in
            if state.numbers[shard] == number { state.outcomes[shard] = outcome }
        }
    }

    /// Copies what is new to the shared place; its failures change nothing here.
    private func copy(_ shard: Int32) {
        guard let mirror else { return }
        do throws(SnapshotMirrorError) {
            for fault in try mirror.copyNewest(shard: UInt32(shard), keeping: keptCount) {
                logger.warning("shared snapshot: \(fault)")
            }
            copied.insert(shard)
        } catch {
            observer.noteSnapshotFailure()
            logger.error("a snapshot could not be copied", metadata: ["why": "\(error)"])
        }
    }

    private func fail(_ shard: Int32, _ number: UInt64, _ why: String) {
        writers.removeValue(forKey: shard)?.writer.discard()
        settle(shard, number, .failed)
        observer.noteSnapshotFailure()
        logger.error(
            "a snapshot could not be written; the one before stays good", metadata: ["why": "\(why)"])
    }
}

/// A slice of a snapshot on its way to the disk.
final class SnapshotChunk: @unchecked Sendable {
    // SAFETY: filled by the shard's thread, then handed to the station's through a Monitor.
    var bytes: ByteWriter

    init(capacity: Int) { bytes = ByteWriter(capacity: capacity) }
}
