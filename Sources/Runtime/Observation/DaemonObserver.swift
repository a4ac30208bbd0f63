import Model
import Primitives
public import Telemetry

/// Where the daemon's threads note what they do, and where everyone else looks.
///
/// Notes are made per step, batch or commit, never per event, and take well below a microsecond.
public final class DaemonObserver: @unchecked Sendable {
    // SAFETY: `state` is a monitor; the rest is constant and thread-safe itself.
    /// What a shard says of itself after a step.
    struct ShardReading: Sendable {
        var watermark = EventTime.distantPast
        var customerCount = 0
        var memoryByteCount = 0
        var timerCount = 0
        /// Records of the input that wait to be read; nil while unknown.
        var lagCount: Int64?
        /// Whether the step read or fired anything.
        var isProgress = false
        var stepMicroseconds: Int64 = 0
    }

    struct Shard {
        var reading = ShardReading()
        var counts = InputCounts()
        var steppedAtMilliseconds: Int64?
        var lastStepMicroseconds: Int64 = 0
        var committedAtMilliseconds: Int64?
    }

    struct Recovery {
        var startedAtMilliseconds: Int64
        var doneCount: Int64 = 0
        var totalCount: Int64 = 0
    }

    struct State {
        var turnedAtMilliseconds: [Int: Int64] = [:]
        var turnMillisecondsMax = DaemonObserver.turnMillisecondsMax
        var shards: [Int32: Shard] = [:]
        var recoveries: [Int32: Recovery] = [:]
        var lastRecoveryMilliseconds: Int64 = 0
        var commits = LatencyHistogram()
        var commitFailureCount: Int64 = 0
        var triggerLatency = LatencyHistogram()
        var triggerCounts = [Int64](repeating: 0, count: RecordKind.allCases.count)
        var assignedPartitionCount: Int64?
        var rebalanceCount: Int64 = 0
        var unreachableSinceMilliseconds: Int64?
        var snapshots = DaemonStatus.Snapshots()
        var snapshotAtMilliseconds: [Int32: Int64] = [:]
        var http = DaemonStatus.HTTP()
        var isStopping = false
        var health: (@Sendable () -> KafkaHealth)?
        var phase = DaemonStatus.Phase.starting
        var phaseSinceMilliseconds = SystemClock.monotonicMilliseconds()
        var history = StatusHistory()
    }

    let state = Monitor(State())
    let startedAtMilliseconds = SystemClock.monotonicMilliseconds()
    /// Tells this process from those before it: the wall clock at its start, in milliseconds.
    public let epoch = SystemClock.wallClock().milliseconds
    /// The newest records that were acknowledged.
    public let feed = TriggerFeed()
    /// Questions about customers.
    public let desk = CustomerDesk()
    private let hold = Monitor<Set<Int>>([])

    /// Makes an observer of a daemon that has done nothing yet.
    public init() {}

    /// A loop's thread shows that it goes on; to be called for every shard's step, and while recovering.
    func noteTurn(loop: Int) {
        // Only tests hold a loop; nobody waits here otherwise.
        if hold.read({ $0.contains(loop) }) { hold.wait { $0.contains(loop) ? nil : () } }
        let now = SystemClock.monotonicMilliseconds()
        state.change { $0.turnedAtMilliseconds[loop] = now }
    }

    /// A loop has ended for good, so that nobody misses its turns.
    func noteEnd(loop: Int) {
        state.change { $0.turnedAtMilliseconds[loop] = nil }
        desk.close(loop: loop)
    }

    /// Makes a loop's thread stand still at its next turn, or go on: what a test of the watchdog needs.
    func setHeld(_ isHeld: Bool, loop: Int) {
        hold.change { held in
            if isHeld { held.insert(loop) } else { held.remove(loop) }
        }
    }

    /// What a shard's step did.
    func noteStep(_ partition: Int32, _ reading: ShardReading) {
        let now = SystemClock.monotonicMilliseconds()
        state.change { state in
            var shard = state.shards[partition] ?? Shard()
            shard.reading = reading
            if reading.isProgress {
                shard.steppedAtMilliseconds = now
                shard.lastStepMicroseconds = reading.stepMicroseconds
            }
            state.shards[partition] = shard
        }
    }

    /// Input that a shard has read.
    func noteInput(_ partition: Int32, _ counts: InputCounts) {
        guard counts.eventCount > 0 else { return }
        state.change { state in
            state.shards[partition, default: Shard()].counts.eventCount += counts.eventCount
            state.shards[partition, default: Shard()].counts.rejectedCount += counts.rejectedCount
            state.shards[partition, default: Shard()].counts.ignoredCount += counts.ignoredCount
        }
    }

    /// A shard goes.
    func noteEnd(shard partition: Int32) {
        state.change { state in
            state.shards[partition] = nil
            state.recoveries[partition] = nil
            state.snapshotAtMilliseconds[partition] = nil
        }
    }

    /// Positions of shards were committed, which took so long.
    func noteCommit(of partitions: some Sequence<Int32>, microseconds: Int64) {
        let now = SystemClock.monotonicMilliseconds()
        state.change { state in
            state.commits.add(microseconds: microseconds)
            for partition in partitions { state.shards[partition]?.committedAtMilliseconds = now }
        }
    }

    /// A commit failed and will be tried again.
    func noteCommitFailure() { state.change { $0.commitFailureCount += 1 } }

    /// Records are acknowledged, or committed: from now on anyone may see them.
    ///
    /// - Parameter emittedAtMicroseconds: monotonic time at which the step that emitted them ended.
    func noteAcknowledged(_ records: borrowing RecordBuffer, emittedAtMicroseconds: Int64) {
        guard records.count > 0 else { return }
        let now = SystemClock.monotonicMicroseconds()
        let kinds = records.kindCounts
        state.change { state in
            state.triggerLatency.add(
                microseconds: now - emittedAtMicroseconds, times: Int64(records.count))
            for (kind, count) in kinds.enumerated() { state.triggerCounts[kind] += count }
        }
        feed.publish(records)
    }

    /// The group has given us partitions, all that we have now.
    func noteAssigned(partitionCount: Int) {
        state.change { state in
            state.assignedPartitionCount = Int64(partitionCount)
            state.rebalanceCount += 1
        }
    }

    /// The group has taken our partitions.
    func noteRevoked() {
        state.change { state in
            state.assignedPartitionCount = nil
            state.rebalanceCount += 1
        }
    }

    /// Whether a broker answers; to be told when it changes, or again and again.
    func noteKafka(isReachable: Bool) {
        let now = SystemClock.monotonicMilliseconds()
        state.change { state in
            if isReachable {
                state.unreachableSinceMilliseconds = nil
            } else if state.unreachableSinceMilliseconds == nil {
                state.unreachableSinceMilliseconds = now
            }
        }
    }

    /// Where the clients' statistics are.
    func attach(health: @escaping @Sendable () -> KafkaHealth) { state.change { $0.health = health } }

    /// The daemon is on its way to the end.
    func noteStopping() { state.change { $0.isStopping = true } }
}

/// For state that outlives the process.
extension DaemonObserver {
    /// A shard rebuilds its state: so many of so many input records are applied again. Counts as a turn of its loop.
    func noteRecovery(_ partition: Int32, loop: Int, doneCount: Int64, totalCount: Int64) {
        let now = SystemClock.monotonicMilliseconds()
        state.change { state in
            var recovery = state.recoveries[partition] ?? Recovery(startedAtMilliseconds: now)
            recovery.doneCount = doneCount
            recovery.totalCount = totalCount
            state.recoveries[partition] = recovery
            state.turnedAtMilliseconds[loop] = now
        }
    }

    /// A shard's state is complete.
    func noteRecovered(_ partition: Int32) {
        let now = SystemClock.monotonicMilliseconds()
        state.change { state in
            guard let recovery = state.recoveries.removeValue(forKey: partition) else { return }
            state.lastRecoveryMilliseconds = now - recovery.startedAtMilliseconds
        }
    }

    /// A snapshot of a shard is on disk, and listed; or was found there, `ageMilliseconds` old.
    func noteSnapshot(_ partition: Int32, milliseconds: Int64, byteCount: Int64, ageMilliseconds: Int64 = 0) {
        let now = SystemClock.monotonicMilliseconds()
        state.change { state in
            if ageMilliseconds == 0 { state.snapshots.count += 1 }
            state.snapshots.lastSeconds = Double(milliseconds) / 1_000
            state.snapshots.lastByteCount = byteCount
            state.snapshotAtMilliseconds[partition] = now - ageMilliseconds
        }
    }

    /// A snapshot could not be written.
    func noteSnapshotFailure() { state.change { $0.snapshots.failureCount += 1 } }
}

/// For the admin service.
extension DaemonObserver {
    /// A request was answered, or refused.
    public func noteRequest(isRefused: Bool) {
        state.change { state in
            state.http.requestCount += 1
            if isRefused { state.http.refusedCount += 1 }
        }
    }

    /// A reader of the trigger stream came.
    ///
    /// - Returns: false if there are `countMax` already.
    public func openStream(countMax: Int64) -> Bool {
        state.change { state in
            guard state.http.streamCount < countMax else { return false }
            state.http.streamCount += 1
            return true
        }
    }

    /// A reader of the trigger stream went, or was dropped for being too slow.
    public func closeStream(isDropped: Bool) {
        state.change { state in
            state.http.streamCount -= 1
            if isDropped { state.http.droppedStreamCount += 1 }
        }
    }

    /// Samples of the last hour, those after a wall-clock time in milliseconds.
    public func history(after milliseconds: Int64) -> StatusHistory {
        state.read { $0.history }.after(milliseconds: milliseconds)
    }
}

extension RecordBuffer {
    /// How many records there are of each kind, by its raw value.
    fileprivate var kindCounts: [Int64] {
        var counts = [Int64](repeating: 0, count: RecordKind.allCases.count)
        for entry in entries { counts[Int(entry.kind.rawValue)] += 1 }
        return counts
    }
}
