import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import Runtime
import Settings
import Telemetry

/// `tetik run`: the daemon.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Read events from Kafka and write triggers, until told to stop.",
        discussion: """
            Reads the topics in topics.inputs, keeps what matters about every customer in memory, and writes \
            records to the trigger topics. SIGTERM or SIGINT drains and ends within 10 s. Logs go to standard \
            error.

            Examples:
              tetik run --config /etc/tetik/tetik.yaml
              tetik run --set kafka.bootstrap_servers=broker:9092 --set log.level=debug
            """)

    @OptionGroup var configuration: ConfigOptions
    @Flag(help: "Go on where retention has removed input before it was read; what was lost is counted.")
    var acceptDataLoss = false

    func run() throws {
        let settings = try configuration.load(listens: true).settings
        let level = LogLevelSwitch(LogSetup.level(settings.log))
        let logger = LogSetup.logger("run", settings.log, level)
        let token = try DaemonShell.token(settings)
        let daemon = Daemon(settings: settings, acceptsDataLoss: acceptDataLoss, logger: logger)
        // Before anything starts a thread: each thread inherits that the signals are blocked.
        ReloadSignal.block()
        StopSignals.handle { daemon.lifecycle.stop() }
        let shell = DaemonShell(daemon, settings, token: token, logger: logger)
        ReloadSignal.handle { [configuration] in
            shell.reload(logger, level, daemon) { () throws(SettingsError) in
                try configuration.reload()
            }
        }
        shell.start(logger)
        defer { shell.stop() }
        do throws(DaemonFailure) {
            try daemon.run()
        } catch {
            logger.error("\(error)")
            throw ExitCode(Self.exitStatus(of: error))
        }
    }

    static func exitStatus(of failure: DaemonFailure) -> Int32 {
        switch failure {
        case .kafkaUnreachable: ExitStatus.kafkaUnreachable
        case .configuration: ExitStatus.badConfiguration
        case .dataLoss: ExitStatus.badInput
        case .fault: ExitStatus.ownFault
        }
    }
}

/// Makes loggers as the configuration wants them.
enum LogSetup {
    static func logger(_ label: String, _ settings: LogSettings) -> Logger {
        logger(label, settings, LogLevelSwitch(level(settings)))
    }

    /// A logger whose level can be changed later.
    static func logger(_ label: String, _ settings: LogSettings, _ level: LogLevelSwitch) -> Logger {
        let format: Telemetry.LogFormat =
            switch settings.format {
            case .text: .text
            case .json: .json
            case .auto:
                .suiting(
                    isTerminal: Console.isTerminal,
                    journalStream: ProcessInfo.processInfo.environment["JOURNAL_STREAM"])
            }
        return Logger(label: label) { StandardErrorLogHandler(label: $0, format: format, level: level) }
    }

    static func level(_ settings: LogSettings) -> Logger.Level {
        Logger.Level(rawValue: settings.level.rawValue) ?? .info
    }
}
