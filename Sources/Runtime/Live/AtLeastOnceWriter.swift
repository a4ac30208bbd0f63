import Coordination
import KafkaTransport
import Settings

/// Writes units without transactions: records first, then the journal, then the positions, each once the one before
/// is acknowledged. After a crash in between the same records come again, with the same ids.
///
/// Isolation: the output thread.
final class AtLeastOnceWriter: ProducingClient {
    private static let reportWaitMilliseconds: Int32 = 5

    let output: UnitProducer

    init(_ output: UnitProducer) { self.output = output }

    /// The poll thread commits the positions.
    var commitsPositions: Bool { false }
    /// A journal record may only follow when all records before it are acknowledged.
    var writesAhead: Bool { false }

    func begin() throws(TransactionTrouble) {
        guard let records = output.records else { throw .broken }
        records.forget()
    }

    func produce(_ unit: CommitUnit, onlyRest: Bool) throws(TransactionTrouble) {
        try write { (records) throws(KafkaError) in
            try records.produce(unit.parts[...], until: self.output.isOver)
        }
        try write { (records) throws(KafkaError) in
            try records.produceJournal(unit.parts[...], until: self.output.isOver)
        }
    }

    func sendOffsets(_ unit: CommitUnit) throws(TransactionTrouble) {}

    func commit(_ unit: CommitUnit) throws(TransactionTrouble) {}

    func abort() throws(TransactionTrouble) {}

    func renew() throws(TransactionTrouble) {
        var configuration = output.settings.producerConfiguration
        // A record is never given up: the broker may be away for as long as it likes.
        configuration.properties["message.timeout.ms"] = "0"
        try output.renew(configuration)
    }

    /// What was written may be there or not: it is written again.
    func isCommitted(_ unit: CommitUnit) throws(TransactionTrouble) -> Bool { false }

    /// Hands over and waits for the acknowledgements.
    private func write(
        _ step: (RecordProducer) throws(KafkaError) -> Bool
    ) throws(TransactionTrouble) {
        guard let records = output.records else { throw .broken }
        do throws(KafkaError) {
            guard try step(records) else { throw KafkaError(code: .timedOut, operation: "produce") }
            // BOUND: until everything is acknowledged, or the end.
            while records.unreportedCount > 0 {
                records.settle(waitMilliseconds: Self.reportWaitMilliseconds)
                if let failure = records.failure { throw failure }
                if output.isOver() { throw KafkaError(code: .timedOut, operation: "produce") }
            }
        } catch {
            throw trouble(error)
        }
    }

    private func trouble(_ error: KafkaError) -> TransactionTrouble {
        if error.kind == .messageTooLarge { return .tooLarge }
        if error.kind == .configuration { return .hopeless("\(error)") }
        output.events.logRepeatable("writing \(error.name)", "writing: \(error)", .warning)
        return .broken
    }
}
