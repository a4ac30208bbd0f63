import Coordination
import KafkaTransport
import Primitives

/// The partitions of the trigger topics that are followed, and which record of theirs comes next. One thread.
///
/// Records at hand come by their time. A partition that is not known to be read to its end is waited for, but
/// not for long: order is a comfort here, not a promise.
final class TailPartitions {
    /// How long a record may be held back for another partition's.
    private static let patience = Duration.milliseconds(500)

    private struct Source {
        let head: PartitionHead
        let start: KafkaOffset
        /// Waited for long enough; again once it gives something.
        var isSlow = false
    }

    private var sources: [Source] = []
    /// Of all sources; nil while there are none.
    private var sequencer: ShardSequencer?
    private var waitingSince: ContinuousClock.Instant?

    /// Whether a partition is followed already.
    func contains(_ partition: TopicPartition) -> Bool {
        sources.contains { $0.head.partition == partition }
    }

    /// Follows further partitions from `starts` on. The others go on where they are.
    func add(_ starts: [PartitionOffset], of consumer: KafkaConsumer) throws {
        guard !starts.isEmpty else { return }
        for start in starts {
            let head = try PartitionHead(start.partition, of: consumer, topicIndex: sources.count)
            sources.append(Source(head: head, start: start.offset))
        }
        sequencer = ShardSequencer(topicCount: sources.count)
        try consumer.assign(
            sources.map { source in
                PartitionOffset(
                    source.head.partition, source.head.nextOffset.map { KafkaOffset($0) } ?? source.start)
            })
    }

    /// Lets go of all partitions, before the consumer is closed.
    func removeAll() {
        sources = []
        sequencer = nil
    }

    /// Looks for news in every partition. Trouble with one does not keep the others from being read.
    func fill(_ trouble: (KafkaError) -> Void) {
        for index in sources.indices { fill(index, trouble) }
    }

    private func fill(_ index: Int, _ trouble: (KafkaError) -> Void) {
        do throws(KafkaError) {
            if try sources[index].head.fill() { sources[index].isSlow = false }
        } catch {
            trouble(error)
        }
    }

    /// Passes the next record to `use`, unless there is none or another one may come before it.
    func takeNext(_ trouble: (KafkaError) -> Void, _ use: (PartitionHead) throws -> Void) throws -> Bool {
        switch decide() {
        case .idle:
            waitingSince = nil
            return false
        case .wait:
            guard sources.contains(where: { $0.head.state == .ready }) else { return false }
            let now = ContinuousClock.now
            guard let since = waitingSince else {
                waitingSince = now
                return false
            }
            guard now - since >= Self.patience else { return false }
            waitingSince = nil
            for index in sources.indices where sources[index].head.state == .waiting {
                sources[index].isSlow = true
            }
            return try takeNext(trouble, use)
        case .take(let index):
            waitingSince = nil
            try use(sources[index].head)
            sources[index].head.take()
            fill(index, trouble)
            return true
        }
    }

    private func decide() -> ShardSequencer.Decision {
        guard sequencer != nil else { return .idle }
        for (index, source) in sources.enumerated() {
            let time = EventTime(milliseconds: source.head.timestampMilliseconds ?? 0)
            let head = source.head.sequencerHead(time: time)
            sequencer?.set(index, source.isSlow && head == .unknown ? .end : head)
        }
        return sequencer?.next() ?? .idle
    }
}
