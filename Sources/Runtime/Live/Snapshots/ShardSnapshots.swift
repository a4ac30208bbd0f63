import Coordination
import Engine
import Primitives
import SnapshotStore

/// When and how one shard's snapshots are taken: cut at the end of a batch, captured in slices between steps once
/// the journal has the batch, and written by the station.
///
/// Isolation: the shard's thread.
struct ShardSnapshots {
    /// What the shard's thread should do about it.
    enum Need {
        /// Nothing; look again in so many milliseconds.
        case nothing(milliseconds: Int64)
        /// A slice was taken, more are to come.
        case slice
    }

    private enum Phase {
        case idle
        /// The cut is made; its batch is on its way to the journal.
        case cut
        case capturing
        /// Everything is captured, the disk is at work.
        case writing
    }

    /// What all snapshots of a process have in common.
    struct Common {
        var station: SnapshotStation
        var intervalMilliseconds: Int64
        var clusterID: String
        var groupID: String
        var partitionCount: Int32
        var clock = LiveClock.system

        /// What a snapshot of the core says of itself.
        ///
        /// - Parameters:
        ///   - place: the journal record after which the state is so.
        ///   - rules: what it goes by then.
        ///   - positions: where it stands then.
        func header(
            _ core: ShardCore, at place: ShardBoard.Cut, rules: String, positions: [Int64],
            _ image: EngineImageHeader
        ) -> SnapshotHeader {
            let identity = SnapshotIdentity(
                cluster: clusterID, group: groupID, partitionCount: partitionCount, rules: rules,
                positions: positions, journalOffset: place.journalOffset ?? -1)
            return SnapshotHeader(
                shard: UInt32(core.partition), sequence: place.sequenceNumber, chainHash: place.chain,
                writtenAtMilliseconds: clock.wallClock().milliseconds, metadata: identity.metadata(image),
                continuing: core.policy.nextIsFull ? nil : core.policy.newest)
        }
    }

    /// Bytes of a slice: about half a millisecond. Source: Engine.capture.
    static let sliceByteCount = 256 << 10
    private static let waitMilliseconds: Int64 = 5
    private static let changedWaitMilliseconds: Int64 = 100
    private static let restWaitMilliseconds: Int64 = 1_000

    private let common: Common
    /// Number of the latest cut.
    private(set) var cutNumber: UInt64 = 0
    private var phase = Phase.idle
    private var nextAt: Int64
    private var startedAt: Int64 = 0
    private var image = EngineImageHeader()
    private var positions: [Int64] = []
    private var rules = ""

    init(_ common: Common) {
        self.common = common
        nextAt = common.clock.monotonicMilliseconds() + common.intervalMilliseconds
    }

    /// Whether the next batch should end in a cut.
    ///
    /// - Parameter hasSteps: whether the batch at hand has changed anything.
    func isDue(_ core: ShardCore, hasSteps: Bool) -> Bool {
        guard case .idle = phase, core.isChangedSinceSnapshot || hasSteps else { return false }
        return common.clock.monotonicMilliseconds() >= nextAt
    }

    /// Makes the cut: the state is what it is now, after all steps of the batch that is handed over next.
    mutating func cut(_ core: ShardCore, positions: [Int64]) {
        cutNumber += 1
        self.positions = positions
        rules = core.rules.text
        startedAt = common.clock.monotonicMilliseconds()
        image = core.engine.beginCapture(isFull: core.policy.nextIsFull)
        core.isChangedSinceSnapshot = false
        phase = .cut
    }

    /// Does a little of what there is to do.
    mutating func proceed(_ core: ShardCore, _ board: ShardBoard) -> Need {
        switch phase {
        case .idle:
            let wait = nextAt - common.clock.monotonicMilliseconds()
            // Once it is due, what there is to wait for is a change, or a batch that can end in a cut.
            let dueWait =
                core.isChangedSinceSnapshot ? Self.changedWaitMilliseconds : Self.restWaitMilliseconds
            return .nothing(milliseconds: wait > 0 ? wait : dueWait)
        case .cut:
            guard let cut = board.takeCut(core.partition, cutNumber) else {
                return .nothing(milliseconds: Self.waitMilliseconds)
            }
            common.station.begin(
                common.header(core, at: cut, rules: rules, positions: positions, image), startedAt: startedAt)
            phase = .capturing
            return .slice
        case .capturing:
            if endsEarly(core) { return .nothing(milliseconds: Self.waitMilliseconds) }
            guard common.station.hasRoom else { return .nothing(milliseconds: Self.waitMilliseconds) }
            let chunk = SnapshotChunk(capacity: Self.sliceByteCount + (64 << 10))
            let isFinished = core.engine.capture(upTo: Self.sliceByteCount, into: &chunk.bytes)
            common.station.append(chunk, shard: core.partition)
            guard isFinished else { return .slice }
            common.station.finish(shard: core.partition)
            phase = .writing
            return .nothing(milliseconds: Self.waitMilliseconds)
        case .writing:
            guard let outcome = common.station.takeOutcome(shard: core.partition) else {
                return .nothing(milliseconds: Self.waitMilliseconds)
            }
            note(outcome, core)
            return .nothing(milliseconds: common.intervalMilliseconds)
        }
    }

    /// Gives up if the disk has failed already. Returns whether it has.
    private mutating func endsEarly(_ core: ShardCore) -> Bool {
        guard let outcome = common.station.takeOutcome(shard: core.partition) else { return false }
        core.engine.cancelCapture()
        note(outcome, core)
        return true
    }

    private mutating func note(_ outcome: SnapshotStation.Outcome, _ core: ShardCore) {
        switch outcome {
        case .published(let file): core.policy.didPublish(file)
        case .failed:
            core.policy.didFail()
            core.isChangedSinceSnapshot = true
        }
        phase = .idle
        nextAt = max(
            startedAt + common.intervalMilliseconds, common.clock.monotonicMilliseconds() + 1)
    }

    /// Other rules take over, or the assignment ends: what is not written yet is given up.
    mutating func end(_ core: ShardCore) {
        guard case .idle = phase else {
            core.engine.cancelCapture()
            common.station.cancel(shard: core.partition)
            core.policy.didFail()
            core.isChangedSinceSnapshot = true
            phase = .idle
            return
        }
    }
}
