/// The layers of a configuration, laid one over the other; keeps every problem instead of stopping at one.
struct SettingsLayers {
    private(set) var settings = Settings()
    private(set) var origins: [String: SettingOrigin] = [:]
    private(set) var problems: [SettingsProblem] = []
    /// Keys with a refused value: they hold another one, which must not lead to further complaints.
    private(set) var refused: Set<String> = []
    /// Where systemd has put the credentials of the process, if it has.
    private var credentialDirectory: String?

    /// Where `tetik.service` has systemd look for the token. Only root sees whether it is there.
    static let storedTokenPath = "/etc/credstore/tetik.http-token"

    /// Whether there is a credential `http-token`, or will be once the service runs.
    var hasTokenCredential: Bool {
        SettingsFile.exists(credentialDirectory.map { "\($0)/http-token" } ?? Self.storedTokenPath)
    }

    mutating func report(_ origin: SettingOrigin, _ key: String, _ message: String) {
        problems.append(SettingsProblem(origin: origin, key: key, message: message))
        refused.insert(key)
    }

    mutating func add(document: SettingsDocument) {
        problems += document.problems
        for entry in document.entries {
            let origin = SettingOrigin.file(document.file, line: entry.line)
            if let name = entry.property {
                switch entry.value {
                case .scalar(let value): set(property: name, to: value, of: entry.key, origin)
                case .nothing: report(origin, "\(entry.key.path).\(name.quotable)", "has no value; write one")
                case .list, .structure:
                    report(
                        origin, "\(entry.key.path).\(name.quotable)",
                        "takes one plain value; write the dots into the name, such as sasl.password: …")
                }
                continue
            }
            set(entry.key, origin) { kind throws(ValueProblem) in try kind.parse(entry.value) }
        }
    }

    mutating func add(environment: [String: String]) {
        let prefix = "TETIK_"
        let properties = "TETIK_KAFKA_PROPERTIES_"
        let variables = environment.filter { $0.key.hasPrefix(prefix) }.sorted { $0.key < $1.key }
        for (name, value) in variables {
            let origin = SettingOrigin.environment(name)
            if let key = SettingRegistry.keys.first(where: { $0.environmentName == name }) {
                set(key, origin) { kind throws(ValueProblem) in try kind.parse(flat: value) }
            } else if name.hasPrefix(properties), name.utf8.count > properties.utf8.count,
                let key = SettingRegistry.key(SettingRegistry.propertiesPath)
            {
                let property = name.dropFirst(properties.count).lowercased().replacing("_", with: ".")
                set(property: property, to: value, of: key, origin)
            } else if !UnknownKey.isServiceLink(name) {
                report(origin, "", UnknownKey.message(environment: name))
            }
        }
    }

    /// Takes the secrets that systemd gave: a credential `kafka.properties.sasl.password` is the value of that
    /// property, without the line's end.
    mutating func addCredentials(environment: [String: String]) {
        guard let directory = environment["CREDENTIALS_DIRECTORY"] else { return }
        credentialDirectory = directory
        let prefix = SettingRegistry.propertiesPath + "."
        guard let key = SettingRegistry.key(SettingRegistry.propertiesPath) else { return }
        for name in SettingsFile.names(in: directory) where name.hasPrefix(prefix) {
            let path = "\(directory)/\(name)"
            let origin = SettingOrigin.file(path, line: 1)
            do throws(SettingsFile.Failure) {
                let text = try SettingsFile.text(path: path)
                let value = String(text.split(separator: "\n", omittingEmptySubsequences: false)[0])
                set(property: String(name.dropFirst(prefix.count)), to: value, of: key, origin)
            } catch {
                report(origin, name, "cannot be read; see to it that the service's user may")
            }
        }
    }

    mutating func add(overrides: [String]) {
        let properties = SettingRegistry.propertiesPath + "."
        for text in overrides {
            guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                report(.override, "", "needs key=value, such as --set currency=EUR")
                continue
            }
            let path = String(text[..<equals]).trimmed
            let value = String(text[text.utf8.index(after: equals)...])
            if let key = SettingRegistry.key(path) {
                set(key, .override) { kind throws(ValueProblem) in try kind.parse(flat: value) }
            } else if path.hasPrefix(properties),
                let key = SettingRegistry.key(SettingRegistry.propertiesPath)
            {
                set(property: String(path.dropFirst(properties.count)), to: value, of: key, .override)
            } else if UnknownKey.isSection(path) {
                report(.override, path, "is a section; set one of its keys")
            } else {
                report(.override, path.quotable, UnknownKey.message(path))
            }
        }
    }

    private mutating func set(
        _ key: SettingKey, _ origin: SettingOrigin,
        _ parse: (SettingKind) throws(ValueProblem) -> SettingValue
    ) {
        guard key.kind != .properties else {
            report(
                origin, key.path,
                "is a map; set its properties one by one, such as --set kafka.properties.sasl.password=…")
            return
        }
        do throws(ValueProblem) {
            let value = try parse(key.kind)
            if key.path == "topics.replication_factor", value == .integer(0) {
                throw ValueProblem("0 is out of range; write -1 for the broker's default, or 1 to 32767")
            }
            key.write(&settings, value)
            origins[key.path] = origin
        } catch {
            report(origin, key.path, error.message)
        }
    }

    private mutating func set(
        property name: String, to value: String, of key: SettingKey, _ origin: SettingOrigin
    ) {
        let path = "\(key.path).\(name.quotable)"
        let isName =
            !name.isEmpty && name.utf8.count <= 100
            && name.utf8.allSatisfy { $0.isLetter || $0.isDigit || "._-".utf8.contains($0) }
        guard isName else {
            return report(origin, path, "is no name of a property; write one such as sasl.username")
        }
        if let reason = ReservedProperty.reason(name) { return report(origin, path, reason) }
        guard !value.utf8.contains(0) else {
            return report(origin, path, "has a NUL character in its value; write it without")
        }
        guard case .properties(var properties) = key.read(settings) else { SettingKey.mismatch() }
        properties.removeAll { $0.name == name }
        properties.append(KafkaProperty(name: name, value: value))
        properties.sort { $0.name < $1.name }
        key.write(&settings, .properties(properties))
        origins[path] = origin
    }
}
