import ArgumentParser
import FoundationEssentials
import Glibc
import Settings

/// `--config` and `--set`, for every command that needs the configuration.
struct ConfigOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The configuration file.",
            discussion: "Default: /etc/tetik/tetik.yaml if it exists, else the defaults.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    @Option(
        name: .long, parsing: .singleValue,
        help: ArgumentHelp(
            "Set one key, over file and environment; can be repeated.",
            discussion: "Such as --set rules.abandoned_cart.steps=1h,24h", valueName: "key=value"))
    var set: [String] = []

    /// The checked configuration, as it is on disk now.
    func reload() throws(SettingsError) -> Settings {
        try SettingsLoader.load(
            file: config, environment: ProcessInfo.processInfo.environment, overrides: set
        ).settings
    }

    /// The checked configuration; prints all that is wrong with it and throws exit code 78 otherwise.
    ///
    /// - Parameter listens: whether it is that of a process that will listen at `http.listen`.
    func load(listens: Bool = false) throws -> LoadedSettings {
        do throws(SettingsError) {
            return try SettingsLoader.load(
                file: config, environment: ProcessInfo.processInfo.environment, overrides: set,
                listens: listens)
        } catch {
            Console.write("\(error)\n")
            throw ExitCode(EX_CONFIG)
        }
    }
}
