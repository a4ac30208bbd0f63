import KafkaTransport
import Logging
import Model
import Primitives
import Settings

/// The thread that writes records and dead letters to Kafka and learns what was acknowledged.
///
/// At least once: the producer is idempotent and never gives a record up, so a slow broker makes it wait, then
/// the shards, then the reading.
final class OutputLoop: @unchecked Sendable {
    // SAFETY: `run` and what it uses belong to the loop's thread; the rest is constant or thread-safe.
    /// What a record's delivery report is for.
    private struct Origin {
        var partition: Int32
        var epoch: UInt64
        var triggerCount: Int
        var deadLetterCount: Int
        var unreportedCount: Int
    }

    private struct Topics {
        var byKind: [ProducerTopic]
        var deadLetters: ProducerTopic
    }

    /// How long a wait for something to write may last while reports are still to come.
    private static let reportWaitMilliseconds: Int64 = 2
    private static let idleWaitMilliseconds: Int64 = 100
    /// Bound of a wait for room in librdkafka's own queue before the end is looked at.
    private static let roomWaitMilliseconds: Int32 = 100

    private let queue: OutputQueue
    private let board: PositionBoard
    private let counters: LiveCounters
    private let lifecycle: Lifecycle
    private let settings: Settings
    private let configuration: ProducerConfiguration
    private let events: KafkaEventLog
    /// When the daemon gives up what is not acknowledged, in monotonic milliseconds.
    private let deadline = Monitor<Int64?>(nil)
    private var thread: SystemThread?
    private var origins: [UInt64: Origin] = [:]
    private var reports: [DeliveryReport] = []

    init(
        settings: Settings, queue: OutputQueue, board: PositionBoard, counters: LiveCounters,
        lifecycle: Lifecycle, events: KafkaEventLog
    ) {
        self.settings = settings
        self.queue = queue
        self.board = board
        self.counters = counters
        self.lifecycle = lifecycle
        self.events = events
        configuration = settings.producerConfiguration
    }

    func start() { thread = SystemThread(name: "tetik-output") { [self] in run() } }

    /// Writes what is queued, waits for its acknowledgement for at most so long, and ends the thread.
    func finish(withinMilliseconds milliseconds: Int64) {
        deadline.change { $0 = SystemClock.monotonicMilliseconds() + milliseconds }
        queue.close()
        thread?.join()
        thread = nil
    }

    private var isOverdue: Bool {
        deadline.read { $0.map { $0 < SystemClock.monotonicMilliseconds() } ?? false }
    }

    private func run() {
        do throws(KafkaError) {
            let producer = try KafkaProducer(configuration)
            defer {
                try? producer.purge()
                producer.close()
            }
            try write(with: producer)
        } catch {
            lifecycle.fail(.writing(error))
            // Whoever waits for room or for settlement must not wait for us.
            while !queue.isFinished { discard(queue.takeFilled(milliseconds: Self.idleWaitMilliseconds)) }
        }
    }

    private func write(with producer: KafkaProducer) throws(KafkaError) {
        let topics = Topics(
            byKind: [
                try producer.topic(named: settings.topics.abandonedCart),
                try producer.topic(named: settings.topics.outcomes),
                try producer.topic(named: settings.topics.churnRisk),
                try producer.topic(named: settings.topics.adSuppression),
            ], deadLetters: try producer.topic(named: settings.topics.deadLetters))
        var headers = TriggerHeaders(groupID: settings.kafka.groupID)
        // BOUND: until the queue is closed and everything is acknowledged, or the deadline.
        while !(queue.isFinished && origins.isEmpty), !isOverdue {
            let wait = origins.isEmpty ? Self.idleWaitMilliseconds : Self.reportWaitMilliseconds
            for batch in queue.takeFilled(milliseconds: wait) {
                if board.isCurrent(batch) { try send(batch, topics, &headers, producer) }
                queue.giveBack(batch)
            }
            try settle(producer, waitMilliseconds: 0)
        }
    }

    private func send(
        _ batch: OutputBatch, _ topics: Topics, _ headers: inout TriggerHeaders, _ producer: KafkaProducer
    ) throws(KafkaError) {
        guard batch.recordCount > 0 else { return }
        origins[batch.number] = Origin(
            partition: batch.partition, epoch: batch.epoch, triggerCount: batch.records.count,
            deadLetterCount: batch.deadLetters.count, unreportedCount: batch.recordCount)
        for entry in batch.records.entries {
            var list = headers.headers(of: entry, in: batch.records)
            // BOUND: until there is room, or the deadline of the end.
            while try producer.produce(
                to: topics.byKind[Int(entry.kind.rawValue)], key: batch.records.customer(of: entry),
                value: batch.records.value(of: entry), handingOver: &list,
                timestampMilliseconds: entry.at.milliseconds, token: batch.number) == .queueFull
            {
                guard try waitForRoom(producer) else { return }
            }
        }
        for letter in batch.deadLetters { try send(letter, batch.number, topics.deadLetters, producer) }
    }

    private func send(
        _ letter: DeadLetter, _ number: UInt64, _ topic: ProducerTopic, _ producer: KafkaProducer
    ) throws(KafkaError) {
        var headers = letter.allHeaders()
        let key = ByteCopy(letter.key)
        let value = ByteCopy(letter.value)
        // BOUND: until there is room, or the deadline of the end.
        while try producer.produce(
            to: topic, key: key.bytes, value: value.bytes, handingOver: &headers,
            timestampMilliseconds: letter.timestampMilliseconds, token: number) == .queueFull
        {
            guard try waitForRoom(producer) else { return }
        }
    }

    private func waitForRoom(_ producer: KafkaProducer) throws(KafkaError) -> Bool {
        try settle(producer, waitMilliseconds: Self.roomWaitMilliseconds)
        return !isOverdue
    }

    /// Takes delivery reports and notes what they settle.
    private func settle(_ producer: KafkaProducer, waitMilliseconds: Int32) throws(KafkaError) {
        producer.poll(timeoutMilliseconds: waitMilliseconds)
        for event in producer.takeEvents() { events.log(event) }
        producer.takeReports(into: &reports)
        var index = 0
        while index < reports.count {
            if let error = reports[index].error { throw error }
            let token = reports[index].token
            var count = 1
            while index + count < reports.count, reports[index + count].token == token,
                reports[index + count].error == nil
            {
                count += 1
            }
            acknowledge(token, count: count)
            index += count
        }
        reports.removeAll(keepingCapacity: true)
    }

    private func acknowledge(_ number: UInt64, count: Int) {
        guard var origin = origins[number] else { return }
        origin.unreportedCount -= count
        board.acknowledge(number, count: count, partition: origin.partition, epoch: origin.epoch)
        if origin.unreportedCount > 0 {
            origins[number] = origin
            return
        }
        origins[number] = nil
        counters.addAcknowledged(triggers: origin.triggerCount, deadLetters: origin.deadLetterCount)
    }

    private func discard(_ batches: [OutputBatch]) { for batch in batches { queue.giveBack(batch) } }
}

extension DaemonFailure {
    fileprivate static func writing(_ error: KafkaError) -> DaemonFailure {
        switch error.kind {
        case .configuration: .configuration("\(error)")
        case .messageTooLarge:
            .configuration(
                "a record is larger than its topic takes: raise max.message.bytes of the dead letters and trigger "
                    + "topics above that of the inputs; what it came from will be read again")
        default: .fault("\(error)")
        }
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
