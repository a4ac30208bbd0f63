import Coordination
import KafkaTransport
import Settings

/// Writes units without transactions: records first, then the journal, then the positions, each once the one before
/// is acknowledged. After a crash in between the same records come again, with the same ids.
///
/// Isolation: the output thread.
final class AtLeastOnceWriter: UnitClient {
    private static let reportWaitMilliseconds: Int32 = 5
    private static let backOffMilliseconds: Int64 = 30

    private let settings: Settings
    private let board: ShardBoard
    private let events: KafkaEventLog
    private let isOver: () -> Bool
    private var records: RecordProducer?

    init(settings: Settings, board: ShardBoard, events: KafkaEventLog, isOver: @escaping () -> Bool) {
        self.settings = settings
        self.board = board
        self.events = events
        self.isOver = isOver
    }

    var mustGiveUp: Bool { isOver() }
    var journalOffsets: [Int32: Int64] { records?.journalOffsets ?? [:] }
    /// The poll thread commits the positions.
    var commitsPositions: Bool { false }

    func close() {
        records?.close()
        records = nil
    }

    func idle() { records?.settle(waitMilliseconds: 0) }

    func begin() throws(TransactionTrouble) {
        guard let records else { throw .broken }
        records.forget()
    }

    func produce(_ unit: CommitUnit) throws(TransactionTrouble) {
        try write { (records) throws(KafkaError) in try records.produce(unit, until: self.isOver) }
        try write { (records) throws(KafkaError) in try records.produceJournal(unit, until: self.isOver) }
    }

    func sendOffsets(_ unit: CommitUnit) throws(TransactionTrouble) {}

    func commit(_ unit: CommitUnit) throws(TransactionTrouble) {}

    func abort() throws(TransactionTrouble) {}

    func renew() throws(TransactionTrouble) {
        close()
        var configuration = settings.producerConfiguration
        // A record is never given up: the broker may be away for as long as it likes.
        configuration.properties["message.timeout.ms"] = "0"
        do throws(KafkaError) {
            records = try RecordProducer(configuration, settings, events)
        } catch {
            throw .hopeless("\(error)")
        }
    }

    /// What was written may be there or not: it is written again.
    func isCommitted(_ unit: CommitUnit) throws(TransactionTrouble) -> Bool { false }

    func isOwned(_ unit: CommitUnit) -> Bool {
        unit.parts.allSatisfy { board.isOwned($0.partition, epoch: $0.epoch) }
    }

    func backOff() { SystemClock.sleep(milliseconds: Self.backOffMilliseconds) }

    /// Hands over and waits for the acknowledgements.
    private func write(
        _ step: (RecordProducer) throws(KafkaError) -> Bool
    ) throws(TransactionTrouble) {
        guard let records else { throw .broken }
        do throws(KafkaError) {
            guard try step(records) else { throw KafkaError(code: .timedOut, operation: "produce") }
            // BOUND: until everything is acknowledged, or the end.
            while records.unreportedCount > 0 {
                records.settle(waitMilliseconds: Self.reportWaitMilliseconds)
                if let failure = records.failure { throw failure }
                if isOver() { throw KafkaError(code: .timedOut, operation: "produce") }
            }
        } catch {
            throw trouble(error)
        }
    }

    private func trouble(_ error: KafkaError) -> TransactionTrouble {
        if error.kind == .messageTooLarge { return .tooLarge }
        if error.kind == .configuration { return .hopeless("\(error)") }
        events.logRepeatable("writing \(error.name)", "writing: \(error)", .warning)
        return .broken
    }
}
