import ArgumentParser
import Glibc
import Primitives
import Runtime
import Settings

/// `tetik replay`: the same engine over recorded logs, no Kafka.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Run recorded logs through the rules, without Kafka.",
        discussion: """
            Reads JSON Lines: plain events, recorded records (see 'tetik record'), or both. Logs whose names end \
            in .gz or .zst are decompressed; several are read in the order given; - is standard input. The \
            same logs and configuration give the same records, byte for byte, on any number of threads.

            Examples:
              tetik replay --config tetik.yaml november.jsonl.zst > triggers.jsonl
              tetik replay a.jsonl b.jsonl --triggers t.jsonl --dead-letters d.jsonl
              tetik replay november.jsonl.zst --until 2026-12-31T00:00:00Z
            """)

    @OptionGroup var configuration: ConfigOptions
    @Argument(help: "The logs, in order; - is standard input.", completion: .file())
    var logs: [String]
    @Option(help: ArgumentHelp("Where trigger records go. (default: standard output)", valueName: "file"))
    var triggers: String?
    @Option(
        help: ArgumentHelp("Where rejected lines go. (default: nowhere, they are counted)", valueName: "file")
    )
    var deadLetters: String?
    @Option(help: ArgumentHelp("Where the counts go, as one JSON object.", valueName: "file"))
    var summary: String?
    @Option(help: ArgumentHelp("Threads, 1 to 256. (default: one per core)", valueName: "count"))
    var threads: Int?
    @Option(
        help: ArgumentHelp(
            "Fire the timers up to this time after the last event: milliseconds since 1970, or RFC 3339 such as "
                + "2026-09-30T00:00:00Z.",
            valueName: "time"))
    var until: TimeArgument?

    func validate() throws {
        guard (1...256).contains(threads ?? 1) else { throw ValidationError("--threads is 1 to 256.") }
        if logs.filter({ $0 == "-" }).count > 1 { throw ValidationError("- can be given once.") }
    }

    func run() throws {
        let settings = try configuration.load().settings
        try LogCommand.run { try replay(settings) }
    }

    private func replay(_ settings: Settings) throws {
        let options = Replay.Options(
            logs: logs, rules: settings.rules, threadCount: threads ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)),
            until: until?.time, triggers: try output(triggers) ?? .standardOutput(),
            deadLetters: try output(deadLetters))
        // Opened before the work, so that a wrong name is said at once.
        let summaryFile = try output(summary)
        var bar = ProgressBar()
        let result = try Replay(options).run { bar.show($0) }
        bar.finish(result)
        if result.rejectedCount > 0, deadLetters == nil {
            Console.complain(
                "rejected \(result.rejectedCount) of \(result.eventCount) events; --dead-letters FILE says which "
                    + "and why"
            )
        }
        if let summaryFile {
            try summaryFile.write(text: result.json)
            try summaryFile.flush()
        }
    }

    private func output(_ path: String?) throws(SystemError) -> FileOutput? {
        guard let path else { return nil }
        return path == "-" ? .standardOutput() : try FileOutput(path: path)
    }
}

/// A time on the command line: milliseconds since 1970, or RFC 3339 with offset.
struct TimeArgument: ExpressibleByArgument {
    let time: EventTime

    init?(argument: String) {
        let parsed = Int64(argument).map { EventTime(milliseconds: $0) } ?? EventTime(rfc3339: argument)
        guard let parsed, parsed >= .earliest, parsed <= .latest else { return nil }
        time = parsed
    }
}

/// One line on a terminal's standard error that says how far a replay has come; nothing elsewhere.
struct ProgressBar {
    private static let secondsBetweenUpdates = 0.1
    private let isShown = Console.isTerminal
    private var shownAt = 0.0

    mutating func show(_ progress: Replay.Progress) {
        guard isShown, progress.seconds - shownAt >= Self.secondsBetweenUpdates else { return }
        shownAt = progress.seconds
        var text = "\r\u{1B}[K\(Self.thousands(progress.lineCount)) lines"
        text += ", \(Self.thousands(Int64(Double(progress.lineCount) / progress.seconds)))/s"
        if let stored = progress.storedByteCount, stored > 0, progress.readByteCount > 0 {
            let share = min(Double(progress.readByteCount) / Double(stored), 1)
            let left = Int64(progress.seconds * (1 - share) / share + 0.5)
            text += ", \(Int(share * 100)) %, \(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60) left"
        }
        Console.write(text)
    }

    func finish(_ summary: ReplaySummary) {
        guard isShown else { return }
        let triggers = summary.triggerCounts.reduce(0, +)
        let rate = Int64(Double(summary.eventCount) / max(summary.seconds, 0.001))
        Console.write(
            "\r\u{1B}[K\(Self.thousands(summary.eventCount)) events, \(Self.thousands(triggers)) triggers, "
                + "\(Self.thousands(summary.rejectedCount)) rejected, \(Self.thousands(rate)) events/s\n")
    }

    /// `1234567` as `1,234,567`.
    private static func thousands(_ value: Int64) -> String {
        var text = ""
        for (index, digit) in String(value).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }
}
