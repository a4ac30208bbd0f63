public import Model
internal import Primitives

extension Rules {
    /// All values that decide records, one `key=value` a line, in a fixed order.
    ///
    /// Equal rules give equal text, in every process and on every host. A journal or snapshot keeps it
    /// once, so that a later start can say which rule has changed. A new key changes the text, but for those
    /// below `rules.value`, which are left out while it is off.
    public var canonicalText: String {
        var settings = Settings()
        settings.rules = self
        return SettingRegistry.keys
            .filter { $0.decidesRecords && (value.isEnabled || !$0.path.hasPrefix("rules.value.")) }
            .map { "\($0.path)=\($0.read(settings))\n" }.sorted().joined()
    }

    /// Reads a canonical text back; a key that is not in it has its default.
    ///
    /// - Throws: what does not fit, as for an override: a later version may have written it.
    public init(canonicalText: String) throws(SettingsError) {
        let lines = canonicalText.split(separator: "\n").map(String.init)
        self = try SettingsLoader.load(overrides: lines).settings.rules
    }

    /// A 64-bit hash of `canonicalText`, for journal and snapshots.
    public var fingerprint: UInt64 {
        var text = canonicalText
        return text.withUTF8 { StableHash.hash(UnsafeRawBufferPointer($0)) }
    }
}
