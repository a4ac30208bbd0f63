import Coordination
import KafkaTransport
import Logging
import Primitives
public import Settings

/// Writes the exact sequence that each shard of a group has processed, by its journal: the input as recorded
/// records, the rises of the watermark as ticks. A replay of it under the same rules gives the same records, byte for
/// byte.
///
/// No group is joined and nothing is committed. One partition after another; memory is bounded by the journal of
/// one. One thread.
public struct JournalRecording: ~Copyable {
    /// Milliseconds without any news after which it is given up.
    private static let silenceMillisecondsMax: Int64 = 60_000
    private static let waitMilliseconds: Int32 = 100
    private static let committedTimeoutMilliseconds: Int32 = 15_000
    private static let queuedKilobyteCountMax = 16_384

    private let settings: Settings
    private let output: FileOutput
    private let start = ContinuousClock.now
    private var progress = Recording.Progress()
    private var line = ByteWriter(capacity: 65_536)

    /// Prepares a recording of the group that `settings` names.
    public init(settings: Settings, output: FileOutput) {
        self.settings = settings
        self.output = output
    }

    /// Records. Returns early, after a whole line, when `isStopped` says so.
    ///
    /// `note` is told of rules that changed on the way, `onProgress` several times a second. Throws `KafkaError`,
    /// `KafkaReadingError`, `JournalRecordingError` and, from writing, `SystemError`.
    public mutating func run(
        isStopped: () -> Bool, note: Recording.Note = { _ in },
        onProgress: (Recording.Progress) -> Void = { _ in }
    ) throws -> Recording.Progress {
        let access = KafkaAccess(settings.kafka)
        let admin = try access.admin()
        let metadata = try access.firstMetadata(of: admin, isStopped: isStopped)
        admin.close()
        guard let count = metadata?.partitionCounts[settings.topics.journal] else {
            throw KafkaReadingError.noTopics(
                [settings.topics.journal], servers: settings.kafka.bootstrapServers)
        }
        let marks = try marks(partitionCount: count)
        for partition in 0..<Int32(count) where !isStopped() {
            let row = try row(partition, marks[Int(partition)])
            progress.share = Double(partition) / Double(count)
            onProgress(progress)
            if !row.isEmpty { try write(row, partition, access, isStopped, note, onProgress) }
        }
        try output.flush()
        progress.seconds = (ContinuousClock.now - start) / .seconds(1)
        return progress
    }

    /// What the group committed last, by partition.
    private func marks(partitionCount: Int) throws -> [CommitMark?] {
        let consumer = try KafkaConsumer(settings.observerConfiguration)
        defer { consumer.close() }
        return try (0..<Int32(partitionCount)).map { partition in
            try consumer.committed(
                settings.topics.inputs.map { TopicPartition($0, partition) },
                timeoutMilliseconds: Self.committedTimeoutMilliseconds
            ).compactMap { $0.metadata.flatMap { CommitMark($0) } }
                .max { $0.sequenceNumber < $1.sequenceNumber }
        }
    }

    private func row(_ partition: Int32, _ mark: CommitMark?) throws -> [JournalTail.Entry] {
        let reading = JournalReading(
            settings: settings, lifecycle: Lifecycle(),
            events: KafkaEventLog(Logger(label: "record") { _ in SwiftLogNoOpLogHandler() }))
        let tail: JournalTail
        do throws(JournalReading.Failure) {
            tail = try reading.read(shard: partition, after: nil, to: mark)
        } catch {
            throw JournalRecordingError(partition: partition, why: error.text)
        }
        guard
            let end = mark.map({ ($0.sequenceNumber, $0.chain) })
                ?? tail.last.map({ ($0.record.sequenceNumber, $0.chain) })
        else { return [] }
        do throws(JournalTail.Failure) { return try tail.row(after: (0, 0), to: end) } catch {
            throw JournalRecordingError(partition: partition, why: "\(error)")
        }
    }

    private mutating func write(
        _ row: [JournalTail.Entry], _ partition: Int32, _ access: KafkaAccess, _ isStopped: () -> Bool,
        _ note: Recording.Note, _ onProgress: (Recording.Progress) -> Void
    ) throws {
        let consumer = try access.reader(
            queuedKilobyteCountMax: Self.queuedKilobyteCountMax, offsetReset: .error)
        defer { consumer.close() }
        let heads = try settings.topics.inputs.enumerated().map { index, topic in
            try PartitionHead(TopicPartition(topic, partition), of: consumer, topicIndex: index)
        }
        try consumer.assign(heads.enumerated().compactMap { Self.start(of: $1.partition, $0, row) })
        var reading = RecordReading(rules: settings.rules)
        var isFirstRules = true
        for step in row.flatMap(\.record.steps) where !isStopped() {
            switch step {
            case .input(let ranges):
                guard ranges.count == heads.count else {
                    throw JournalRecordingError(
                        partition: partition, why: "it was written with other topics.inputs")
                }
                try write(ranges, heads, consumer, &reading, isStopped)
                progress.seconds = (ContinuousClock.now - start) / .seconds(1)
                onProgress(progress)
            case .advance(let time): try writeTick(time, partition)
            case .rules(let text, _):
                if !isFirstRules || text != SequenceRules(settings).text {
                    note(
                        "partition \(partition): other rules than the configured ones held: \(differences(text))"
                    )
                }
                isFirstRules = false
            }
        }
    }

    private func differences(_ text: String) -> String {
        (try? SequenceRules(text: text))?.differences(from: SequenceRules(settings)) ?? text
    }

    /// Where a topic's first range begins; nil if it has none.
    private static func start(
        of partition: TopicPartition, _ topic: Int, _ row: [JournalTail.Entry]
    ) -> PartitionOffset? {
        for case .input(let ranges) in row.lazy.flatMap(\.record.steps)
        where topic < ranges.count && ranges[topic].count > 0 {
            return PartitionOffset(partition, KafkaOffset(ranges[topic].start))
        }
        return nil
    }

    /// Writes the records of ranges in the order of their merge.
    private mutating func write(
        _ ranges: [InputRange], _ heads: [PartitionHead], _ consumer: KafkaConsumer,
        _ reading: inout RecordReading, _ isStopped: () -> Bool
    ) throws {
        var taken = ranges.map { InputRange(at: $0.start) }
        var forms = [RecordedValue](repeating: .null, count: ranges.count)
        var sequencer = ShardSequencer(topicCount: ranges.count)
        for topic in ranges.indices { sequencer.set(topic, ranges[topic].count > 0 ? .unknown : .end) }
        var newsAt = ContinuousClock.now
        // BOUND: the records of the ranges, or silenceMillisecondsMax without news.
        while !isStopped() {
            for topic in ranges.indices where taken[topic].count < ranges[topic].count {
                guard try heads[topic].fill() || heads[topic].state == .ready, heads[topic].state == .ready
                else { continue }
                let head = heads[topic]
                let (time, form) = reading.read(
                    key: head.key, value: head.value, timestampMilliseconds: head.timestampMilliseconds,
                    partition: head.partition.partition)
                forms[topic] = form
                sequencer.set(topic, head.sequencerHead(time: time))
            }
            guard case .take(let topic) = sequencer.next() else {
                if case .idle = sequencer.next() { break }
                try wait(consumer, heads, since: newsAt)
                continue
            }
            newsAt = .now
            try write(heads[topic], forms[topic])
            taken[topic].add(offset: heads[topic].offset, digest: Self.digest(heads[topic]))
            heads[topic].take()
            sequencer.set(topic, taken[topic].count < ranges[topic].count ? .unknown : .end)
        }
        for topic in ranges.indices where !isStopped() && taken[topic].hash != ranges[topic].hash {
            throw JournalRecordingError(
                partition: heads[topic].partition.partition,
                why:
                    "\(heads[topic].partition) from offset \(ranges[topic].start) on has changed since it was processed"
            )
        }
    }

    private static func digest(_ head: PartitionHead) -> UInt64 {
        InputDigest.of(
            offset: head.offset, timestamp: head.timestampMilliseconds, key: head.key, value: head.value)
    }

    private func wait(
        _ consumer: KafkaConsumer, _ heads: [PartitionHead], since newsAt: ContinuousClock.Instant
    ) throws {
        // BOUND: the events at hand.
        while let event = try consumer.poll(timeoutMilliseconds: 0) {
            if case .error(let error) = event, !error.isWorthWaitingFor, error.kind != .authorization {
                throw error
            }
        }
        if ContinuousClock.now - newsAt > .milliseconds(Self.silenceMillisecondsMax) {
            throw KafkaReadingError.stalled(
                heads[0].partition, offset: heads[0].nextOffset ?? 0, end: heads[0].nextOffset ?? 0,
                seconds: Int(Self.silenceMillisecondsMax / 1_000))
        }
        _ = consumer.signal.wait(timeoutMilliseconds: Self.waitMilliseconds)
    }

    private mutating func write(_ head: PartitionHead, _ form: RecordedValue) throws {
        line.removeAll()
        RecordedLine.append(
            topic: head.partition.topic, partition: head.partition.partition, offset: head.offset,
            timestampMilliseconds: head.timestampMilliseconds, key: head.key, value: head.value,
            form: form, to: &line)
        try output.write(line.bytes)
        progress.recordCount += 1
    }

    private mutating func writeTick(_ time: EventTime, _ partition: Int32) throws {
        line.removeAll()
        line.append(text: "{\"partition\":\(partition),\"tick\":\(time.milliseconds)}\n")
        try output.write(line.bytes)
    }
}

/// Why the sequence of a shard cannot be written.
public struct JournalRecordingError: Error, Sendable, CustomStringConvertible {
    let partition: Int32
    let why: String

    /// What is wrong.
    public var description: String { "the journal of partition \(partition): \(why)" }
}

extension JournalReading.Failure {
    /// What is wrong, in words.
    var text: String {
        switch self {
        case .incomplete(let text), .unreadable(let text), .refused(let text): text
        case .kafka(let error): "\(error)"
        case .ahead(_, let snapshot, let last):
            "a snapshot holds record \(snapshot), the journal ends at \(last)"
        case .stopped: "stopped"
        }
    }
}
