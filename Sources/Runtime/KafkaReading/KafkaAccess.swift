public import KafkaTransport
public import Settings

/// Reaches the configured Kafka for reading, as no member of any group.
public struct KafkaAccess: Sendable {
    /// How long a first answer may take, in milliseconds.
    public static let connectMillisecondsMax: Int64 = 10_000
    /// One request within that; short, so that a stop is noticed soon.
    private static let attemptMilliseconds: Int32 = 2_500

    /// How to reach Kafka.
    public let settings: KafkaSettings

    /// Uses `settings`; nothing is connected yet.
    public init(_ settings: KafkaSettings) { self.settings = settings }

    private var properties: KafkaProperties {
        KafkaProperties(settings.properties.map { (name: $0.name, value: $0.value) })
    }

    /// An admin client; the caller closes it. Throws `KafkaError` of kind `.configuration`.
    public func admin() throws -> KafkaAdmin {
        try KafkaAdmin(bootstrapServers: settings.bootstrapServers, properties: properties)
    }

    /// A consumer without a subscription; the caller closes it.
    ///
    /// - Parameters:
    ///   - queuedKilobyteCountMax: KiB that are fetched ahead of the reader, per partition.
    ///   - offsetReset: What to do where an offset does not exist, or no longer.
    public func reader(queuedKilobyteCountMax: Int, offsetReset: OffsetReset) throws -> KafkaConsumer {
        var configuration = ConsumerConfiguration(
            bootstrapServers: settings.bootstrapServers, groupID: settings.groupID)
        configuration.clientID = settings.clientID
        configuration.offsetReset = offsetReset
        // Reading ahead is bounded here, whatever the daemon is allowed; users' properties say the rest.
        configuration.properties = properties.overridden(by: [
            "queued.max.messages.kbytes": String(queuedKilobyteCountMax)
        ])
        return try KafkaConsumer(configuration)
    }

    /// Asks for the cluster's topics until a broker answers.
    ///
    /// Returns nil if `isStopped` said so. Throws `KafkaReadingError.unreachable` after
    /// `connectMillisecondsMax`, and at once what waiting does not mend, such as a refused password.
    public func firstMetadata(
        of admin: KafkaAdmin, isStopped: () -> Bool
    ) throws -> ClusterMetadata? {
        let start = ContinuousClock.now
        var detail = ""
        // BOUND: connectMillisecondsMax.
        while !isStopped() {
            do throws(KafkaError) {
                return try admin.metadata(timeoutMilliseconds: Self.attemptMilliseconds)
            } catch {
                guard error.isWorthWaitingFor else { throw error }
            }
            for case .error(let error) in admin.takeEvents() {
                guard error.isWorthWaitingFor else { throw error }
                if error.code != .allBrokersDown { detail = error.message }
            }
            if ContinuousClock.now - start >= .milliseconds(Self.connectMillisecondsMax) {
                throw KafkaReadingError.unreachable(servers: settings.bootstrapServers, detail: detail)
            }
        }
        return nil
    }
}

extension KafkaError {
    /// Whether it can pass without anybody changing anything.
    var isWorthWaitingFor: Bool {
        if isFatal { return false }
        switch kind {
        case .authentication, .authorization, .configuration, .unsupported, .misuse: return false
        default: return true
        }
    }
}
