import Coordination
import Engine
import Primitives
import Settings
import SimulatedDisk
import SnapshotStore
import Testing

@testable import Runtime

/// A clock that stands still until it is moved.
private final class HandClock: @unchecked Sendable {
    // SAFETY: everything is inside the monitor.
    private let now = Monitor<Int64>(1_000_000)

    func move(milliseconds: Int64) { now.change { $0 += milliseconds } }

    var clock: LiveClock {
        LiveClock(
            monotonicMilliseconds: { [self] in now.read { $0 } },
            wallClock: { [self] in EventTime(milliseconds: now.read { $0 }) })
    }
}

/// How a shard's snapshots get to the disk, and what a disk that does not answer holds up.
struct ShardSnapshotTests {
    /// Long enough for whatever must happen.
    private static let patienceMilliseconds: Int64 = 30_000

    private func core(_ state: ShardState, _ sequenceNumber: UInt64 = 5) -> ShardCore {
        let core = ShardCore(partition: 0, rules: state.rules, positions: [10, 20, 30])
        core.sequenceNumber = sequenceNumber
        core.chain = 77
        core.journalOffset = 4
        return core
    }

    /// A station at work on a disk with a gate.
    private func withGate(
        _ body: (GatedFileSystem, ShardState, SnapshotStation) throws -> Void
    ) throws {
        let disk = GatedFileSystem()
        var state = ShardState()
        state.local = SnapshotDirectory("/state", fileSystem: disk)
        let station = state.makeStation()
        station.start()
        defer {
            disk.openGate()
            #expect(station.finish(withinMilliseconds: Self.patienceMilliseconds))
        }
        try body(disk, state, station)
    }

    /// Gives a whole snapshot without a state to the station.
    private func give(_ sequenceNumber: UInt64, _ state: ShardState, to station: SnapshotStation) {
        let core = core(state)
        let image = core.engine.beginCapture(isFull: true)
        station.begin(
            state.common(station).header(
                core,
                at: ShardBoard.Cut(sequenceNumber: sequenceNumber, chain: 77, journalOffset: 4),
                rules: core.rules.text, positions: core.positions, image), startedAt: 0)
        let chunk = SnapshotChunk(capacity: 1 << 10)
        // BOUND: the state, which is empty.
        while !core.engine.capture(upTo: 1 << 10, into: &chunk.bytes) {}
        station.append(chunk, shard: 0)
        station.finish(shard: 0)
    }

    private func wait(for station: SnapshotStation) -> SnapshotStation.Outcome? {
        station.waitForOutcome(
            shard: 0, until: SystemClock.monotonicMilliseconds() + Self.patienceMilliseconds)
    }

    @Test func `without anything to write a shard is not looked at all the time`() {
        let state = ShardState()
        let clock = HandClock()
        var common = state.common(state.makeStation())
        common.clock = clock.clock
        var snapshots = ShardSnapshots(common)
        let core = core(state)
        let board = ShardBoard()
        func milliseconds() -> Int64? {
            guard case .nothing(let milliseconds) = snapshots.proceed(core, board) else { return nil }
            return milliseconds
        }
        #expect(milliseconds() == common.intervalMilliseconds)
        clock.move(milliseconds: 5 * common.intervalMilliseconds)
        core.isChangedSinceSnapshot = false
        #expect(milliseconds() == 1_000)
        core.isChangedSinceSnapshot = true
        #expect(milliseconds() == 100)
    }

    @Test func `a slow disk holds up the station, but no shard and no stop`() throws {
        try withGate { disk, state, station in
            disk.closeGate()
            give(5, state, to: station)
            disk.waitForArrivals(1)
            #expect(station.takeOutcome(shard: 0) == nil)
            // A shard goes on as long as there is room, and then looks again later.
            var count = 0
            while station.hasRoom {
                count += 1
                station.append(SnapshotChunk(capacity: 16), shard: 1)
            }
            #expect(count == 16)
            #expect(!station.waitForRoom(until: SystemClock.monotonicMilliseconds() + 10))
            #expect(!station.finish(withinMilliseconds: 10))
            disk.openGate()
            guard case .published(let file) = wait(for: station) else {
                Issue.record("it was not published")
                return
            }
            #expect(file.sequence == 5)
        }
    }

    @Test func `what becomes of a snapshot that was given up is not taken for that of the next`() throws {
        try withGate { disk, state, station in
            disk.closeGate()
            give(5, state, to: station)
            disk.waitForArrivals(1)
            station.cancel(shard: 0)
            give(6, state, to: station)
            // Its file and its list, then the file of the next.
            disk.admit(2)
            disk.waitForArrivals(3)
            #expect(station.takeOutcome(shard: 0) == nil)
            disk.openGate()
            guard case .published(let file) = wait(for: station) else {
                Issue.record("it was not published")
                return
            }
            #expect(file.sequence == 6)
        }
    }

    @Test func `last snapshots that are not in time are left to the journal, and the next one is full`()
        throws
    {
        try withGate { disk, state, station in
            let core = core(state)
            let final = FinalSnapshots(common: state.common(station), logger: state.logger)
            disk.closeGate()
            final.write([core], withinMilliseconds: 10)
            #expect(core.isChangedSinceSnapshot && core.policy.nextIsFull)
            disk.openGate()
            core.sequenceNumber = 6
            final.write([core], withinMilliseconds: Self.patienceMilliseconds)
            #expect(!core.isChangedSinceSnapshot && core.policy.newest?.sequence == 6)
        }
    }

    @Test func `last snapshots go to the shared place, where another host finds them`() throws {
        let shared = SnapshotDirectory("/shared", fileSystem: MemoryFileSystem())
        try shared.fileSystem.makeDirectory(shared.path)
        var first = ShardState()
        first.shared = shared
        let core = core(first)
        FinalSnapshots(common: first.common(first.makeStation()), logger: first.logger)
            .write([core], withinMilliseconds: Self.patienceMilliseconds)
        #expect(try shared.list(shard: 0).files.map(\.sequence) == [5])

        var second = ShardState()
        second.shared = shared
        let prepared = try second.prepare(
            mark: CommitMark(sequenceNumber: 5, chain: 77, writer: "first"), journal: MissingJournal())
        #expect(prepared.core.positions == [10, 20, 30])
        #expect(prepared.row.isEmpty)
        // It cannot continue a file that is elsewhere.
        #expect(prepared.core.policy.nextIsFull)
    }

    @Test func `a shard without changes, or without a journal, gets no last snapshot`() throws {
        let state = ShardState()
        let station = state.makeStation()
        let unchanged = core(state)
        unchanged.isChangedSinceSnapshot = false
        FinalSnapshots(common: state.common(station), logger: state.logger)
            .write([unchanged, core(state, 0)], withinMilliseconds: Self.patienceMilliseconds)
        #expect(try state.local.list(shard: 0).files.isEmpty)
    }
}
