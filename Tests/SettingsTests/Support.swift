import Settings

/// The problems of a configuration, one a line; empty if it loads.
func problems(
    _ yaml: String = "", environment: [String: String] = [:], overrides: [String] = []
) -> [String] {
    do throws(SettingsError) {
        _ =
            try yaml.isEmpty
            ? SettingsLoader.load(file: "/dev/null", environment: environment, overrides: overrides)
            : SettingsLoader.load(yaml: yaml, name: "t.yaml")
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

/// Loads from a text only.
func load(_ yaml: String) throws -> LoadedSettings { try SettingsLoader.load(yaml: yaml, name: "t.yaml") }
