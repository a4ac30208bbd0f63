import Logging
import Primitives
import SnapshotStore

/// The thread that writes snapshots to disk, for all shards, and copies them to the shared place.
///
/// The disk may be slow, full or gone: then the snapshot is given up, said and counted, and processing goes on.
final class SnapshotStation: @unchecked Sendable {
    // SAFETY: `writers` is touched by the station's thread alone; the rest is constant or inside the monitor.
    /// What became of a shard's snapshot.
    enum Outcome: Sendable {
        case published(SnapshotFile)
        case failed
    }

    private enum Message {
        case begin(SnapshotHeader, startedAt: Int64)
        case chunk(Int32, SnapshotChunk)
        case finish(Int32)
        case cancel(Int32)
        case end
    }

    private struct State {
        var waiting: [Message] = []
        var outcomes: [Int32: Outcome] = [:]
    }

    private struct Writing {
        var writer: SnapshotWriter
        var startedAt: Int64
    }

    /// BOUND: messages that wait for the disk; a shard takes the next slice only when there is room.
    private static let messageCountMax = 16

    private let directory: SnapshotDirectory
    private let mirror: SnapshotMirror?
    private let keptCount: Int
    private let observer: DaemonObserver
    private let clock: LiveClock
    private let logger: Logger
    private let state = Monitor(State())
    private var writers: [Int32: Writing] = [:]
    private var thread: SystemThread?

    init(
        directory: SnapshotDirectory, shared: SnapshotDirectory?, keptCount: Int, observer: DaemonObserver,
        logger: Logger, clock: LiveClock = .system
    ) {
        self.observer = observer
        self.clock = clock
        self.directory = directory
        self.keptCount = keptCount
        self.logger = logger
        mirror = shared.map { SnapshotMirror(local: directory, shared: $0) }
    }

    func start() { thread = SystemThread(name: "tetik-snapshots") { [self] in run() } }

    /// Ends the thread after what was given to it.
    func finish() {
        give(.end)
        thread?.join()
        thread = nil
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

    func begin(_ header: SnapshotHeader, startedAt: Int64) {
        state.change { $0.outcomes[Int32(header.shard)] = nil }
        give(.begin(header, startedAt: startedAt))
    }

    func append(_ chunk: SnapshotChunk, shard: Int32) { give(.chunk(shard, chunk)) }

    func finish(shard: Int32) { give(.finish(shard)) }

    func cancel(shard: Int32) { give(.cancel(shard)) }

    /// What became of the shard's snapshot, once.
    func takeOutcome(shard: Int32) -> Outcome? { state.change { $0.outcomes.removeValue(forKey: shard) } }

    private func give(_ message: Message) { state.change { $0.waiting.append(message) } }

    private func run() {
        // BOUND: until the end is given.
        while true {
            let message = state.wait { state in state.waiting.isEmpty ? nil : state.waiting.removeFirst() }
            guard serve(message) else { return }
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
        case .begin(let header, let startedAt): open(header, startedAt)
        case .chunk(let shard, let chunk): write(chunk, shard)
        case .finish(let shard): publish(shard)
        case .cancel(let shard):
            writers.removeValue(forKey: shard)?.writer.discard()
        case .end: return false
        }
        return true
    }

    private func open(_ header: SnapshotHeader, _ startedAt: Int64) {
        let shard = Int32(header.shard)
        do throws(FileError) {
            try directory.prepare(shard: header.shard)
            writers[shard] = Writing(
                writer: try SnapshotWriter(header, in: directory), startedAt: startedAt)
        } catch {
            fail(shard, "\(error)")
        }
    }

    private func write(_ chunk: SnapshotChunk, _ shard: Int32) {
        guard let writing = writers[shard] else { return }
        do throws(FileError) { try writing.writer.append(chunk.bytes.bytes) } catch {
            fail(shard, "\(error)")
        }
    }

    private func publish(_ shard: Int32) {
        guard let writing = writers.removeValue(forKey: shard) else { return }
        let pending: PendingSnapshot
        do throws(FileError) { pending = try writing.writer.finish() } catch {
            writing.writer.discard()
            return fail(shard, "\(error)")
        }
        do throws(SnapshotPublishError) {
            for fault in try pending.publish(keeping: keptCount) { logger.warning("snapshot: \(fault)") }
        } catch {
            pending.discard()
            return fail(shard, "\(error)")
        }
        let now = clock.monotonicMilliseconds()
        let file = pending.file
        state.change { $0.outcomes[shard] = .published(file) }
        observer.noteSnapshot(
            shard, milliseconds: now - writing.startedAt, byteCount: Int64(file.byteCount))
        logger.debug(
            "snapshot",
            metadata: [
                "partition": "\(shard)", "record": "\(file.sequence)", "kind": "\(file.kind.name)",
                "bytes": "\(file.byteCount)", "ms": "\(now - writing.startedAt)",
            ])
        copy(shard)
    }

    /// Copies what is new to the shared place; its failures change nothing here.
    private func copy(_ shard: Int32) {
        guard let mirror else { return }
        do throws(SnapshotMirrorError) {
            for fault in try mirror.copyNewest(shard: UInt32(shard), keeping: keptCount) {
                logger.warning("shared snapshot: \(fault)")
            }
        } catch {
            observer.noteSnapshotFailure()
            logger.error("a snapshot could not be copied", metadata: ["why": "\(error)"])
        }
    }

    private func fail(_ shard: Int32, _ why: String) {
        writers.removeValue(forKey: shard)?.writer.discard()
        state.change { $0.outcomes[shard] = .failed }
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
