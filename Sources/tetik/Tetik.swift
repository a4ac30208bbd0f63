import ArgumentParser

@main
struct Tetik: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tetik", abstract: "Real-time triggers from click, cart and email events.",
        subcommands: [GenerateCommand.self])
}
