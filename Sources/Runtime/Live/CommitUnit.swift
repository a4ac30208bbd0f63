import Coordination
import Engine
import KafkaTransport
import Settings

/// What is committed at once: the batches of some shards, and the journal record of each.
///
/// Isolation: the output thread.
struct CommitUnit {
    /// One shard's share.
    struct Part {
        var partition: Int32
        var epoch: UInt64
        var batches: [OutputBatch]
        /// The journal record.
        var journal: [UInt8]
        var mark: CommitMark
        /// Per input topic the next offset to read.
        var positions: [Int64]
        /// See `OutputBatch.cutNumber`.
        var cutNumber: UInt64

        /// Names the journal record among those under way; never 0. A partition number is positive.
        var journalToken: UInt64 {
            mark.sequenceNumber << 32 | UInt64(UInt32(truncatingIfNeeded: partition)) + 1
        }
    }

    /// In the order in which they are written. A shard has a second part, which goes on from the first, if the first
    /// was written ahead.
    var parts: [Part]
    /// How many of the parts are written ahead.
    var aheadCount = 0
    var group: GroupMetadata

    /// The parts that are not written ahead.
    var rest: ArraySlice<Part> { parts[aheadCount...] }

    /// The last part of each shard.
    var lastParts: [Part] {
        let later = Set(rest.map(\.partition))
        return parts[..<aheadCount].filter { !later.contains($0.partition) } + rest
    }

    /// The offsets to commit: those of all topics of each shard that are known, each with the mark. A shard that has
    /// done anything knows one.
    func offsets(of inputs: [String]) -> [PartitionOffset] {
        lastParts.flatMap { part in
            zip(inputs, part.positions).compactMap { topic, position in
                position < 0
                    ? nil
                    : PartitionOffset(
                        TopicPartition(topic, part.partition), KafkaOffset(position), metadata: part.mark.text
                    )
            }
        }
    }
}

/// Makes units out of batches.
struct CommitUnitBuilder {
    let board: ShardBoard
    /// The transactional id, or what stands for it.
    let writer: String
    let clusterID: String
    let partitionCount: Int32

    private static let machine = JournalRecord.Machine(
        semanticsVersion: Engine.semanticsVersion, mathFingerprint: EngineIdentity.mathFingerprint)

    /// Puts batches together, as far as they go into one transaction.
    ///
    /// - Parameters:
    ///   - batches: in the order of each shard.
    ///   - ahead: a unit that is written ahead, all of it, and still ours; these batches go on from it.
    /// - Returns: the unit, nil if nothing is ours; batches of former owners; and what must wait for the next unit,
    ///   since a snapshot was cut before it.
    func build(
        _ batches: [OutputBatch], after ahead: CommitUnit?
    ) -> (unit: CommitUnit?, foreign: [OutputBatch], later: [OutputBatch]) {
        var foreign: [OutputBatch] = []
        var later: [OutputBatch] = []
        var order: [Int32] = []
        var own: [Int32: [OutputBatch]] = [:]
        for batch in batches {
            guard board.isOwned(batch.partition, epoch: batch.epoch) else {
                foreign.append(batch)
                continue
            }
            if own[batch.partition]?.last?.isCut == true {
                later.append(batch)
                continue
            }
            if own[batch.partition] == nil { order.append(batch.partition) }
            own[batch.partition, default: []].append(batch)
        }
        guard let group = board.group else {
            precondition(own.isEmpty, "a shard is ours without a membership")
            return (ahead, foreign, later)
        }
        let ends = ahead?.parts.reduce(into: [:]) { $0[$1.partition] = $1.mark } ?? [:]
        let parts = order.sorted().compactMap { part($0, own[$0] ?? [], after: ends[$0], group) }
        var unit = ahead ?? CommitUnit(parts: [], group: group)
        unit.aheadCount = unit.parts.count
        unit.parts += parts
        return (unit.parts.isEmpty ? nil : unit, foreign, later)
    }

    private func part(
        _ partition: Int32, _ batches: [OutputBatch], after mark: CommitMark?, _ group: GroupMetadata
    ) -> CommitUnit.Part? {
        guard let shard = board.shard(partition), let last = batches.last else { return nil }
        let record = JournalRecord(
            shard: partition, sequenceNumber: (mark?.sequenceNumber ?? shard.sequenceNumber) + 1,
            previousChain: mark?.chain ?? shard.chain,
            writer: writer, generation: group.generation, clusterID: clusterID,
            partitionCount: partitionCount, machine: Self.machine, watermark: last.watermark,
            positions: last.positions, steps: batches.flatMap(\.steps))
        let (bytes, chain) = record.encoded()
        return CommitUnit.Part(
            partition: partition, epoch: last.epoch, batches: batches, journal: bytes,
            mark: CommitMark(sequenceNumber: record.sequenceNumber, chain: chain, writer: writer),
            positions: last.positions, cutNumber: last.cutNumber)
    }
}
