/// What a replay gives, apart from the time it took.
public struct NaiveResult: Equatable, Sendable {
    /// The trigger records in their order, without line ends.
    public var triggers: [String] = []
    /// The dead letters in their order.
    public var deadLetters: [NaiveDeadLetter] = []
    /// The counts.
    public var summary = NaiveSummary()

    /// Nothing yet.
    public init() {}
}

/// What is compared of a dead letter.
public struct NaiveDeadLetter: Equatable, Sendable {
    /// The number of the line, from 1.
    public var position: Int
    /// The reason for the rejection.
    public var reason: String

    /// Makes one.
    public init(position: Int, reason: String) {
        self.position = position
        self.reason = reason
    }
}

/// The summary of a replay, without its seconds.
public struct NaiveSummary: Equatable, Sendable {
    /// Lines that are neither blank nor ticks.
    public var events = 0
    /// Events that had an effect.
    public var applied = 0
    /// Events in the dead letters.
    public var rejected = 0
    /// Unknown types and null values.
    public var ignored = 0
    /// Events without effect because they were repeats.
    public var duplicates = 0
    /// Events older than the watermark.
    public var late = 0
    /// Customers with an accepted event since their last erasure.
    public var customers = 0
    /// Records by type; types that never fired are left out.
    public var triggers: [String: Int] = [:]
    /// The lowest watermark of the sequences, RFC 3339, or nil.
    public var watermark: String?

    /// All zero.
    public init() {}
}

/// The contract written down as plainly as possible, to be compared with the real engine.
public enum NaiveModel {
    /// Replays the log `content`; `until` is milliseconds since 1970.
    public static func replay(content: [UInt8], config: NaiveConfig, until: Int64?) -> NaiveResult {
        var replay = NaiveReplay(config: config)
        for (index, line) in lines(of: content).enumerated() { replay.take(line, position: index + 1) }
        if let until { replay.finish(until: until) }
        return replay.finished()
    }

    /// A time as `--until` takes it: milliseconds since 1970 or RFC 3339 with offset; nil if it is neither.
    public static func time(_ text: String) -> Int64? { Int64(text) ?? NaiveTime.parse(Array(text.utf8)) }

    /// The lines of a log; a carriage return before the line feed belongs to the line end.
    static func lines(of content: Bytes) -> [Bytes] {
        var lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(
            Bytes.init)
        for index in lines.indices.dropLast() where lines[index].last == UInt8(ascii: "\r") {
            lines[index].removeLast()
        }
        return lines
    }
}

/// A replay under way.
private struct NaiveReplay {
    let config: NaiveConfig
    var sequences: [SequenceName: NaiveSequence] = [:]
    var result = NaiveResult()

    init(config: NaiveConfig) { self.config = config }

    mutating func take(_ line: Bytes, position: Int) {
        switch NaiveLine.read(line, config: config) {
        case .blank: break
        case .tick(let name, let time):
            var sequence = sequences[name] ?? NaiveSequence(config: config)
            emit(sequence.advance(to: time))
            sequences[name] = sequence
        case .value(_, .ignored):
            result.summary.events += 1
            result.summary.ignored += 1
        case .value(_, .rejected(let reason)):
            result.summary.events += 1
            result.summary.rejected += 1
            result.deadLetters.append(NaiveDeadLetter(position: position, reason: reason.rawValue))
        case .value(let name, .accepted(let event)):
            result.summary.events += 1
            var sequence = sequences[name] ?? NaiveSequence(config: config)
            emit(sequence.take(event))
            sequences[name] = sequence
        }
    }

    /// `W = max(W, until)` in every sequence; the timers of all fire in one order.
    mutating func finish(until: Int64) {
        for (name, sequence) in sequences {
            sequences[name]?.watermark = newest(sequence.watermark, until)
        }
        while true {
            var first: (name: SequenceName, due: NaiveSequence.Due)?
            for name in sequences.keys.sorted() {
                guard let due = sequences[name]?.nextDue() else { continue }
                if let found = first, found.due <= due { continue }
                first = (name, due)
            }
            guard let first else { return }
            emit(sequences[first.name]?.fire(first.due) ?? [])
        }
    }

    private mutating func emit(_ records: [NaiveRecord]) {
        for record in records {
            result.triggers.append(record.line)
            result.summary.triggers[record.type, default: 0] += 1
        }
    }

    func finished() -> NaiveResult {
        var result = result
        result.summary.duplicates = sequences.values.reduce(0) { $0 + $1.duplicateCount }
        result.summary.late = sequences.values.reduce(0) { $0 + $1.lateCount }
        result.summary.customers = sequences.values.reduce(0) { $0 + $1.customers.count }
        let counts = result.summary
        result.summary.applied = counts.events - counts.rejected - counts.ignored - counts.duplicates
        result.summary.watermark = sequences.values.compactMap { $0.watermark }.min().map(NaiveTime.text)
        return result
    }
}
