import KafkaTransport
import Model
public import Primitives
public import Settings

/// Writes the input topics as recorded records, in the order in which a live run takes them.
///
/// Each partition is read up to where it ended at the start. No group is joined and nothing is committed.
/// Memory is bounded by `RecordingPlan.partitionCountMax` queues. One thread.
public struct Recording {
    /// What to record, and where to.
    public struct Options {
        /// Of these, `kafka`, `topics.inputs` and what the decoder needs matter.
        public var settings: Settings
        /// Where reading begins; `.latest` records nothing.
        public var start: ReadingStart
        /// Records with this Kafka timestamp or a later one are left out; nil: none is.
        public var end: EventTime?
        /// Where the lines go.
        public var output: FileOutput

        /// Makes options.
        public init(settings: Settings, start: ReadingStart, end: EventTime? = nil, output: FileOutput) {
            self.settings = settings
            self.start = start
            self.end = end
            self.output = output
        }
    }

    /// How far a recording has come.
    public struct Progress: Sendable {
        /// Lines written.
        public var recordCount: Int64 = 0
        /// Of the offsets to read, those that were, from 0 to 1.
        public var share = 0.0
        /// Since the first question to Kafka.
        public var seconds = 0.0
    }

    /// Something to tell the user, in words.
    public typealias Note = (String) -> Void

    /// Milliseconds without any news after which an unfinished recording is given up.
    private static let silenceMillisecondsMax: Int64 = 60_000
    /// How long to wait for news in one go; a stop is noticed that late.
    private static let waitMilliseconds: Int32 = 100
    /// Records of one sequence that are written before the others have their turn.
    private static let turnRecordCount = 1_000
    /// All queues together hold about this much, in KiB.
    private static let queuedKilobyteCountMax = 65_536

    private let options: Options
    private let start = ContinuousClock.now
    private var progress = Progress()

    /// Prepares a recording.
    public init(_ options: Options) { self.options = options }

    /// Records. Returns early, after a whole line, when `isStopped` says so.
    ///
    /// `note` is told of missing topics, `onProgress` several times a second. Throws `KafkaError`,
    /// `KafkaReadingError` and, from writing, `SystemError`.
    public mutating func run(
        isStopped: () -> Bool, note: Note = { _ in }, onProgress: (Progress) -> Void = { _ in }
    ) throws -> Progress {
        do {
            try recordAll(isStopped, note, onProgress)
        } catch {
            // What was read before the trouble is good, whole lines.
            try? options.output.flush()
            throw error
        }
        try options.output.flush()
        progress.seconds = seconds
        return progress
    }

    private mutating func recordAll(
        _ isStopped: () -> Bool, _ note: Note, _ onProgress: (Progress) -> Void
    ) throws {
        let access = KafkaAccess(options.settings.kafka)
        guard let topics = try topics(access, isStopped, note) else { return }
        let consumer = try access.reader(
            queuedKilobyteCountMax: Self.queuedKilobyteCountMax / RecordingPlan.partitionCountMax,
            offsetReset: .error)
        defer { consumer.close() }
        let plan = try RecordingPlan(
            topics: topics, from: options.start, consumer: consumer, isStopped: isStopped)
        var doneOffsetCount: Int64 = 0
        for group in plan.groups where !isStopped() {
            doneOffsetCount += try record(group, consumer, isStopped) { progress, offsets in
                progress.share = Double(doneOffsetCount + offsets) / Double(max(plan.offsetCount, 1))
                onProgress(progress)
            }
        }
    }

    /// The Kafka timestamps to record.
    private var times: Range<EventTime> {
        var first = EventTime.distantPast
        if case .time(let time) = options.start { first = time }
        return first..<max(options.end ?? .never, first)
    }

    private var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// The input topics that exist; nil if stopped.
    private func topics(
        _ access: KafkaAccess, _ isStopped: () -> Bool, _ note: Note
    ) throws -> [(index: Int, name: String, partitionCount: Int)]? {
        let admin = try access.admin()
        defer { admin.close() }
        guard let metadata = try access.firstMetadata(of: admin, isStopped: isStopped) else { return nil }
        let names = options.settings.topics.inputs
        var topics: [(index: Int, name: String, partitionCount: Int)] = []
        for (index, name) in names.enumerated() {
            if let count = metadata.partitionCounts[name] {
                topics.append((index, name, count))
            } else {
                note("topic \(name) does not exist: there is nothing of it to record")
            }
        }
        guard !topics.isEmpty else {
            throw KafkaReadingError.noTopics(names, servers: access.settings.bootstrapServers)
        }
        return topics
    }

    /// Records some partitions, all topics of each, and returns how many offsets they had.
    private mutating func record(
        _ ranges: [RecordingPlan.Range], _ consumer: KafkaConsumer, _ isStopped: () -> Bool,
        _ report: (inout Progress, Int64) -> Void
    ) throws -> Int64 {
        let numbers = Set(ranges.map(\.partition.partition)).sorted()
        let sequences = try numbers.map { number in
            try RecordedSequence(
                ranges.filter { $0.partition.partition == number }, times: times, consumer)
        }
        try consumer.assign(ranges.map { PartitionOffset($0.partition, $0.start) })
        var reading = RecordReading(rules: options.settings.rules)
        var line = ByteWriter(capacity: 65_536)
        var doneOffsetCount: Int64 = 0
        var newsAt = ContinuousClock.now
        // BOUND: silenceMillisecondsMax without news.
        while !isStopped(), sequences.contains(where: { !$0.isFinished }) {
            try Self.serve(consumer)
            for sequence in sequences {
                progress.recordCount += Int64(
                    try sequence.write(
                        Self.turnRecordCount, reading: &reading, line: &line, to: options.output))
            }
            progress.seconds = seconds
            let done = sequences.reduce(0) { $0 + $1.doneOffsetCount }
            report(&progress, done)
            if done > doneOffsetCount {
                doneOffsetCount = done
                newsAt = .now
            } else {
                try wait(consumer, sequences, since: newsAt)
            }
        }
        try consumer.assign([])
        return doneOffsetCount
    }

    private func wait(
        _ consumer: KafkaConsumer, _ sequences: [RecordedSequence], since newsAt: ContinuousClock.Instant
    ) throws {
        guard let awaited = sequences.lazy.compactMap({ $0.isFinished ? nil : $0.awaited }).first else {
            return
        }
        let silence = ContinuousClock.now - newsAt
        if silence >= .milliseconds(Self.silenceMillisecondsMax) {
            throw KafkaReadingError.stalled(
                awaited.partition, offset: awaited.offset, end: awaited.end,
                seconds: Int(Self.silenceMillisecondsMax / 1_000))
        }
        try options.output.flush()
        _ = consumer.signal.wait(timeoutMilliseconds: Self.waitMilliseconds)
    }

    /// Takes what the client tells besides records; throws what waiting does not mend.
    private static func serve(_ consumer: KafkaConsumer) throws {
        // BOUND: the events at hand.
        while let event = try consumer.poll(timeoutMilliseconds: 0) {
            // Trouble with the group does not matter: it is not joined.
            if case .error(let error) = event, !error.isWorthWaitingFor, error.kind != .authorization {
                throw error
            }
        }
    }
}
