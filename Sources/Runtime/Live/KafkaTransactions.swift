import Coordination
import KafkaTransport
import Settings

/// Commits units by Kafka transactions.
///
/// One producer a process; its transactional id is stable, so that a restart settles what the former process left
/// open. Isolation: the output thread.
final class KafkaTransactions: ProducingClient {
    private static let stepTimeoutMilliseconds: Int32 = 2_000

    let output: UnitProducer
    private let transactionalID: String

    init(_ output: UnitProducer, transactionalID: String) {
        self.output = output
        self.transactionalID = transactionalID
    }

    var commitsPositions: Bool { true }
    var writesAhead: Bool { true }

    func begin() throws(TransactionTrouble) {
        guard let records = output.records else { throw .broken }
        records.forget()
        try perform { (records) throws(KafkaError) in try records.producer.beginTransaction() }
    }

    func produce(_ unit: CommitUnit, onlyRest: Bool) throws(TransactionTrouble) {
        let parts = onlyRest ? unit.rest : unit.parts[...]
        do throws(TransactionTrouble) {
            try perform { (records) throws(KafkaError) in
                guard try records.produce(parts, until: self.output.isOver),
                    try records.produceJournal(parts, until: self.output.isOver)
                else { throw KafkaError(code: .timedOut, operation: "produce") }
            }
        } catch {
            // Tried again from its beginning it would write some records twice.
            throw error == .retriable ? .requiresAbort : error
        }
    }

    func sendOffsets(_ unit: CommitUnit) throws(TransactionTrouble) {
        try perform { (records) throws(KafkaError) in
            try records.producer.sendOffsets(
                unit.offsets(of: self.output.settings.topics.inputs), group: unit.group,
                timeoutMilliseconds: Self.stepTimeoutMilliseconds)
        }
    }

    func commit(_ unit: CommitUnit) throws(TransactionTrouble) {
        try perform { (records) throws(KafkaError) in
            try records.producer.commitTransaction(timeoutMilliseconds: Self.stepTimeoutMilliseconds)
        }
        output.records?.settle(waitMilliseconds: 0)
    }

    func abort() throws(TransactionTrouble) {
        try perform { (records) throws(KafkaError) in
            try records.producer.abortTransaction(timeoutMilliseconds: Self.stepTimeoutMilliseconds)
        }
    }

    func renew() throws(TransactionTrouble) {
        var configuration = output.settings.producerConfiguration
        configuration.transactionalID = transactionalID
        try output.renew(configuration)
        try perform { (records) throws(KafkaError) in
            try records.producer.initTransactions(timeoutMilliseconds: Self.stepTimeoutMilliseconds)
        }
    }

    func isCommitted(_ unit: CommitUnit) throws(TransactionTrouble) -> Bool {
        // All parts are committed at once, and the last is its shard's last.
        guard let part = unit.parts.last else { return true }
        let marks: [CommitMark?]
        do throws(KafkaError) {
            var configuration = output.settings.observerConfiguration
            configuration.offsetReset = .error
            let consumer = try KafkaConsumer(configuration)
            defer { consumer.close(timeoutMilliseconds: 0) }
            let offsets = try consumer.committed(
                output.settings.topics.inputs.map { TopicPartition($0, part.partition) },
                timeoutMilliseconds: Self.stepTimeoutMilliseconds)
            marks = offsets.map { $0.metadata.flatMap { CommitMark($0) } }
        } catch {
            throw trouble(error)
        }
        return marks.contains {
            $0?.sequenceNumber == part.mark.sequenceNumber && $0?.chain == part.mark.chain
        }
    }

    private func perform(
        _ step: (RecordProducer) throws(KafkaError) -> Void
    ) throws(TransactionTrouble) {
        guard let records = output.records else { throw .broken }
        do throws(KafkaError) { try step(records) } catch {
            records.settle(waitMilliseconds: 0)
            throw trouble(error)
        }
    }

    /// What an error means for the transaction; the marks of librdkafka come first.
    private func trouble(_ error: KafkaError) -> TransactionTrouble {
        if let failure = output.records?.failure, failure.kind == .messageTooLarge { return .tooLarge }
        if error.kind == .messageTooLarge { return .tooLarge }
        output.events.logRepeatable(
            "transaction \(error.operation) \(error.name)", "transaction: \(error)", .warning)
        if error.kind == .configuration || error.kind == .authentication && error.isFatal {
            return .hopeless("\(error)")
        }
        if error.isFatal { return .broken }
        if error.requiresAbort { return .requiresAbort }
        if error.isRetriable { return .retriable }
        // A step in the wrong state: librdkafka waits for an abort, unless that is refused as well.
        if error.kind == .misuse, error.operation != "abort transaction" { return .requiresAbort }
        return .broken
    }
}

extension TransactionTrouble {
    /// A record that no topic takes.
    static let tooLarge = TransactionTrouble.hopeless(
        "a record is larger than its topic takes: raise max.message.bytes of the dead letters and trigger topics "
            + "above that of the inputs; what it came from will be read again")
}
