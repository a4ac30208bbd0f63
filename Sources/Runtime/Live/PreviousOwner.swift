import Coordination
import KafkaTransport
import Settings

/// Ends the open transaction of a process that was killed, so that its partitions can be taken over at once instead
/// of after its timeout: `init_transactions` under its transactional id aborts it.
struct PreviousOwner {
    private static let timeoutMilliseconds: Int32 = 2_000

    let settings: Settings
    let events: KafkaEventLog

    /// Fences whoever wrote the last committed marks of these partitions; does nothing if there is none.
    ///
    /// Returns the transactional ids that were fenced.
    func fence(_ partitions: [TopicPartition]) -> [String] {
        var fenced: [String] = []
        for id in writers(of: partitions).sorted() {
            var configuration = ProducerConfiguration(
                bootstrapServers: settings.kafka.bootstrapServers, transactionalID: id)
            configuration.properties = settings.kafkaProperties
            do throws(KafkaError) {
                let producer = try KafkaProducer(configuration)
                defer { producer.close() }
                try producer.initTransactions(timeoutMilliseconds: Self.timeoutMilliseconds)
                fenced.append(id)
            } catch {
                events.logRepeatable(
                    "fence", "cannot end the transaction of \(id) yet: \(error.message)", .warning)
            }
        }
        return fenced
    }

    /// The transactional ids in the marks, as they are without the open transaction.
    private func writers(of partitions: [TopicPartition]) -> Set<String> {
        var configuration = settings.observerConfiguration
        configuration.readsUncommitted = true
        do throws(KafkaError) {
            let consumer = try KafkaConsumer(configuration)
            defer { consumer.close(timeoutMilliseconds: 0) }
            let offsets = try consumer.committed(
                partitions, timeoutMilliseconds: Self.timeoutMilliseconds)
            let marks = offsets.compactMap { $0.metadata.flatMap { CommitMark($0) } }
            return Set(marks.map(\.writer).filter { !$0.isEmpty })
        } catch {
            events.logRepeatable("fence", "cannot tell who had the partitions: \(error.message)", .warning)
            return []
        }
    }
}
