import Logging
import Primitives
import SnapshotStore

/// The snapshots of shards that were given up, after their last commit: whoever has them next, here or by way of the
/// shared place, has nothing to do again.
///
/// Neither a stop nor a group that waits for us must take long: what does not fit into the time is left to the journal.
/// Isolation: whoever has the cores.
struct FinalSnapshots {
    let common: ShardSnapshots.Common
    let logger: Logger

    /// Writes a snapshot of each core that has changed, and copies it, until the time is over; blocks.
    func write(_ cores: [ShardCore], withinMilliseconds milliseconds: Int64) {
        let deadline = common.clock.monotonicMilliseconds() + milliseconds
        var captured: [ShardCore] = []
        for core in cores where core.isChangedSinceSnapshot && core.sequenceNumber > 0 {
            if capture(core, until: deadline) { captured.append(core) }
        }
        var writtenCount = 0
        for core in captured where conclude(core, until: deadline) { writtenCount += 1 }
        if writtenCount > 0 { logger.info("last snapshots", metadata: ["count": "\(writtenCount)"]) }
    }

    /// Gives the whole state to the station. Returns false if the time was over first.
    private func capture(_ core: ShardCore, until deadline: Int64) -> Bool {
        let image = core.engine.beginCapture(isFull: core.policy.nextIsFull)
        let place = ShardBoard.Cut(
            sequenceNumber: core.sequenceNumber, chain: core.chain, journalOffset: core.journalOffset)
        common.station.begin(
            common.header(core, at: place, rules: core.rules.text, positions: core.positions, image),
            startedAt: common.clock.monotonicMilliseconds())
        var isFinished = false
        // BOUND: the deadline.
        while !isFinished {
            guard common.station.waitForRoom(until: deadline) else {
                core.engine.cancelCapture()
                giveUp(core)
                return false
            }
            let chunk = SnapshotChunk(capacity: ShardSnapshots.sliceByteCount + (64 << 10))
            isFinished = core.engine.capture(upTo: ShardSnapshots.sliceByteCount, into: &chunk.bytes)
            common.station.append(chunk, shard: core.partition)
        }
        common.station.finish(shard: core.partition)
        return true
    }

    /// Waits for what becomes of it. Returns whether it was published in time.
    private func conclude(_ core: ShardCore, until deadline: Int64) -> Bool {
        switch common.station.waitForOutcome(shard: core.partition, until: deadline) {
        case .published(let file):
            core.policy.didPublish(file)
            core.isChangedSinceSnapshot = false
            return true
        case .failed, nil:
            giveUp(core)
            return false
        }
    }

    /// What has changed is in no file, so the next one must have everything.
    private func giveUp(_ core: ShardCore) {
        common.station.cancel(shard: core.partition)
        core.policy.didFail()
    }
}
