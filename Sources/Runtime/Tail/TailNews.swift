import KafkaTransport

/// What `Tail` tells its user besides records, each thing once. One thread.
struct TailNews {
    /// Different troubles that are told; more would be a flood.
    private static let troubleCountMax = 100

    private let servers: String
    private let note: (String) -> Void
    private var missing: Set<String> = []
    private var isAway = false
    private var troubles: Set<String> = []

    init(servers: String, note: @escaping (String) -> Void) {
        self.servers = servers
        self.note = note
    }

    /// Whether something is waited for, so that looking again soon is worth it.
    var isWaiting: Bool { isAway || !missing.isEmpty }

    /// Kafka answered, or did not.
    mutating func reached(_ isReached: Bool) {
        if isReached, isAway { note("Kafka at \(servers) can be reached again") }
        if !isReached, !isAway { note("Kafka at \(servers) cannot be reached; waiting for it") }
        isAway = !isReached
    }

    /// A topic exists, or does not.
    mutating func topic(_ name: String, exists: Bool) {
        if exists {
            if missing.remove(name) != nil { note("topic \(name) exists now") }
        } else if missing.insert(name).inserted {
            note("topic \(name) does not exist yet; waiting for it")
        }
    }

    /// Something went wrong with one partition or connection.
    mutating func trouble(_ error: KafkaError) {
        guard troubles.count < Self.troubleCountMax, troubles.insert(error.description).inserted else {
            return
        }
        note(error.description)
    }
}
