import Coordination
import Engine
import KafkaTransport
import Model
import Settings

/// Brings units to a modelled cluster, as `KafkaTransactions` brings them to Kafka.
///
/// Isolation: the thread that turns the member.
final class SteppedClient: UnitClient {
    private let cluster: any SteppedCluster
    private let board: ShardBoard
    private let settings: Settings
    private let plants: Set<SteppedMember.Plant>
    /// Digests of the states at the end of batches that are under way.
    var digests: [ObjectIdentifier: UInt64] = [:]
    private var journalOffsets: [UInt64: Int64] = [:]

    init(
        cluster: any SteppedCluster, board: ShardBoard, settings: Settings, plants: Set<SteppedMember.Plant>
    ) {
        self.cluster = cluster
        self.board = board
        self.settings = settings
        self.plants = plants
    }

    var commitsPositions: Bool { true }
    var writesAhead: Bool { true }
    var mustGiveUp: Bool { cluster.mustGiveUp }

    func idle() {}
    func close() {}
    func backOff() { cluster.backOff() }

    func begin() throws(TransactionTrouble) {
        journalOffsets = [:]
        try cluster.begin()
    }

    func produce(_ unit: CommitUnit, onlyRest: Bool) throws(TransactionTrouble) {
        let parts = onlyRest ? unit.rest : unit.parts[...]
        if plants.contains(.settlesBeforeCommit) { settleEarly(unit) }
        let offsets = try cluster.produce(stepped(unit, parts))
        for (part, offset) in zip(parts, offsets) { journalOffsets[part.journalToken] = offset }
    }

    func sendOffsets(_ unit: CommitUnit) throws(TransactionTrouble) {
        if plants.contains(.skipsOffsets) { return }
        try cluster.sendOffsets(stepped(unit, []))
    }

    func journalOffset(of part: CommitUnit.Part) -> Int64? { journalOffsets[part.journalToken] }

    func commit(_ unit: CommitUnit) throws(TransactionTrouble) { try cluster.commit() }

    func abort() throws(TransactionTrouble) {
        try cluster.abort()
        if plants.contains(.takesAbortForCommit) { throw .broken }
    }

    func renew() throws(TransactionTrouble) { try cluster.renew() }

    func isCommitted(_ unit: CommitUnit) throws(TransactionTrouble) -> Bool {
        guard let part = unit.parts.last else { return true }
        if plants.contains(.takesAbortForCommit) { return true }
        let offsets = try cluster.committed(
            settings.topics.inputs.map { TopicPartition($0, part.partition) })
        return offsets.contains { offset in
            let mark = offset.metadata.flatMap { CommitMark($0) }
            return mark?.sequenceNumber == part.mark.sequenceNumber && mark?.chain == part.mark.chain
        }
    }

    func isOwned(_ unit: CommitUnit) -> Bool {
        unit.parts.allSatisfy { board.isOwned($0.partition, epoch: $0.epoch) }
    }

    private func settleEarly(_ unit: CommitUnit) {
        for part in unit.parts where part.cutNumber > 0 {
            board.settle(
                part.partition, epoch: part.epoch, batchCount: 0, mark: part.mark, journalOffset: nil,
                cutNumber: part.cutNumber, commit: nil)
        }
    }

    /// What is written of some parts of a unit.
    func stepped(_ unit: CommitUnit, _ parts: ArraySlice<CommitUnit.Part>) -> SteppedUnit {
        var written = SteppedUnit(
            outputs: [], offsets: unit.offsets(of: settings.topics.inputs), group: unit.group, places: [])
        for part in parts {
            for batch in part.batches { append(batch, to: &written.outputs) }
            let digest = part.batches.last.flatMap { digests[ObjectIdentifier($0)] }
            written.places.append(
                SteppedUnit.Place(partition: part.partition, mark: part.mark, digest: digest ?? 0))
        }
        for part in parts {
            written.outputs.append(
                SteppedUnit.Output(
                    topic: settings.topics.journal, partition: part.partition,
                    key: Array(settings.kafka.groupID.utf8), value: part.journal))
        }
        return written
    }

    private func append(_ batch: OutputBatch, to outputs: inout [SteppedUnit.Output]) {
        let topics = settings.topics
        let byKind = [topics.abandonedCart, topics.outcomes, topics.churnRisk, topics.adSuppression]
        for entry in batch.records.entries {
            outputs.append(
                SteppedUnit.Output(
                    topic: byKind[Int(entry.kind.rawValue)], partition: nil,
                    key: Array(batch.records.customer(of: entry)),
                    value: Array(batch.records.value(of: entry))))
        }
        for letter in batch.deadLetters {
            outputs.append(
                SteppedUnit.Output(
                    topic: topics.deadLetters, partition: nil, key: letter.key ?? [],
                    value: Array("\(letter.topic)/\(letter.partition)@\(letter.offset)".utf8)))
        }
    }
}

/// Reads journals from a modelled cluster.
final class SteppedJournal: JournalSource, @unchecked Sendable {
    // SAFETY: everything of a stepped member is on one thread.
    private let cluster: any SteppedCluster
    private let groupID: String
    /// BOUND: how often a mark is waited for that is not there yet.
    private static let attemptCountMax = 10_000

    init(cluster: any SteppedCluster, groupID: String) {
        self.cluster = cluster
        self.groupID = groupID
    }

    func read(
        shard: Int32, after offset: Int64?, to mark: CommitMark?
    ) throws(JournalReading.Failure) -> JournalTail {
        // BOUND: attemptCountMax, or the member's end.
        for _ in 0..<Self.attemptCountMax {
            var tail = JournalTail()
            for record in cluster.journal(shard, from: (offset ?? -1) + 1) { try add(record, to: &tail) }
            guard let mark else { return tail }
            if tail.contains(sequenceNumber: mark.sequenceNumber, chain: mark.chain) { return tail }
            if cluster.mustGiveUp { throw .stopped }
            cluster.backOff()
        }
        throw .incomplete("record \(mark?.sequenceNumber ?? 0) of partition \(shard) is not in the journal")
    }

    private func add(_ record: SteppedRecord, to tail: inout JournalTail) throws(JournalReading.Failure) {
        guard let key = record.key, key.elementsEqual(groupID.utf8), let value = record.value else { return }
        do throws(JournalError) {
            let (decoded, chain) = try JournalRecord.decode(value)
            tail.add(decoded, chain: chain, offset: record.offset)
        } catch {
            throw .unreadable("\(error)")
        }
    }
}
