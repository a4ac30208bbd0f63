import KafkaTransport
import Settings

/// The journal topic, for deleting what is old. Blocks; the station's thread.
struct KafkaJournalKeeper: JournalKeeper {
    /// How long records are looked at in one go.
    private static let lookMilliseconds: Int64 = 10_000
    private static let pollMilliseconds: Int32 = 50
    private static let timeoutMilliseconds: Int32 = 5_000

    let settings: Settings
    let lifecycle: Lifecycle
    let events: KafkaEventLog

    func ownStretch(shard: Int32, before end: Int64) throws(KafkaError) -> JournalStretch {
        let consumer = try KafkaConsumer(settings.observerConfiguration)
        defer { consumer.close(timeoutMilliseconds: 0) }
        let partition = TopicPartition(settings.topics.journal, shard)
        let low = try consumer.queryWatermarks(
            of: partition, timeoutMilliseconds: Self.timeoutMilliseconds
        ).low
        return try look(at: partition, from: low, to: end, consumer)
    }

    private func look(
        at partition: TopicPartition, from low: Int64, to end: Int64, _ consumer: KafkaConsumer
    ) throws(KafkaError) -> JournalStretch {
        var stretch = JournalStretch(start: low, end: low)
        let queue = try consumer.openQueue(for: partition, topicIndex: 0)
        try consumer.assign([PartitionOffset(partition, KafkaOffset(low))])
        let deadline = SystemClock.monotonicMilliseconds() + Self.lookMilliseconds
        // BOUND: the deadline.
        while stretch.end < end, !lifecycle.isStopping, SystemClock.monotonicMilliseconds() < deadline {
            while let event = try consumer.poll(timeoutMilliseconds: 0) { events.log(event) }
            switch queue.next(timeoutMilliseconds: Self.pollMilliseconds) {
            case .record(let record):
                // The record at `end` itself is ours, and behind all markers before it.
                stretch.endsAtForeign = record.offset < end && !isOwn(record)
                if stretch.endsAtForeign { return stretch }
                stretch.end = min(record.offset + 1, end)
            case .failed(let error): throw error
            case .endOfPartition: break
            case .empty: break
            }
        }
        return stretch
    }

    private func isOwn(_ record: borrowing ConsumerRecord) -> Bool {
        guard let key = record.key else { return false }
        return key.elementsEqual(settings.kafka.groupID.utf8)
    }

    func delete(shard: Int32, before offset: Int64) throws(KafkaError) {
        let admin = try KafkaAdmin(
            bootstrapServers: settings.kafka.bootstrapServers, properties: settings.kafkaProperties)
        defer { admin.close() }
        _ = try admin.deleteRecords(
            before: [PartitionOffset(TopicPartition(settings.topics.journal, shard), KafkaOffset(offset))],
            timeoutMilliseconds: Self.timeoutMilliseconds)
        for event in admin.takeEvents() { events.log(event) }
    }
}
