import Logging
import Primitives
import SnapshotStore

/// The snapshots of a clean stop, after the last commit: the next start has nothing to do again.
///
/// A stop must not take long: what does not fit into the time is left to the journal.
struct FinalSnapshots {
    private static let sliceByteCount = 1 << 20

    let common: ShardSnapshots.Common
    let directory: SnapshotDirectory
    let keptCount: Int
    let logger: Logger

    /// Writes a snapshot of each core that has changed, until the time is over; blocks.
    func write(_ cores: [ShardCore], withinMilliseconds milliseconds: Int64) {
        let deadline = common.clock.monotonicMilliseconds() + milliseconds
        var writtenCount = 0
        for core in cores where core.isChangedSinceSnapshot && core.sequenceNumber > 0 {
            do {
                if try write(core, deadline) { writtenCount += 1 }
            } catch {
                logger.error("a last snapshot could not be written", metadata: ["why": "\(error)"])
            }
        }
        if writtenCount > 0 { logger.info("last snapshots", metadata: ["count": "\(writtenCount)"]) }
    }

    /// Returns false if the time was over first.
    private func write(_ core: ShardCore, _ deadline: Int64) throws -> Bool {
        let image = core.engine.beginCapture(isFull: core.policy.nextIsFull)
        defer { core.engine.cancelCapture() }
        let identity = SnapshotIdentity(
            cluster: common.clusterID, group: common.groupID, partitionCount: common.partitionCount,
            rules: core.rules.text, positions: core.positions, journalOffset: core.journalOffset ?? -1)
        let header = SnapshotHeader(
            shard: UInt32(core.partition), sequence: core.sequenceNumber, chainHash: core.chain,
            writtenAtMilliseconds: common.clock.wallClock().milliseconds, metadata: identity.metadata(image),
            continuing: core.policy.nextIsFull ? nil : core.policy.newest)
        try directory.prepare(shard: header.shard)
        let writer = try SnapshotWriter(header, in: directory)
        let chunk = SnapshotChunk(capacity: Self.sliceByteCount + (64 << 10))
        var isFinished = false
        // BOUND: the deadline.
        while !isFinished {
            guard common.clock.monotonicMilliseconds() < deadline else {
                writer.discard()
                return false
            }
            chunk.bytes.removeAll()
            isFinished = core.engine.capture(upTo: Self.sliceByteCount, into: &chunk.bytes)
            try writer.append(chunk.bytes.bytes)
        }
        core.policy.didFail()
        let pending = try writer.finish()
        for fault in try pending.publish(keeping: keptCount) { logger.warning("snapshot: \(fault)") }
        core.policy.didPublish(pending.file)
        core.isChangedSinceSnapshot = false
        return true
    }
}
