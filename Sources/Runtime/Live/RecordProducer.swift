import Coordination
import KafkaTransport
import Model
import Primitives
import Settings

/// Writes the records of units through one producer and keeps what was reported of them.
///
/// Isolation: the output thread.
final class RecordProducer {
    /// Bound of a wait for room in librdkafka's own queue before the end is looked at again.
    private static let roomWaitMilliseconds: Int32 = 100
    /// Token of everything but journal records.
    private static let plainToken: UInt64 = 0

    let producer: KafkaProducer
    private let byKind: [ProducerTopic]
    private let deadLetters: ProducerTopic
    private let journal: ProducerTopic
    private let groupID: [UInt8]
    private var headers: TriggerHeaders
    private let events: KafkaEventLog
    private var reports: [DeliveryReport] = []
    /// Records that were handed over and not reported on.
    private(set) var unreportedCount = 0
    /// The first failure that was reported since the last `forget`.
    private(set) var failure: KafkaError?
    /// Where journal records were written, by token.
    private(set) var journalOffsets: [UInt64: Int64] = [:]

    init(
        _ configuration: ProducerConfiguration, _ settings: Settings, _ events: KafkaEventLog
    ) throws(KafkaError) {
        let producer = try KafkaProducer(configuration)
        self.producer = producer
        do throws(KafkaError) {
            byKind = [
                try producer.topic(named: settings.topics.abandonedCart),
                try producer.topic(named: settings.topics.outcomes),
                try producer.topic(named: settings.topics.churnRisk),
                try producer.topic(named: settings.topics.adSuppression),
            ]
            deadLetters = try producer.topic(named: settings.topics.deadLetters)
            journal = try producer.topic(named: settings.topics.journal)
        } catch {
            producer.close()
            throw error
        }
        groupID = Array(settings.kafka.groupID.utf8)
        headers = TriggerHeaders(groupID: settings.kafka.groupID)
        self.events = events
    }

    /// Drops what was not delivered.
    func close() {
        try? producer.purge()
        producer.close()
    }

    /// Forgets what was reported, before a new attempt.
    func forget() {
        failure = nil
        unreportedCount = 0
        journalOffsets = [:]
    }

    /// Hands over the records and dead letters of parts of a unit, those of each shard in order.
    ///
    /// - Returns: false if `isOver` became true first.
    func produce(
        _ parts: ArraySlice<CommitUnit.Part>, until isOver: () -> Bool
    ) throws(KafkaError) -> Bool {
        for part in parts {
            for batch in part.batches {
                for entry in batch.records.entries {
                    guard try produce(entry, batch.records, isOver) else { return false }
                }
                for letter in batch.deadLetters { guard try produce(letter, isOver) else { return false } }
            }
        }
        return true
    }

    private func produce(
        _ entry: RecordBuffer.Entry, _ records: borrowing RecordBuffer, _ isOver: () -> Bool
    ) throws(KafkaError) -> Bool {
        var list = headers.headers(of: entry, in: records)
        // BOUND: until there is room, or the end.
        while try producer.produce(
            to: byKind[Int(entry.kind.rawValue)], key: records.customer(of: entry),
            value: records.value(of: entry), handingOver: &list,
            timestampMilliseconds: entry.at.milliseconds, token: Self.plainToken) == .queueFull
        {
            guard waitForRoom(isOver) else { return false }
        }
        unreportedCount += 1
        return true
    }

    private func produce(_ letter: DeadLetter, _ isOver: () -> Bool) throws(KafkaError) -> Bool {
        var headers = letter.allHeaders()
        let key = ByteCopy(letter.key)
        let value = ByteCopy(letter.value)
        // BOUND: until there is room, or the end.
        while try producer.produce(
            to: deadLetters, key: key.bytes, value: value.bytes, handingOver: &headers,
            timestampMilliseconds: letter.timestampMilliseconds, token: Self.plainToken) == .queueFull
        {
            guard waitForRoom(isOver) else { return false }
        }
        unreportedCount += 1
        return true
    }

    /// Hands over the journal records of parts of a unit.
    func produceJournal(
        _ parts: ArraySlice<CommitUnit.Part>, until isOver: () -> Bool
    ) throws(KafkaError) -> Bool {
        let key = ByteCopy(groupID)
        for part in parts {
            let value = ByteCopy(part.journal)
            var headers = RecordHeaders()
            // BOUND: until there is room, or the end.
            while try producer.produce(
                to: journal, partition: part.partition, key: key.bytes, value: value.bytes,
                handingOver: &headers, timestampMilliseconds: nil, token: part.journalToken)
                == .queueFull
            {
                guard waitForRoom(isOver) else { return false }
            }
            unreportedCount += 1
        }
        return true
    }

    private func waitForRoom(_ isOver: () -> Bool) -> Bool {
        settle(waitMilliseconds: Self.roomWaitMilliseconds)
        return !isOver()
    }

    /// Takes delivery reports, waiting so long for the first.
    func settle(waitMilliseconds: Int32) {
        producer.poll(timeoutMilliseconds: waitMilliseconds)
        for event in producer.takeEvents() { events.log(event) }
        producer.takeReports(into: &reports)
        for report in reports {
            unreportedCount -= 1
            if let error = report.error, failure == nil { failure = error }
            if report.token != Self.plainToken, let offset = report.offset {
                journalOffsets[report.token] = offset
            }
        }
        reports.removeAll(keepingCapacity: true)
    }
}

/// Bytes that stay where they are while librdkafka copies them.
private final class ByteCopy {
    private let storage: UnsafeMutableRawBufferPointer?

    init(_ bytes: [UInt8]?) {
        guard let bytes else {
            storage = nil
            return
        }
        let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        storage.copyBytes(from: bytes)
        self.storage = storage
    }

    deinit { storage?.deallocate() }

    var bytes: UnsafeRawBufferPointer? { storage.map { UnsafeRawBufferPointer($0) } }
}
