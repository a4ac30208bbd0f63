import Glibc
public import Model
public import Primitives
import Synchronization

/// The engine over recorded logs: same records as live, no Kafka, no clock.
///
/// Each chunk of lines goes through two phases: the workers decode its slices and give each event its
/// sequence and watermark; every worker applies the events of its own customers. The records of all are merged into
/// one order and written while the next chunk is decoded. So the number of threads changes nothing in the output,
/// and memory depends on the customers, not on the log's length.
///
/// Isolation: `run` blocks the calling thread, which works along.
public final class Replay {
    /// What to replay, and where the results go.
    public struct Options {
        /// The logs, in order; `-` is standard input.
        public var logs: [String]
        /// The rules.
        public var rules: Rules
        /// Workers, at least 1.
        public var threadCount: Int
        /// `--until`.
        public var until: EventTime?
        /// Where trigger records go, one a line.
        public var triggers: FileOutput
        /// Where rejected lines go, if anywhere.
        public var deadLetters: FileOutput?

        /// Makes options.
        public init(
            logs: [String], rules: Rules, threadCount: Int, until: EventTime?, triggers: FileOutput,
            deadLetters: FileOutput?
        ) {
            self.logs = logs
            self.rules = rules
            self.threadCount = threadCount
            self.until = until
            self.triggers = triggers
            self.deadLetters = deadLetters
        }
    }

    /// How far a replay has come.
    public struct Progress: Sendable {
        /// Lines read so far.
        public var lineCount: Int64
        /// Stored bytes read so far.
        public var readByteCount: Int64
        /// Stored bytes of all logs; nil if one is a pipe.
        public var storedByteCount: Int64?
        /// Wall time since the start, in seconds.
        public var seconds: Double
    }

    /// Bytes of lines that each worker gets of a chunk. Alone, so few that text and events stay in the second-level
    /// cache between decoding and applying; with others, what they have decoded is not near anyway, and rounds should
    /// be long. Measured with `tetik-bench`.
    private static func byteCountPerMember(memberCount: Int) -> Int { memberCount == 1 ? 256 << 10 : 1 << 20 }
    /// Slices that a worker decodes of a chunk, on average: one of them also writes records, and decodes fewer.
    private static let slicesPerMember = 2
    /// Event time that is fired at once after the last event; bounds the records that are held.
    private static let untilStepMilliseconds: Int64 = 60_000

    private let options: Options
    private let reader: LogReader
    private let team: WorkerTeam
    private let parts: [ReplayPart]
    private let slices: [DecodedSlice]
    private let output: RecordOutput
    private let deadLetters: DeadLetterLog?
    private let placement: SlicePlacement
    private var summary = ReplaySummary()
    private var lineCount: Int64 = 0

    /// Opens the logs, so that a wrong name is said before anything is written.
    public init(_ options: Options) throws(LogError) {
        self.options = options
        let memberCount = max(options.threadCount, 1)
        reader = try LogReader(
            paths: options.logs,
            chunkByteCount: Self.byteCountPerMember(memberCount: memberCount) * memberCount)
        team = WorkerTeam(memberCount: memberCount)
        parts = (0..<memberCount).map {
            ReplayPart(rules: options.rules, member: $0, memberCount: memberCount)
        }
        // Alone, a worker gains nothing from more than one.
        let sliceCount = memberCount == 1 ? 1 : memberCount * Self.slicesPerMember
        slices = (0..<sliceCount).map { _ in DecodedSlice(memberCount: memberCount) }
        output = RecordOutput(parts: parts, triggers: options.triggers)
        deadLetters = options.deadLetters.map { DeadLetterLog($0) }
        placement = SlicePlacement(
            slices, latenessMilliseconds: options.rules.allowedLatenessMilliseconds,
            notesRises: memberCount > 1)
    }

    /// Replays everything.
    ///
    /// - Parameter report: called after each chunk.
    /// - Throws: `LogError` or `SystemError`; what was written so far stays.
    public func run(report: (Progress) -> Void = { _ in }) throws -> ReplaySummary {
        let start = Self.monotonicSeconds()
        reader.start()
        defer {
            reader.finish()
            team.finish()
        }
        do {
            try replayChunks(since: start, report)
        } catch {
            // What the chunks before the failure led to is written all the same.
            output.writeRecords()
            throw error
        }
        if let until = options.until { try fireUntil(until) }
        try options.triggers.flush()
        try deadLetters?.flush()
        summarise(seconds: Self.monotonicSeconds() - start)
        return summary
    }

    private func replayChunks(since start: Double, _ report: (Progress) -> Void) throws {
        while let chunk = try reader.next() {
            try replay(chunk)
            reader.giveBack(chunk)
            report(
                Progress(
                    lineCount: lineCount, readByteCount: reader.readByteCount,
                    storedByteCount: reader.storedByteCount, seconds: Self.monotonicSeconds() - start))
        }
        output.writeRecords()
        try output.check()
    }

    private func replay(_ chunk: LogChunk) throws(SystemError) {
        let cuts = Self.cut(chunk.bytes, into: slices.count)
        let nextSlice = SliceCounter()
        placement.begin()
        team.run { [slices, parts, output, placement] member in
            if member == 0 { output.writeRecords() }
            while let index = nextSlice.take(of: slices.count) {
                let bytes = UnsafeRawBufferPointer(rebasing: chunk.bytes[cuts[index]..<cuts[index + 1]])
                parts[member].decode(bytes, into: slices[index])
                placement.note(decoded: index)
            }
        }
        try output.check()
        for slice in slices { try account(slice) }
        let clock = placement.clock
        team.run { [slices, parts] member in
            parts[member].apply(slices, clock: clock)
        }
        // Alone, a worker waits for nobody, and writes what it still has near.
        if parts.count == 1 { output.writeRecords() }
        lineCount += placement.lineCount
    }

    /// Offsets at which a chunk is cut into slices of whole lines, about equally long.
    static func cut(_ bytes: UnsafeRawBufferPointer, into count: Int) -> [Int] {
        var cuts = [0]
        for index in 1..<max(count, 1) {
            let wanted = max(bytes.count * index / count, cuts[index - 1])
            let rest = UnsafeRawBufferPointer(rebasing: bytes[wanted...])
            cuts.append(wanted == 0 ? 0 : wanted + rest.lineByteCount)
        }
        cuts.append(bytes.count)
        return cuts
    }

    /// Counts what did not become an event, and writes the dead letters.
    private func account(_ slice: DecodedSlice) throws(SystemError) {
        summary.ignoredCount += Int64(slice.batch.ignoredCount)
        summary.rejectedCount += Int64(slice.batch.rejected.count)
        guard let deadLetters else { return }
        for rejected in slice.batch.rejected {
            let position = lineCount + Int64(slice.firstLine) + Int64(rejected.line) + 1
            try deadLetters.write(rejected, of: slice.batch, position: position)
        }
    }

    /// `--until`: the timers of all sequences fire in one order, a minute of event time at once.
    private func fireUntil(_ until: EventTime) throws(SystemError) {
        let sequences = placement.clock.sequencesByPartition
        // BOUND: each round gets to the next pending timer at least, or ends.
        while true {
            let earliest = parts.map(\.earliestDue).min() ?? .never
            let target = min(until, earliest + Self.untilStepMilliseconds)
            for part in parts { part.advanceAll(to: target, sequences: sequences) }
            output.writeRecords()
            try output.check()
            if target == until { break }
        }
        placement.raiseAll(to: until)
    }

    private func summarise(seconds: Double) {
        for part in parts {
            let counters = part.counters
            summary.appliedCount += Int64(counters.appliedCount)
            summary.duplicateCount += Int64(counters.duplicateCount)
            summary.lateCount += Int64(counters.lateCount)
            summary.customerCount += Int64(part.customerCount)
        }
        summary.eventCount =
            summary.appliedCount + summary.duplicateCount + summary.rejectedCount + summary.ignoredCount
        summary.triggerCounts = output.counts
        summary.watermark = placement.clock.lowest
        summary.seconds = seconds
    }

    static func monotonicSeconds() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}

/// Hands out the slices of a chunk to whoever is free.
private final class SliceCounter: Sendable {
    private let next = Atomic<Int>(0)

    /// The next slice's index; nil when all `count` are taken.
    func take(of count: Int) -> Int? {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        return index < count ? index : nil
    }
}
