import Settings

/// Writes the configuration file that ships: every key of the registry, documented, at its default.
enum ShippedFile {
    private static let head = """
        # The configuration of Tetik: every key at its default.
        #
        # Read at the start; log.level and the rules also at SIGHUP ('systemctl reload tetik'). A key that
        # is left out has its default. Each key can also be set by an
        # environment variable (TETIK_RULES_ABANDONED_CART_STEPS=1h,24h) and, over that, by
        # --set rules.abandoned_cart.steps=1h,24h. Durations are an integer and ms, s, m, h or d.
        # `tetik config check` says what is wrong with a file, `tetik config show` what is in force.

        """

    /// The whole file.
    static func text() -> String {
        var text = head
        var open: [Substring] = []
        for key in SettingRegistry.keys {
            let words = key.path.split(separator: ".")
            let sections = Array(words.dropLast())
            let shared = zip(open, sections).prefix { $0 == $1 }.count
            if shared == 0 { text += "\n" }
            for depth in shared..<max(shared, sections.count) {
                text += indent(depth) + "\(sections[depth]):\n"
            }
            open = sections
            for line in comment(of: key) { text += indent(sections.count) + "# \(line)\n" }
            text += indent(sections.count) + "\(words[words.count - 1]): \(yaml(key.defaultValue))\n"
        }
        return text
    }

    /// What stands above `key`.
    static func comment(of key: SettingKey) -> [String] {
        let shown = key.defaultValue.description
        return [
            key.summary,
            "\(key.kind.unit); range: \(key.kind.range)",
            "default: \(shown.isEmpty ? "none" : shown); example: \(key.example)",
        ]
    }

    private static func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

    private static func yaml(_ value: SettingValue) -> String {
        switch value {
        case .durations, .texts: "[\(value.description.replacing(",", with: ", "))]"
        case .text(let text): text.isEmpty || text.contains(":") ? "\"\(text)\"" : text
        default: value.description
        }
    }
}
