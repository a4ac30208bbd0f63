import ArgumentParser
import Settings

/// `tetik config`: what is configured, and whether it holds together.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check or show the configuration.",
        discussion: "Example: tetik config check --config /etc/tetik/tetik.yaml",
        subcommands: [Check.self, Show.self])

    /// `tetik config check`.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the configuration; exit code 78 and every problem if it is wrong.",
            discussion: """
                Example: tetik config check --config tetik.yaml --set currency=EUR

                A value comes from --set, else the environment (TETIK_CURRENCY=EUR), else the file, \
                else it is the default.
                """)

        @OptionGroup var options: ConfigOptions

        func run() throws {
            let loaded = try options.load(listens: true)
            let counts = loaded.counts
            print("ok: \(loaded.file ?? "no file")")
            print(
                "ok: \(counts.file) set by the file, \(counts.environment) by the environment, "
                    + "\(counts.override) by --set, \(counts.standard) at the default")
        }
    }

    /// `tetik config show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show every key with its value and where it was set; secrets are hidden.",
            discussion: "Example: tetik config show --config tetik.yaml --json")

        @OptionGroup var options: ConfigOptions

        @Flag(help: "Write one JSON object instead of columns.")
        var json = false

        func run() throws {
            let loaded = try options.load()
            print(json ? loaded.jsonText : loaded.table, terminator: "")
        }
    }
}
