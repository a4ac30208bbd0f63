/// Settings together with where each value was set.
public struct LoadedSettings: Sendable, Equatable {
    /// The checked values.
    public let settings: Settings
    /// The file that was read, or nil if there was none.
    public let file: String?
    /// Where each key that is not at its default was set, by path; a property as `kafka.properties.NAME`.
    let origins: [String: SettingOrigin]

    /// Where the value of `path` was set.
    public func origin(of path: String) -> SettingOrigin { origins[path] ?? .standard }

    /// How many keys were set at each kind of origin and hold, and how many are at their default.
    public var counts: (file: Int, environment: Int, override: Int, standard: Int) {
        let all = entries.map { origin(of: $0.path).rank.0 }
        func count(_ rank: Int) -> Int { all.count { $0 == rank } }
        return (count(1), count(2), count(3), count(0))
    }

    /// One key, or one property, as it is shown.
    public struct Entry: Sendable, Equatable {
        /// The key; a property as `kafka.properties.NAME`.
        public let path: String
        /// The value; `[hidden]` for a secret.
        public let value: SettingValue
        /// Where it was set.
        public let origin: SettingOrigin
    }

    /// Every key in the order of the registry, the properties one by one.
    public var entries: [Entry] {
        SettingRegistry.keys.flatMap { key -> [Entry] in
            guard case .properties(let properties) = key.read(settings), !properties.isEmpty else {
                return [Entry(path: key.path, value: key.read(settings), origin: origin(of: key.path))]
            }
            return properties.map { property in
                let path = "\(key.path).\(property.name)"
                return Entry(path: path, value: .text(property.shownValue), origin: origin(of: path))
            }
        }
    }
}

/// Puts the configuration together: defaults, then the file, then the environment, then `--set`.
public enum SettingsLoader {
    /// Loads and checks everything.
    ///
    /// - Parameters:
    ///   - file: the file that `--config` names; nil: /etc/tetik/tetik.yaml if it exists.
    ///   - environment: all variables of the process; those without `TETIK_` in front are ignored.
    ///   - overrides: `key=value` of each `--set`, in order.
    ///   - listens: whether the process will listen at `http.listen`, so that others need a token.
    /// - Throws: every problem of every origin at once.
    public static func load(
        file: String?, environment: [String: String], overrides: [String], listens: Bool = true
    ) throws(SettingsError) -> LoadedSettings {
        var layers = SettingsLayers()
        let path = file ?? SettingsFile.standardPath
        var readFile: String?
        do throws(SettingsFile.Failure) {
            layers.add(document: SettingsDocument(try SettingsFile.text(path: path), file: path))
            readFile = path
        } catch {
            switch error {
            case .missing where file == nil: break
            case .missing:
                layers.report(.standard, "", "\(path): does not exist; name another file with --config")
            case .unreadable(let why): layers.report(.standard, "", "\(path): \(why)")
            }
        }
        layers.addCredentials(environment: environment)
        layers.add(environment: environment)
        layers.add(overrides: overrides)
        layers.checkContradictions(listens: listens)
        guard layers.problems.isEmpty else { throw SettingsError(layers.problems) }
        return LoadedSettings(settings: layers.settings, file: readFile, origins: layers.origins)
    }

    /// Loads `yaml` as if it were the file `name`, without environment and overrides.
    /// - Throws: every problem at once.
    public static func load(yaml: String, name: String) throws(SettingsError) -> LoadedSettings {
        var layers = SettingsLayers()
        layers.add(document: SettingsDocument(yaml, file: name))
        layers.checkContradictions()
        guard layers.problems.isEmpty else { throw SettingsError(layers.problems) }
        return LoadedSettings(settings: layers.settings, file: name, origins: layers.origins)
    }

    /// Loads `key=value` texts alone: no file, no environment.
    /// - Throws: every problem at once.
    static func load(overrides: [String]) throws(SettingsError) -> LoadedSettings {
        var layers = SettingsLayers()
        layers.add(overrides: overrides)
        layers.checkContradictions()
        guard layers.problems.isEmpty else { throw SettingsError(layers.problems) }
        return LoadedSettings(settings: layers.settings, file: nil, origins: layers.origins)
    }
}
