/// librdkafka properties in the order they were given, such as `socket.timeout.ms` = `30000`.
///
/// Values that are secrets never appear in `description` or in an error.
public struct KafkaProperties: Sendable, Equatable, CustomStringConvertible, ExpressibleByDictionaryLiteral {
    /// One property.
    public struct Entry: Sendable, Equatable {
        /// The property's name, as in librdkafka's CONFIGURATION.md.
        public let name: String
        /// Its value as text.
        public let value: String
    }

    /// The properties, each name once, in the order of their first mention.
    public private(set) var entries: [Entry] = []

    /// Makes an empty list.
    public init() {}

    /// Makes a list from pairs; of a repeated name the last value counts.
    public init(_ pairs: [(name: String, value: String)]) {
        for pair in pairs { self[pair.name] = pair.value }
    }

    /// Makes a list from a literal; of a repeated name the last value counts.
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { self[name] = value }
    }

    /// The value of a property; nil removes it.
    public subscript(name: String) -> String? {
        get { entries.first { $0.name == name }?.value }
        set {
            let place = entries.firstIndex { $0.name == name }
            switch (place, newValue) {
            case (let place?, let value?): entries[place] = Entry(name: name, value: value)
            case (let place?, nil): entries.remove(at: place)
            case (nil, let value?): entries.append(Entry(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// These properties, overridden by `others`.
    public func overridden(by others: KafkaProperties) -> KafkaProperties {
        var result = self
        for entry in others.entries { result[entry.name] = entry.value }
        return result
    }

    /// Whether a property's value must not be shown.
    ///
    /// Source: the properties that librdkafka 2.0.2 marks sensitive (`_RK_SENSITIVE` in rdkafka_conf.c), and any
    /// name that speaks of a password or secret.
    public static func isSecret(_ name: String) -> Bool {
        sensitiveNames.contains(name) || name.hasSuffix("password") || name.hasSuffix("secret")
    }

    private static let sensitiveNames: Set<String> = [
        "ssl.key.location", "ssl.key.password", "ssl.key.pem", "ssl_key", "ssl.ca.pem",
        "ssl.keystore.password", "sasl.username", "sasl.password", "sasl.oauthbearer.config",
        "sasl.oauthbearer.client.secret",
    ]

    /// The value to show for a property.
    public static func shown(_ name: String, _ value: String) -> String {
        isSecret(name) ? "[hidden]" : value
    }

    /// All properties as `name=value`, secrets hidden.
    public var description: String {
        entries.map { "\($0.name)=\(Self.shown($0.name, $0.value))" }.joined(separator: " ")
    }
}
