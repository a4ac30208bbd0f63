import ArgumentParser

@main
struct Tetik: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tetik", abstract: "Real-time triggers from click, cart and email events.",
        discussion: "Example: tetik config check --config tetik.yaml",
        subcommands: [ConfigCommand.self, GenerateCommand.self])
}
