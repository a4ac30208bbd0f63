import ArgumentParser
import Backtesting
import FoundationEssentials
import Glibc
import Model
import Reporting
import Runtime
import Settings

/// `tetik backtest`: what the rules would have said, and whether they were right.
struct BacktestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest", abstract: "Run logs through the rules and see what happened afterwards.",
        discussion: """
            Replays the logs, and looks at what customers did after each churn alert, abandoned cart and \
            suppression: whether alerts were right, which carts came back by themselves and when, which ad cost \
            would have been saved. With --against, two configurations side by side.

            Examples:
              tetik backtest --config tetik.yaml 2025.jsonl.zst --html backtest.html
              tetik backtest --config new.yaml --against old.yaml 2025.jsonl --json -
            """)

    @OptionGroup var configuration: ConfigOptions
    @Argument(help: "The logs, in order; - is standard input.", completion: .file())
    var logs: [String]
    @Option(
        help: ArgumentHelp("A second configuration, to be compared with the first.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var against: String?
    @Option(
        help: ArgumentHelp(
            "A customer who does not order for this long has left; at least 1d. (default: 90d)",
            valueName: "duration"))
    var window: DurationArgument?
    @Option(help: ArgumentHelp("Threads, 1 to 256. (default: one per core)", valueName: "count"))
    var threads: Int?
    @OptionGroup var reporting: ReportOptions

    private static let windowDefault: Int64 = 90 * 86_400_000

    func validate() throws {
        guard (1...256).contains(threads ?? 1) else { throw ValidationError("--threads is 1 to 256.") }
        guard window?.milliseconds ?? Self.windowDefault >= 86_400_000 else {
            throw ValidationError("--window is at least 1d.")
        }
        if logs.filter({ $0 == "-" }).count > 1 { throw ValidationError("- can be given once.") }
        if against != nil, logs.contains("-") {
            throw ValidationError("--against reads the logs twice; standard input can be read once.")
        }
    }

    func run() throws {
        let first = try configuration.load()
        var names = [Self.name(first.file)]
        var rules = [first.settings.rules]
        if let against {
            rules.append(try Self.load(against))
            names.append(Self.name(against))
            if names[0] == names[1] { names = [first.file ?? "defaults", against] }
        }
        let configurations = Array(zip(names, rules))
        try LogCommand.run { try report(configurations) }
    }

    private func report(_ configurations: [(String, Rules)]) throws {
        var results: [(name: String, result: BacktestResult)] = []
        for (name, rules) in configurations {
            let options = BacktestObserver.Options(
                rules: rules, windowMilliseconds: window?.milliseconds ?? Self.windowDefault)
            let backtest = try Backtest(
                logs: logs, options: options, threadCount: threads ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)))
            var bar = ProgressBar()
            results.append((name, try backtest.run { bar.show($0) }))
            if Console.isTerminal { Console.write("\r\u{1B}[K") }
        }
        guard results.allSatisfy({ $0.result.end != nil }) else {
            Console.complain("too little data: no event in \(logs.joined(separator: ", "))")
            throw ExitCode(ExitStatus.badInput)
        }
        let report = BacktestReport(results: results, logs: logs)
        try reporting.write(report.report, json: report.json)
    }

    /// The rules of the second configuration: the file alone, as `--set` and the environment belong to the
    /// first.
    private static func load(_ path: String) throws -> Rules {
        do throws(SettingsError) {
            return try SettingsLoader.load(file: path, environment: [:], overrides: []).settings.rules
        } catch {
            Console.write("\(error)\n")
            throw ExitCode(ExitStatus.badConfiguration)
        }
    }

    /// A file's name without its folders.
    private static func name(_ path: String?) -> String {
        path.map { String($0.split(separator: "/").last ?? "") } ?? "defaults"
    }
}
