import ArgumentParser
import KafkaTransport
import Primitives
import Runtime
import Settings
import Workloads

/// `tetik demo`: everything in one process, to look at.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Play a shop on an embedded broker and show its triggers.",
        discussion: """
            Starts a broker inside this process, a synthetic shop whose days pass in seconds, and the daemon, and \
            shows triggers as they come. Nothing outside is needed or touched. Ends when the shop closes, or with \
            Ctrl-C.

            Examples:
              tetik demo
              tetik demo --days 60 --day-seconds 2 --set rules.abandoned_cart.steps=30m,6h
            """)

    @OptionGroup var configuration: ConfigOptions
    @Option(help: "Customers of the shop, 1 to 20000.")
    var customers = 300
    @Option(help: "Days that the shop is open, 1 to 3650.")
    var days = 30
    @Option(help: "Seconds that a day of the shop takes, 0.1 to 86400.")
    var daySeconds = 4.0
    @Option(help: "The same seed gives the same shop.")
    var seed: UInt64 = 1
    @Flag(help: "Write JSON to a terminal, too.")
    var json = false

    func validate() throws {
        guard (1...20_000).contains(customers) else { throw ValidationError("--customers is 1 to 20000.") }
        guard (1...3_650).contains(days) else { throw ValidationError("--days is 1 to 3650.") }
        guard (0.1...86_400).contains(daySeconds) else {
            throw ValidationError("--day-seconds is 0.1 to 86400.")
        }
    }

    func run() throws {
        let settings = try configuration.load(listens: true).settings
        let lifecycle = Lifecycle()
        StopSignals.handle { lifecycle.stop() }
        do {
            try play(settings, lifecycle)
        } catch let error as DaemonFailure {
            Console.complain(error.description)
            throw ExitCode(RunCommand.exitStatus(of: error))
        } catch let error as KafkaError {
            Console.complain(error.description)
            throw ExitCode(ExitStatus.ownFault)
        }
    }

    private func play(_ settings: Settings, _ lifecycle: Lifecycle) throws {
        var log = settings.log
        if log.level == .info { log.level = .warning }
        let logger = LogSetup.logger("demo", log)
        let token = try DaemonShell.token(settings)
        let demo = try Demo(options(settings), lifecycle: lifecycle, logger: logger)
        let shell = DaemonShell(demo.daemon, demo.settings, token: token, logger: logger)
        let isStandardPort = settings.http.listen == Settings().http.listen
        let page =
            shell.start(logger, orAnyPort: isStandardPort).map { "The live page: http://\($0)/" }
            ?? "There is no live page."
        defer { shell.stop() }
        Console.write(
            """
            \(page)
            A shop of \(customers) customers opens on an embedded broker at \(demo.settings.kafka.bootstrapServers).
            A day passes in \(daySeconds) s; carts are reminded of after an hour, a day and three days of theirs.
            Ctrl-C ends it. Triggers as they come (times are the shop's):

            """)
        let totals = try demo.run { isOver in
            var options = Tail.Options(settings: demo.settings, output: .standardOutput())
            options.start = .earliest
            try KafkaCommand.follow(options, asJSON: json, isStopped: isOver)
        }
        Console.write(
            """

            \(totals.eventCount) events of \(customers) customers became \(totals.triggerCount) triggers; \
            \(totals.rejectedCount) events were rejected.
            Next: replay a log of your own, 'tetik replay --help'.

            """)
    }

    private func options(_ settings: Settings) -> Demo.Options {
        var shop = ShopSettings()
        shop.seed = seed
        shop.customerCount = customers
        shop.dayCount = days
        // Customers who buy every few days, not weeks, so that some of them leave while one looks on.
        shop.purchases.timeUnitMilliseconds = 86_400_000
        var settings = settings
        if settings.rules.churnRisk.timeUnitMilliseconds == Settings().rules.churnRisk.timeUnitMilliseconds {
            settings.rules.churnRisk.timeUnitMilliseconds = shop.purchases.timeUnitMilliseconds
        }
        return Demo.Options(
            shop: shop, dayMilliseconds: Int64(daySeconds * 1_000), settings: settings)
    }
}
