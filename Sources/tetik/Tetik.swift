import ArgumentParser
import Telemetry

@main
struct Tetik: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tetik", abstract: "Real-time triggers from click, cart and email events.",
        discussion: """
            Says when a cart is abandoned, when a customer is about to leave, and who is to see no ads.

            Example: tetik generate --customers 500 | tetik replay -
            """,
        version: ProgramVersion.text,
        subcommands: [
            RunCommand.self, ReplayCommand.self, RecordCommand.self, TailCommand.self, CustomerCommand.self,
            TopCommand.self, DemoCommand.self,
            FitCommand.self, BacktestCommand.self, GenerateCommand.self, ConfigCommand.self,
            SnapshotCommand.self,
        ])
}
