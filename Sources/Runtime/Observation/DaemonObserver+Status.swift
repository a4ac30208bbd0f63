import Glibc
import Model
import Primitives
public import Settings
public import Telemetry

extension DaemonObserver {
    /// What a status needs to know besides what was noted.
    public struct Identity: Sendable {
        /// First 16 hex digits of a hash over all settings that decide records.
        public var configurationFingerprint: String
        /// The consumer group.
        public var consumerGroup: String
        /// `http.ready_lag_max`: more records than this waiting to be read is not ready.
        public var readyLagCountMax: Int64

        /// Takes them from the settings.
        public init(_ settings: Settings) {
            let digits = String(settings.rules.fingerprint, radix: 16)
            configurationFingerprint = String(repeating: "0", count: 16 - digits.utf8.count) + digits
            consumerGroup = settings.kafka.groupID
            readyLagCountMax = settings.http.readyLagCountMax
        }
    }

    /// How long a shard's thread may take for one turn. Source: the longest that one step may wait for a broker's
    /// answer is 1 s for each of 16 topics at most; twice that is not normal.
    public static let turnMillisecondsMax: Int64 = 30_000

    /// Whether every shard's thread has turned lately: what feeds the watchdog.
    public var areLoopsTurning: Bool {
        let now = SystemClock.monotonicMilliseconds()
        return state.read { Self.stuckLoops($0, now).isEmpty }
    }

    static func stuckLoops(_ state: State, _ now: Int64) -> [(loop: Int, milliseconds: Int64)] {
        state.turnedAtMilliseconds.map { ($0.key, now - $0.value) }
            .filter { $0.1 > state.turnMillisecondsMax }.sorted { $0.0 < $1.0 }
    }

    /// Everything that can be seen, at this moment. Takes a few microseconds a shard.
    public func status(_ counters: LiveCounters.Totals, _ identity: Identity) -> DaemonStatus {
        let now = SystemClock.monotonicMilliseconds()
        let wallClock = SystemClock.wallClock()
        var status = DaemonStatus()
        status.version = ProgramVersion.text
        status.configurationFingerprint = identity.configurationFingerprint
        status.consumerGroup = identity.consumerGroup
        status.at = wallClock.description
        status.uptimeSeconds = Self.seconds(now - startedAtMilliseconds)
        status.residentByteCount = SystemMemory.residentByteCount
        let health = state.read { $0.health }?()
        state.change { state in
            Self.fill(&status, state, now: now, wallClock: wallClock)
            Self.fill(&status.totals, counters, status.shards)
            if let health { Self.fill(&status.kafka, health) }
            Self.judge(&status, &state, identity, now: now)
        }
        return status
    }

    /// Keeps a sample for the charts if it is time for one; to be called about once a second.
    public func sample(_ status: DaemonStatus) {
        let now = SystemClock.monotonicMilliseconds()
        let wallClock = SystemClock.wallClock().milliseconds
        state.change { state in
            guard state.history.isDue(monotonicMilliseconds: now) else { return }
            state.history.add(status, wallClockMilliseconds: wallClock, monotonicMilliseconds: now)
        }
    }

    static func seconds(_ milliseconds: Int64) -> Double { Double(milliseconds) / 1_000 }

    private static func fill(
        _ status: inout DaemonStatus, _ state: State, now: Int64, wallClock: EventTime
    ) {
        status.triggers = RecordKind.allCases.map { kind in
            DaemonStatus.TriggerCount(
                type: "\(kind.name)", count: state.triggerCounts[Int(kind.rawValue)])
        }
        status.shards = state.shards.sorted { $0.key < $1.key }.map { partition, shard in
            self.status(of: shard, partition, state, now: now, wallClock: wallClock)
        }
        status.commits = state.commits
        status.commitFailureCount = state.commitFailureCount
        status.triggerLatency = state.triggerLatency
        status.kafka.isReachable = state.unreachableSinceMilliseconds == nil
        status.kafka.unreachableSeconds = state.unreachableSinceMilliseconds.map { seconds(now - $0) }
        status.kafka.assignedPartitionCount = state.assignedPartitionCount
        status.kafka.rebalanceCount = state.rebalanceCount
        status.snapshots = state.snapshots
        status.snapshots.ageSeconds = snapshotAge(state, now).map(seconds)
        for recovery in state.recoveries.values {
            status.recovery.doneCount += recovery.doneCount
            status.recovery.totalCount += recovery.totalCount
        }
        status.recovery.lastSeconds = seconds(state.lastRecoveryMilliseconds)
        status.http = state.http
    }

    /// Age of the oldest of the shards' newest snapshots, of those shards that have changed since; if none has, of the
    /// newest one.
    private static func snapshotAge(_ state: State, _ now: Int64) -> Int64? {
        let changed = state.snapshotAtMilliseconds.filter { partition, at in
            state.shards[partition]?.steppedAtMilliseconds ?? .min > at
        }
        let reference = changed.values.min() ?? state.snapshotAtMilliseconds.values.max()
        return reference.map { now - $0 }
    }

    private static func status(
        of shard: Shard, _ partition: Int32, _ state: State, now: Int64, wallClock: EventTime
    ) -> DaemonStatus.Shard {
        var status = DaemonStatus.Shard(partition: partition)
        status.eventCount = shard.counts.eventCount
        status.rejectedCount = shard.counts.rejectedCount
        status.ignoredCount = shard.counts.ignoredCount
        status.lagCount = shard.reading.lagCount
        if shard.reading.watermark != .distantPast {
            status.watermark = shard.reading.watermark.description
            status.watermarkDelaySeconds = seconds(wallClock - shard.reading.watermark)
        }
        status.customerCount = Int64(shard.reading.customerCount)
        status.memoryByteCount = Int64(shard.reading.memoryByteCount)
        status.timerCount = Int64(shard.reading.timerCount)
        status.lastStepAgeSeconds = shard.steppedAtMilliseconds.map { seconds(now - $0) }
        status.lastStepSeconds = Double(shard.lastStepMicroseconds) / 1_000_000
        status.lastCommitAgeSeconds = shard.committedAtMilliseconds.map { seconds(now - $0) }
        status.isRecovered = state.recoveries[partition] == nil
        return status
    }

    private static func fill(
        _ totals: inout DaemonStatus.Totals, _ counters: LiveCounters.Totals, _ shards: [DaemonStatus.Shard]
    ) {
        totals.eventCount = counters.eventCount
        totals.rejectedCount = counters.rejectedCount
        totals.ignoredCount = counters.ignoredCount
        totals.appliedCount = Int64(clamping: counters.engine.appliedCount)
        totals.duplicateCount = Int64(clamping: counters.engine.duplicateCount)
        totals.lateCount = Int64(clamping: counters.engine.lateCount)
        totals.droppedItemCount = Int64(clamping: counters.engine.droppedItemCount)
        totals.triggerCount = counters.triggerCount
        totals.deadLetterCount = counters.deadLetterCount
        totals.lostCount = counters.lostCount
        totals.customerCount = shards.reduce(0) { $0 + $1.customerCount }
        totals.memoryByteCount = shards.reduce(0) { $0 + $1.memoryByteCount }
        totals.timerCount = shards.reduce(0) { $0 + $1.timerCount }
        let lags = shards.map(\.lagCount)
        if !lags.isEmpty, !lags.contains(nil) { totals.lagCount = lags.reduce(0) { $0 + ($1 ?? 0) } }
    }

    private static func fill(_ kafka: inout DaemonStatus.Kafka, _ health: KafkaHealth) {
        kafka.unsentCount = health.unsentCount
        kafka.roundTripP99Seconds = Double(health.roundTripP99Microseconds) / 1_000_000
    }

    /// Whether it is live and ready, and if not, why.
    private static func judge(
        _ status: inout DaemonStatus, _ state: inout State, _ identity: Identity, now: Int64
    ) {
        for (loop, milliseconds) in stuckLoops(state, now) {
            status.isLive = false
            status.problems.append(
                "the thread of shards \(loop) has not turned for \(milliseconds / 1_000) s; it is stuck")
        }
        if let seconds = status.kafka.unreachableSeconds {
            status.problems.append("no Kafka broker has answered for \(Int(seconds)) s")
        }
        if status.kafka.assignedPartitionCount == nil {
            status.problems.append("the group has not assigned partitions to this member yet")
        }
        let recovering = status.shards.filter { !$0.isRecovered }.count
        if !state.recoveries.isEmpty {
            status.problems.append(
                "\(max(recovering, state.recoveries.count)) shards are recovering, "
                    + "\(status.recovery.doneCount) of \(status.recovery.totalCount) records done")
        }
        if let lag = status.totals.lagCount, lag > identity.readyLagCountMax {
            status.problems.append(
                "\(lag) records wait to be read, more than http.ready_lag_max (\(identity.readyLagCountMax))")
        }
        if state.isStopping { status.problems.append("the daemon is stopping") }
        status.isReady = status.problems.isEmpty
        let phase = phase(of: status, state)
        if phase != state.phase {
            state.phase = phase
            state.phaseSinceMilliseconds = now
        }
        status.phase = phase
        status.phaseSeconds = seconds(now - state.phaseSinceMilliseconds)
    }

    private static func phase(of status: DaemonStatus, _ state: State) -> DaemonStatus.Phase {
        if state.isStopping { return .stopping }
        if !status.kafka.isReachable { return .waitingForKafka }
        if status.kafka.assignedPartitionCount == nil { return .starting }
        return state.recoveries.isEmpty ? .running : .recovering
    }
}

/// What the system says of our memory.
enum SystemMemory {
    /// Resident memory of the process, in bytes. Source: proc(5), /proc/self/statm, second number, in pages.
    static var residentByteCount: Int64? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 128)
        guard fgets(&text, Int32(text.count), file) != nil else { return nil }
        let end = text.firstIndex(of: 0) ?? text.count
        let line = String(decoding: text[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let numbers = line.split(separator: " ")
        guard numbers.count > 1, let pageCount = Int64(numbers[1]) else { return nil }
        return pageCount * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }
}
