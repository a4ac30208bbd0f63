import KafkaTransport
import Logging
import Settings

/// Looks at the topics before anything is read: creates what is missing, or refuses, and checks the counts.
struct TopicPreparation {
    /// Partitions of input topics when there are none to go by.
    private static let partitionCountDefault = 6
    /// Bytes of a partition of a created output topic, after which the broker deletes the oldest: 1 GiB.
    private static let outputByteCountMax = 1 << 30
    private static let timeoutMilliseconds: Int32 = 5_000
    private static let retryMilliseconds: Int64 = 500
    private static let answerMilliseconds: Int32 = 1_000
    /// Created topics have leaders within this time.
    private static let readyWithinMilliseconds: Int64 = 30_000
    /// Partitions that an error names.
    private static let namedCountMax = 8

    let settings: Settings
    let lifecycle: Lifecycle
    let logger: Logger
    let events: KafkaEventLog
    let observer: DaemonObserver

    /// What there is.
    struct Result {
        /// Partitions of each input topic.
        var partitionCount: Int
        var clusterID: String?
    }

    /// Waits for Kafka, then sees to the topics.
    ///
    /// - Returns: what there is; nil if it is time to stop first.
    func run() throws(DaemonFailure) -> Result? {
        let admin: KafkaAdmin
        do throws(KafkaError) {
            admin = try KafkaAdmin(
                bootstrapServers: settings.kafka.bootstrapServers, properties: settings.kafkaProperties)
        } catch {
            throw .configuration("\(error)")
        }
        defer { admin.close() }
        guard let metadata = try waitForKafka(admin) else { return nil }
        let missingInputs = settings.topics.inputs.filter { metadata.partitionCounts[$0] == nil }
        let outputs = settings.outputTopics + [settings.topics.journal]
        let missingOutputs = outputs.filter { metadata.partitionCounts[$0] == nil }
        let present = settings.topics.inputs.compactMap { metadata.partitionCounts[$0] }
        try checkCounts(metadata)
        let wanted = Int(settings.topics.partitionCount)
        let count = present.first ?? (wanted > 0 ? wanted : Self.partitionCountDefault)
        let missing = missingInputs + missingOutputs
        let result = Result(partitionCount: count, clusterID: metadata.clusterID)
        if let journalCount = metadata.partitionCounts[settings.topics.journal], journalCount < count {
            throw .configuration(
                "\(settings.topics.journal) has \(journalCount) partitions, fewer than the inputs (\(count)); "
                    + "give it as many: each shard's journal is in the partition of its number")
        }
        let limits = TopicLimits(settings: settings, logger: logger)
        guard !missing.isEmpty else {
            try limits.check(with: admin)
            return result
        }
        guard settings.topics.createsMissing else {
            throw .configuration(
                "missing topics: \(missing.joined(separator: ", ")); create them, or set topics.auto_create: true"
            )
        }
        let topics =
            missingInputs.map { topic($0, count) }
            + missingOutputs.map {
                topic($0, wanted > 0 && $0 != settings.topics.journal ? wanted : count)
            }
        try create(topics, admin)
        guard try waitUntilReady(topics, admin) else { return nil }
        try limits.check(with: admin)
        return result
    }

    private func waitForKafka(_ admin: KafkaAdmin) throws(DaemonFailure) -> ClusterMetadata? {
        let start = SystemClock.monotonicMilliseconds()
        let giveUpAfter = settings.kafka.giveUpAfterMilliseconds
        let timeout =
            giveUpAfter > 0
            ? min(Int64(Self.timeoutMilliseconds), giveUpAfter) : Int64(Self.timeoutMilliseconds)
        // BOUND: until Kafka answers, the configured time is over, or it is time to stop.
        while !lifecycle.isStopping {
            do throws(KafkaError) {
                let metadata = try admin.metadata(timeoutMilliseconds: Int32(timeout))
                observer.noteKafka(isReachable: true)
                logger.info(
                    "connected to Kafka",
                    metadata: [
                        "cluster": "\(metadata.clusterID ?? "unknown")",
                        "brokers": "\(metadata.brokers.count)",
                    ])
                return metadata
            } catch {
                observer.noteKafka(isReachable: false)
                let waited = SystemClock.monotonicMilliseconds() - start
                if error.kind == .configuration { throw .configuration("\(error)") }
                if giveUpAfter > 0, waited >= giveUpAfter {
                    throw .kafkaUnreachable(
                        "Kafka at \(settings.kafka.bootstrapServers) could not be reached for \(waited / 1_000) s: "
                            + "\(error.message)")
                }
                let why = firstTrouble(in: admin.takeEvents()) ?? error.message
                events.logRepeatable(
                    "waiting", "waiting for Kafka at \(settings.kafka.bootstrapServers): \(why)", .warning)
            }
            for event in admin.takeEvents() { events.log(event) }
            if lifecycle.pause(milliseconds: Self.retryMilliseconds) { break }
        }
        return nil
    }

    /// What librdkafka says of the connection first, which is more than that there is none; logs everything else.
    private func firstTrouble(in taken: [KafkaEvent]) -> String? {
        var first: String?
        for event in taken {
            if case .error(let error) = event { first = first ?? error.message } else { events.log(event) }
        }
        return first
    }

    private func checkCounts(_ metadata: ClusterMetadata) throws(DaemonFailure) {
        let counts = settings.topics.inputs.compactMap { name in
            metadata.partitionCounts[name].map { (name, $0) }
        }
        guard let first = counts.first, counts.contains(where: { $0.1 != first.1 }) else { return }
        let list = counts.map { "\($0.0) has \($0.1)" }.joined(separator: ", ")
        throw .configuration(
            "the input topics must have the same number of partitions, so that a customer's events meet: \(list)"
        )
    }

    private func topic(_ name: String, _ partitionCount: Int) -> NewTopic {
        var configuration: [(name: String, value: String)] = []
        if name == settings.topics.journal {
            // Only what no snapshot needs any more is ever removed from it, and by us.
            configuration.append(("cleanup.policy", "delete"))
            configuration.append(("retention.ms", "-1"))
            configuration.append(("retention.bytes", "-1"))
        } else if name == settings.topics.adSuppression {
            configuration.append(("cleanup.policy", "compact"))
        } else if settings.outputTopics.contains(name) {
            // A record's timestamp is its `at`, which may lie far back: kept by size, it is not deleted for its age.
            configuration.append(("retention.ms", "-1"))
            configuration.append(("retention.bytes", String(Self.outputByteCountMax)))
        }
        if name == settings.topics.deadLetters {
            configuration.append(("max.message.bytes", String(Settings.deadLetterByteCountMax)))
        }
        return NewTopic(
            name, partitionCount: partitionCount,
            replicationFactor: Int(settings.topics.replicationFactor), configuration: configuration)
    }

    private func create(_ topics: [NewTopic], _ admin: KafkaAdmin) throws(DaemonFailure) {
        let names = topics.map(\.name).joined(separator: ", ")
        do throws(KafkaError) {
            try admin.createTopics(topics, timeoutMilliseconds: Self.timeoutMilliseconds)
            logger.info("created topics", metadata: ["topics": "\(names)"])
        } catch {
            switch error.kind {
            case .timedOut, .brokerUnreachable:
                throw .kafkaUnreachable(
                    "Kafka went away while topics were created: \(names): \(error.message)")
            default: throw .configuration("cannot create \(names): \(error.message); create them by hand")
            }
        }
    }

    /// Waits until each partition of new topics has a leader that answers: one whose log is not made yet may
    /// acknowledge a first batch and lose it.
    ///
    /// Returns false if it is time to stop first.
    func waitUntilReady(
        _ topics: [NewTopic], _ admin: KafkaAdmin, withinMilliseconds: Int64 = readyWithinMilliseconds
    ) throws(DaemonFailure) -> Bool {
        let deadline = SystemClock.monotonicMilliseconds() + withinMilliseconds
        var ready: Set<TopicPartition> = []
        var waiting: [String] = []
        // BOUND: the deadline.
        repeat {
            waiting = notReady(topics, admin, &ready)
            if waiting.isEmpty { return true }
            if lifecycle.pause(milliseconds: Self.retryMilliseconds) { return false }
        } while SystemClock.monotonicMilliseconds() < deadline
        throw .kafkaUnreachable(
            "topics were created, but after \(withinMilliseconds / 1_000) s no broker serves "
                + "\(waiting.joined(separator: ", ")); see whether all brokers are up, then start again")
    }

    /// What is not there yet, topics or the first partitions; notes in `ready` those that are.
    private func notReady(
        _ topics: [NewTopic], _ admin: KafkaAdmin, _ ready: inout Set<TopicPartition>
    ) -> [String] {
        guard let metadata = try? admin.metadata(timeoutMilliseconds: Self.timeoutMilliseconds) else {
            return topics.map(\.name)
        }
        let missing = topics.filter { metadata.partitionCounts[$0.name] ?? 0 < $0.partitionCount }
        if !missing.isEmpty { return missing.map(\.name) }
        let names = Set(topics.map(\.name))
        let leaderless = metadata.leaderless.filter { names.contains($0.topic) }
        if !leaderless.isEmpty { return leaderless.prefix(Self.namedCountMax).map(\.description) }
        for topic in topics {
            for number in 0..<Int32(topic.partitionCount) {
                let partition = TopicPartition(topic.name, number)
                if ready.contains(partition) { continue }
                let range = try? admin.queryWatermarks(
                    of: partition, timeoutMilliseconds: Self.answerMilliseconds)
                guard range != nil else { return [partition.description] }
                ready.insert(partition)
            }
        }
        return []
    }
}
