import Coordination

/// Brings units to a modelled cluster without transactions, as `AtLeastOnceWriter` brings them to Kafka: records, then
/// the journal, each once the one before is acknowledged. The positions follow by themselves.
///
/// Isolation: the thread that turns the member.
final class SteppedWriter: UnitClient {
    /// What has both ways in common.
    private let client: SteppedClient
    private let board: ShardBoard
    private let cluster: any SteppedCluster
    private let plants: Set<SteppedMember.Plant>
    private var journalOffsets: [Int32: Int64] = [:]

    init(
        _ client: SteppedClient, cluster: any SteppedCluster, board: ShardBoard,
        plants: Set<SteppedMember.Plant>
    ) {
        self.client = client
        self.board = board
        self.cluster = cluster
        self.plants = plants
    }

    var commitsPositions: Bool { false }
    var writesAhead: Bool { false }
    var mustGiveUp: Bool { cluster.mustGiveUp }

    func idle() {}
    func close() {}
    func backOff() { cluster.backOff() }

    func begin() throws(TransactionTrouble) { journalOffsets = [:] }

    func produce(_ unit: CommitUnit, onlyRest: Bool) throws(TransactionTrouble) {
        let written = client.stepped(unit, unit.parts[...])
        if plants.contains(.commitsAhead) { settleEarly(unit) }
        do throws(TransactionTrouble) {
            _ = try cluster.write(written, isJournal: false)
        } catch {
            guard plants.contains(.ignoresUnacknowledged) else { throw error }
        }
        journalOffsets = try cluster.write(written, isJournal: true)
    }

    func journalOffset(of part: CommitUnit.Part) -> Int64? { journalOffsets[part.partition] }

    private func settleEarly(_ unit: CommitUnit) {
        for part in unit.parts {
            board.settle(
                part.partition, epoch: part.epoch, batchCount: 0, mark: part.mark, journalOffset: nil,
                cutNumber: 0, commit: ShardBoard.Commit(positions: part.positions, mark: part.mark))
        }
    }

    func sendOffsets(_ unit: CommitUnit) throws(TransactionTrouble) {}
    func commit(_ unit: CommitUnit) throws(TransactionTrouble) {}
    func abort() throws(TransactionTrouble) {}
    func renew() throws(TransactionTrouble) { try cluster.renew() }
    func isCommitted(_ unit: CommitUnit) throws(TransactionTrouble) -> Bool { false }
    func isOwned(_ unit: CommitUnit) -> Bool { client.isOwned(unit) }
}
