import ArgumentParser
import FoundationEssentials
import Glibc
import Model
import Runtime
import Settings

/// `tetik tail`: follows the trigger topics.
struct TailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "Follow the triggers as they are emitted.",
        discussion: """
            On a terminal each record is one line: time (UTC), type, customer, and what happened; NO_COLOR \
            switches colours off. Into a pipe or file, or with --json, it is the record's JSON. Only \
            committed records are shown. No group is joined. Topics that do not exist yet are waited for.

            Examples:
              tetik tail --config tetik.yaml
              tetik tail --type churn_risk --type ad_suppression --from 1h
              tetik tail --customer c-1 --from earliest
              tetik tail --type abandoned_cart --json | jq 'select(.value > 100)'
            """)

    @OptionGroup var configuration: ConfigOptions
    @Option(
        name: .long, parsing: .singleValue,
        help: ArgumentHelp(
            "Show one type: abandoned_cart, cart_recovered, churn_risk or ad_suppression; can be "
                + "repeated. (default: all)", valueName: "type"))
    var type: [TypeArgument] = []
    @Option(help: ArgumentHelp("Show one customer only.", valueName: "id"))
    var customer: String?
    @Option(
        help: ArgumentHelp(
            "Where to begin: earliest, latest, how long ago, such as 1h, or a time (milliseconds or "
                + "RFC 3339). (default: latest)", valueName: "time"))
    var from: StartArgument?
    @Flag(help: "Write JSON to a terminal, too.")
    var json = false

    func run() throws {
        let settings = try configuration.load().settings
        try KafkaCommand.run { isStopped in
            var options = Tail.Options(settings: settings, output: .standardOutput())
            options.kinds = Set(type.map(\.kind))
            options.customer = customer
            options.start = from?.start ?? .latest
            try KafkaCommand.follow(options, asJSON: json, isStopped: isStopped)
        }
    }
}

extension KafkaCommand {
    /// Follows the trigger topics: readable on a terminal, JSON otherwise or where asked for.
    static func follow(_ options: Tail.Options, asJSON: Bool, isStopped: () -> Bool) throws {
        var options = options
        if !asJSON, options.output.isTerminal {
            options.format = .columns(isColoured: Output.hasColours, columnCountMax: { Output.columnCount })
        }
        try Tail(options, note: Console.complain).run { isStopped() || isReaderGone() }
    }

    /// Whether standard output is a pipe that nobody reads any more; without it, a quiet topic would keep
    /// `tetik tail | head -1` from ending.
    private static func isReaderGone() -> Bool {
        var entry = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        return poll(&entry, 1, 0) > 0 && entry.revents & Int16(POLLERR) != 0
    }
}

/// A type of trigger records on the command line.
struct TypeArgument: ExpressibleByArgument {
    let kind: RecordKind

    init?(argument: String) {
        guard let kind = RecordKind.allCases.first(where: { "\($0.name)" == argument }) else { return nil }
        self.kind = kind
    }

    static var allValueStrings: [String] { RecordKind.allCases.map { "\($0.name)" } }
}
