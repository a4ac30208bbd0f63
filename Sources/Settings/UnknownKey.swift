/// What to say about keys that do not exist.
enum UnknownKey {
    /// Whether `path` is a section: some key lies below it.
    static func isSection(_ path: String) -> Bool {
        SettingRegistry.keys.contains { $0.path.hasPrefix(path + ".") }
    }

    /// Says that `path` is unknown, with the nearest known key, or section if it holds other keys.
    static func message(_ path: String, isSection: Bool = false) -> String {
        let candidates = isSection ? sections() : sections() + SettingRegistry.keys.map(\.path)
        if let nearest = Suggestion.nearest(to: path, among: candidates) {
            return "is no known key; did you mean \(nearest)?"
        }
        if path.hasPrefix("kafka.") {
            return "is no known key; properties of librdkafka go below kafka.properties"
        }
        return "is no known key; `tetik config show` lists them all"
    }

    /// Says that the variable `name` is unknown, with the nearest known one.
    static func message(environment name: String) -> String {
        let names = SettingRegistry.keys.map(\.environmentName)
        if let nearest = Suggestion.nearest(to: name, among: names) {
            return "stands for no known key; did you mean \(nearest)?"
        }
        return "stands for no known key; `tetik config show` lists them all"
    }

    /// Whether Kubernetes sets such a variable by itself, for a service whose name begins with "tetik".
    ///
    /// Source: Kubernetes documentation, "Service", environment variables (`enableServiceLinks`).
    static func isServiceLink(_ name: String) -> Bool {
        name.hasSuffix("_SERVICE_HOST") || name.containsText("_SERVICE_PORT") || name.hasSuffix("_PORT")
            || ["_TCP", "_UDP", "_SCTP"].contains { name.containsText($0) && name.containsText("_PORT_") }
    }

    private static func sections() -> [String] {
        var paths: [String] = []
        for key in SettingRegistry.keys {
            var section = key.path
            while let dot = section.lastIndex(of: ".") {
                section = String(section[..<dot])
                if !paths.contains(section) { paths.append(section) }
            }
        }
        return paths
    }
}
