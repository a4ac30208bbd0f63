import ArgumentParser
import Runtime
import Settings

/// `tetik record`: the input topics as recorded records.
struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Write the input topics as a log that 'tetik replay' reads.",
        discussion: """
            Writes one JSON object a line, up to where each partition ended at the start: \
            {"topic":"carts","partition":0,"offset":7,"timestamp":1764547200000,"key":"c-1","value":{…}}. \
            The records of a partition number come in the order in which the daemon takes them, so a replay \
            gives what the daemon gave. No group is joined and nothing is committed: it is safe beside a \
            running daemon.

            --from and --to are about the timestamps of Kafka's records: --from is the first that is \
            recorded, --to the first that is not.

            With --journal it writes instead what the daemons of kafka.group_id have really processed, in their \
            order, with the ticks of the wall clock: a replay of it gives their records again, byte for byte.

            Examples:
              tetik record --config tetik.yaml --journal --output processed.jsonl
              tetik record --config tetik.yaml | zstd > all.jsonl.zst
              tetik record --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z > n.jsonl
              tetik record --from 1h | tetik replay -
            """)

    @OptionGroup var configuration: ConfigOptions
    @Option(
        help: ArgumentHelp(
            "Where to begin: earliest, a time (milliseconds or RFC 3339), or how long ago, such as 1h. "
                + "(default: earliest)", valueName: "time"))
    var from: StartArgument?
    @Option(
        help: ArgumentHelp(
            "Leave out records of this time and later: milliseconds or RFC 3339. (default: none)",
            valueName: "time"))
    var to: TimeArgument?
    @Flag(help: "Write the sequence that the group has processed, by its journal.")
    var journal = false
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The file to write. (default: standard output)", valueName: "file"))
    var output: String?

    func validate() throws {
        if journal, from != nil || to != nil {
            throw ValidationError("--journal writes all of the journal; leave out --from and --to.")
        }
        if from?.start == .latest { throw ValidationError("--from latest would record nothing.") }
        if case .time(let time) = from?.start, let to, to.time <= time {
            throw ValidationError("--to must be later than --from.")
        }
    }

    func run() throws {
        let settings = try configuration.load().settings
        try KafkaCommand.run { isStopped in
            let file = try output.flatMap { $0 == "-" ? nil : try FileOutput(path: $0) } ?? .standardOutput()
            var line = RecordingLine(isShown: Console.isTerminal && !file.isTerminal)
            defer { line.clear() }
            let result = try record(settings, file, isStopped) { line.show($0) }
            line.finish(result, isStopped: isStopped())
        }
    }

    private func record(
        _ settings: Settings, _ file: FileOutput, _ isStopped: () -> Bool,
        _ show: (Recording.Progress) -> Void
    ) throws -> Recording.Progress {
        if journal {
            var recording = JournalRecording(settings: settings, output: file)
            return try recording.run(isStopped: isStopped, note: Console.complain, onProgress: show)
        }
        var recording = Recording(
            Recording.Options(
                settings: settings, start: from?.start ?? .earliest, end: to?.time, output: file))
        return try recording.run(isStopped: isStopped, note: Console.complain, onProgress: show)
    }
}

/// One line on a terminal's standard error that says how far a recording has come; nothing elsewhere.
private struct RecordingLine {
    private static let secondsBetweenUpdates = 0.1
    let isShown: Bool
    private var shownAt = 0.0

    init(isShown: Bool) { self.isShown = isShown }

    mutating func show(_ progress: Recording.Progress) {
        guard isShown, progress.seconds - shownAt >= Self.secondsBetweenUpdates else { return }
        shownAt = progress.seconds
        Console.write("\r\u{1B}[K\(Self.text(progress)), \(Int(progress.share * 100)) %")
    }

    /// Takes the line back, so that a message begins at the left.
    mutating func clear() {
        if isShown, shownAt > 0 { Console.write("\r\u{1B}[K") }
        shownAt = 0
    }

    mutating func finish(_ progress: Recording.Progress, isStopped: Bool) {
        clear()
        if isShown { Console.write("\(Self.text(progress))\(isStopped ? ", stopped" : "")\n") }
    }

    private static func text(_ progress: Recording.Progress) -> String {
        let rate = Int64(Double(progress.recordCount) / max(progress.seconds, 0.001))
        return "\(progress.recordCount) records, \(rate)/s"
    }
}
