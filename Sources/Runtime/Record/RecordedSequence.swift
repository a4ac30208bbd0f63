import Coordination
import KafkaTransport
import Model
import Primitives

/// One partition number of all topics, written in the order in which the live run takes them. One thread.
final class RecordedSequence {
    /// One topic's partition of the number.
    private struct Source {
        let head: PartitionHead
        let range: RecordingPlan.Range
        var time = EventTime.distantPast
        var form = RecordedValue.null

        init(_ range: RecordingPlan.Range, _ consumer: KafkaConsumer) throws(KafkaError) {
            self.range = range
            head = try PartitionHead(
                range.partition, of: consumer, topicIndex: range.topicIndex, endOffset: range.endOffset)
        }
    }

    /// Records that may be passed over before others have their turn.
    private static let skippedCountMax = 1_000

    private let times: Range<EventTime>
    private var sources: [Source] = []
    private var sequencer: ShardSequencer
    private(set) var isFinished = false

    /// Opens the queues of `ranges`, at least one, in the order of the topics; they are assigned afterwards.
    ///
    /// Records whose Kafka timestamp is not in `times` are left out; one without a timestamp is not.
    init(
        _ ranges: [RecordingPlan.Range], times: Range<EventTime>, _ consumer: KafkaConsumer
    ) throws(KafkaError) {
        self.times = times
        sequencer = ShardSequencer(topicCount: ranges.count)
        for range in ranges { sources.append(try Source(range, consumer)) }
    }

    /// Writes what is at hand and in order, at most `countMax` records; returns how many.
    func write(
        _ countMax: Int, reading: inout RecordReading, line: inout ByteWriter, to output: FileOutput
    ) throws -> Int {
        guard !isFinished else { return 0 }
        for index in sources.indices { try fill(index, &reading) }
        var count = 0
        while count < countMax {
            switch decide() {
            case .idle:
                isFinished = true
                return count
            case .wait: return count
            case .take(let index):
                try write(index, &line, to: output)
                count += 1
                try fill(index, &reading)
            }
        }
        return count
    }

    private func decide() -> ShardSequencer.Decision {
        for (index, source) in sources.enumerated() {
            sequencer.set(index, source.head.sequencerHead(time: source.time))
        }
        return sequencer.next()
    }

    private func fill(_ index: Int, _ reading: inout RecordReading) throws {
        let head = sources[index].head
        for _ in 0..<Self.skippedCountMax {
            guard try fill(head, sources[index].range), head.state == .ready else { return }
            if let time = head.timestampMilliseconds, !times.contains(EventTime(milliseconds: time)) {
                head.take()
                continue
            }
            (sources[index].time, sources[index].form) = reading.read(
                key: head.key, value: head.value, timestampMilliseconds: head.timestampMilliseconds,
                partition: head.partition.partition)
            return
        }
    }

    private func fill(_ head: PartitionHead, _ range: RecordingPlan.Range) throws -> Bool {
        do throws(KafkaError) {
            return try head.fill()
        } catch {
            guard error.kind == .offsetOutOfRange else { throw error }
            throw KafkaReadingError.removed(head.partition, offset: head.nextOffset ?? range.startOffset)
        }
    }

    private func write(_ index: Int, _ line: inout ByteWriter, to output: FileOutput) throws {
        let head = sources[index].head
        line.removeAll()
        RecordedLine.append(
            topic: head.partition.topic, partition: head.partition.partition, offset: head.offset,
            timestampMilliseconds: head.timestampMilliseconds, key: head.key, value: head.value,
            form: sources[index].form, to: &line)
        try output.write(line.bytes)
        head.take()
    }

    /// Offsets that were read so far.
    var doneOffsetCount: Int64 {
        sources.reduce(0) { sum, source in
            let done = source.head.state == .ended ? source.range.endOffset : source.head.nextOffset
            return sum + max((done ?? source.range.startOffset) - source.range.startOffset, 0)
        }
    }

    /// A topic partition that is waited for, and where.
    var awaited: (partition: TopicPartition, offset: Int64, end: Int64)? {
        sources.first { $0.head.state == .waiting }.map {
            ($0.range.partition, $0.head.nextOffset ?? $0.range.startOffset, $0.range.endOffset)
        }
    }
}
