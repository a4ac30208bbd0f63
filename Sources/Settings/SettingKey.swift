internal import Primitives

/// One key of the configuration: everything that parsing, checking, showing and documenting it needs.
///
/// The default is not repeated here: it is what `Settings()` holds.
public struct SettingKey: Sendable {
    /// Where it stands, such as `rules.abandoned_cart.steps`.
    public let path: String
    /// What values it takes.
    public let kind: SettingKind
    /// What it does, in one sentence.
    public let summary: String
    /// A value that is taken and is not the default.
    public let example: String
    /// Reads the value of this key out of the settings.
    let read: @Sendable (Settings) -> SettingValue
    /// Writes a checked value of the right case into the settings.
    let write: @Sendable (inout Settings, SettingValue) -> Void

    /// The environment variable that sets it, such as `TETIK_RULES_ABANDONED_CART_STEPS`.
    public var environmentName: String {
        "TETIK_" + path.uppercased().replacing(".", with: "_")
    }

    /// The value that it has when nobody sets it.
    public var defaultValue: SettingValue { read(Settings()) }

    /// Whether another value can lead to other records, so that it belongs to the fingerprint of the rules.
    ///
    /// Of keys below `rules.value` only while that is enabled.
    public var decidesRecords: Bool {
        path.hasPrefix("rules.")
            || ["currency", "event_time.allowed_lateness", "event_time.max_ahead"].contains(path)
    }
}

extension SettingKey {
    static func duration(
        _ path: String, _ field: WritableKeyPath<Settings, Int64> & Sendable, _ range: ClosedRange<Int64>,
        _ summary: String, example: String
    ) -> SettingKey {
        SettingKey(
            path: path, kind: .duration(range), summary: summary, example: example,
            read: { .duration($0[keyPath: field]) },
            write: { if case .duration(let value) = $1 { $0[keyPath: field] = value } else { mismatch() } })
    }

    static func integer(
        _ path: String, _ field: WritableKeyPath<Settings, Int64> & Sendable, _ range: ClosedRange<Int64>,
        _ summary: String, example: String
    ) -> SettingKey {
        SettingKey(
            path: path, kind: .integer(range), summary: summary, example: example,
            read: { .integer($0[keyPath: field]) },
            write: { if case .integer(let value) = $1 { $0[keyPath: field] = value } else { mismatch() } })
    }

    static func positive(
        _ path: String, _ field: WritableKeyPath<Settings, Double> & Sendable, below: Int64? = nil,
        _ summary: String, example: String
    ) -> SettingKey {
        SettingKey(
            path: path, kind: .positive(below: below), summary: summary, example: example,
            read: { .number($0[keyPath: field]) },
            write: { if case .number(let value) = $1 { $0[keyPath: field] = value } else { mismatch() } })
    }

    static func number(
        _ path: String, _ field: WritableKeyPath<Settings, Double> & Sendable, _ range: ClosedRange<Double>,
        _ summary: String, example: String
    ) -> SettingKey {
        SettingKey(
            path: path, kind: .number(range), summary: summary, example: example,
            read: { .number($0[keyPath: field]) },
            write: { if case .number(let value) = $1 { $0[keyPath: field] = value } else { mismatch() } })
    }

    static func money(
        _ path: String, _ field: WritableKeyPath<Settings, Money> & Sendable, _ range: ClosedRange<Money>,
        _ summary: String, example: String
    ) -> SettingKey {
        SettingKey(
            path: path, kind: .money(range), summary: summary, example: example,
            read: { .money($0[keyPath: field]) },
            write: { if case .money(let value) = $1 { $0[keyPath: field] = value } else { mismatch() } })
    }

    static func boolean(
        _ path: String, _ field: WritableKeyPath<Settings, Bool> & Sendable, _ summary: String,
        example: String = "false"
    ) -> SettingKey {
        SettingKey(
            path: path, kind: .boolean, summary: summary, example: example,
            read: { .boolean($0[keyPath: field]) },
            write: { if case .boolean(let value) = $1 { $0[keyPath: field] = value } else { mismatch() } })
    }

    static func text(
        _ path: String, _ field: WritableKeyPath<Settings, String> & Sendable, _ form: TextForm,
        _ summary: String, example: String
    ) -> SettingKey {
        SettingKey(
            path: path, kind: .text(form), summary: summary, example: example,
            read: { .text($0[keyPath: field]) },
            write: { if case .text(let value) = $1 { $0[keyPath: field] = value } else { mismatch() } })
    }

    static func choice<Word>(
        _ path: String, _ field: WritableKeyPath<Settings, Word> & Sendable, _ summary: String,
        example: String
    ) -> SettingKey where Word: RawRepresentable<String> & CaseIterable & Sendable {
        SettingKey(
            path: path, kind: .choice(Word.allCases.map(\.rawValue)), summary: summary, example: example,
            read: { .text($0[keyPath: field].rawValue) },
            write: {
                guard case .text(let text) = $1, let word = Word(rawValue: text) else { mismatch() }
                $0[keyPath: field] = word
            })
    }

    /// Stops the program: a value reached a key of another kind, which only a mistake in the registry can do.
    static func mismatch() -> Never {
        preconditionFailure("a checked value does not fit its key: the registry is wrong")
    }
}
