import Glibc
import KafkaTransport
import Logging
import Primitives
import Runtime
import Settings
import Workloads

/// What the daemon does on a broker: the embedded one, or the one that `--broker` names.
///
/// The embedded broker keeps 5 MiB of a partition, so the backlog is spread over many partitions.
struct LiveMeasures {
    private static let partitionCount = 12
    private static let latencyEventsPerSecond = 50_000
    private static let latencySeconds = 20
    /// Seconds at the beginning of the latency run that do not count: a broker on a JVM needs some to get warm.
    private static let warmUpSeconds = 10
    private static let deadlineMilliseconds: Int64 = 120_000

    /// Events to catch up with: on the embedded broker as many as it keeps, else enough that the seconds in which a
    /// group forms and a broker's code gets warm count little.
    private var backlogEventCount: Int { broker == nil ? 300_000 : 1_000_000 }

    let broker: String?
    let delivery: DeliveryGuarantee
    /// Where the daemon's state goes, for as long as it is measured.
    let directory: String
    let runs: Int

    func measure(_ report: inout Report) throws {
        var ratios: [Double] = []
        var rates: [Double] = []
        for _ in 0..<runs {
            try withBench("backlog") { bench in
                try produceBacklog(bench)
                let bare = try countBare(bench)
                let daemon = try catchUp(bench)
                ratios.append(daemon / bare)
                rates.append(daemon)
            }
        }
        report.add("live, catching up", rates.sorted()[runs / 2], "events/s")
        report.add("live to bare consumer", ratios.sorted()[runs / 2], "ratio", goal: "0.6")
        try withBench("latency") { bench in
            let delays = try measureLatency(bench).sorted()
            guard !delays.isEmpty else { throw Child.Failure(description: "no trigger came") }
            report.add("trigger latency, p50, 50,000 events/s", Double(delays[delays.count / 2]), "ms")
            report.add(
                "trigger latency, p99, 50,000 events/s", Double(delays[delays.count * 99 / 100]), "ms",
                goal: "110")
        }
    }

    /// A broker, topics of their own, and settings that name them.
    private struct Bench {
        var settings: Settings
        var inputs: [String] { settings.topics.inputs }
    }

    private func withBench(_ name: String, _ body: (Bench) throws -> Void) throws {
        let cluster = broker == nil ? try MockCluster() : nil
        defer { cluster?.stop() }
        let prefix = "bench-\(name)-\(SystemClock.wallClock().milliseconds)"
        var settings = Settings()
        settings.kafka.bootstrapServers = broker ?? cluster?.bootstrapServers ?? ""
        settings.kafka.groupID = prefix
        settings.delivery = delivery
        settings.state.directory = "\(directory)/\(prefix)"
        defer { _ = system("rm -rf '\(settings.state.directory)'") }
        settings.topics.journal = "\(prefix).journal"
        settings.topics.inputs = WorkloadTopic.allCases.map { "\(prefix).\($0.name)" }
        settings.topics.abandonedCart = "\(prefix).abandoned-cart"
        settings.topics.churnRisk = "\(prefix).churn-risk"
        settings.topics.adSuppression = "\(prefix).ad-suppression"
        settings.topics.outcomes = "\(prefix).outcomes"
        settings.topics.deadLetters = "\(prefix).dead-letters"
        let topics =
            settings.topics.inputs + [
                settings.topics.abandonedCart, settings.topics.churnRisk, settings.topics.adSuppression,
                settings.topics.outcomes, settings.topics.deadLetters, settings.topics.journal,
            ]
        try BenchTopics.create(
            topics, partitionCount: Self.partitionCount, on: cluster,
            orAt: settings.kafka.bootstrapServers)
        try body(Bench(settings: settings))
    }

    private func makeProducer(_ bench: Bench) throws -> (KafkaProducer, [ProducerTopic]) {
        var configuration = ProducerConfiguration(bootstrapServers: bench.settings.kafka.bootstrapServers)
        configuration.properties = ["linger.ms": "5"]
        let producer = try KafkaProducer(configuration)
        return (producer, try bench.inputs.map { try producer.topic(named: $0) })
    }

    private func produceBacklog(_ bench: Bench) throws {
        let (producer, topics) = try makeProducer(bench)
        defer { producer.close() }
        var settings = BenchSettings()
        settings.eventCount = backlogEventCount
        settings.customerCount = 50_000
        var workload = BenchWorkload(settings)
        var text = ByteWriter(capacity: 4_096)
        while let event = workload.next(into: &text) {
            try producer.produceWaiting(
                to: topics[event.topic.rawValue],
                key: UnsafeRawBufferPointer(rebasing: text.bytes[event.customer]),
                value: UnsafeRawBufferPointer(rebasing: text.bytes[event.value]), at: event.timestamp)
            text.removeAll()
        }
        try producer.flush(timeoutMilliseconds: 60_000)
    }

    /// Events a second of a consumer that polls and counts, from its first record on.
    private func countBare(_ bench: Bench) throws -> Double {
        let consumer = try KafkaConsumer(
            ConsumerConfiguration(
                bootstrapServers: bench.settings.kafka.bootstrapServers, groupID: "bare"))
        defer { consumer.close() }
        let partitions = bench.inputs.flatMap { topic in
            (0..<Int32(Self.partitionCount)).map { TopicPartition(topic, $0) }
        }
        let queues = try QueueSet(partitions, consumer)
        defer { queues.close() }
        try consumer.assign(partitions.map { PartitionOffset($0, .beginning) })
        var clock = Stopwatch(deadlineMilliseconds: Self.deadlineMilliseconds)
        var count = 0
        while count < backlogEventCount {
            let drained = queues.drain()
            clock.note(drained > 0)
            count += drained
            if drained == 0 { _ = consumer.signal.wait(timeoutMilliseconds: 10) }
            try clock.check("the bare consumer")
        }
        return Double(count) / clock.seconds
    }

    /// Events a second of the daemon, from its first event on.
    private func catchUp(_ bench: Bench) throws -> Double {
        try withDaemon(bench) { daemon in
            var clock = Stopwatch(deadlineMilliseconds: Self.deadlineMilliseconds)
            var count: Int64 = 0
            while count < Int64(backlogEventCount) {
                count = daemon.counters.totals.eventCount
                clock.note(count > 0)
                usleep(500)
                try clock.check("the daemon")
            }
            return Double(count) / clock.seconds
        }
    }

    private func withDaemon<Result>(_ bench: Bench, _ body: (Daemon) throws -> Result) throws -> Result {
        var logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        let daemon = Daemon(settings: bench.settings, logger: logger)
        let thread = SystemThread(name: "bench-daemon") { try? daemon.run() }
        defer {
            daemon.lifecycle.stop()
            thread.join()
        }
        return try body(daemon)
    }

    /// Delays, in milliseconds, from an event's timestamp to when its record is read.
    private func measureLatency(_ bench: Bench) throws -> [Int64] {
        try withDaemon(bench) { daemon in
            let consumer = try KafkaConsumer(
                ConsumerConfiguration(
                    bootstrapServers: bench.settings.kafka.bootstrapServers, groupID: "reader"))
            defer { consumer.close() }
            let partitions = (0..<Int32(Self.partitionCount)).map {
                TopicPartition(bench.settings.topics.adSuppression, $0)
            }
            let queues = try QueueSet(partitions, consumer)
            defer { queues.close() }
            try consumer.assign(partitions.map { PartitionOffset($0, .beginning) })
            let isOver = Monitor(false)
            let feeder = SystemThread(name: "bench-feeder") {
                try? feed(bench, daemon)
                isOver.change { $0 = true }
            }
            var delays: [Int64] = []
            while !isOver.read({ $0 }) {
                queues.drain { record in
                    let now = SystemClock.wallClock().milliseconds
                    if let at = record.timestampMilliseconds { delays.append(now - at) }
                }
                _ = consumer.signal.wait(timeoutMilliseconds: 1)
            }
            feeder.join()
            return Array(delays.dropFirst(delays.count * Self.warmUpSeconds / Self.latencySeconds))
        }
    }

    /// Produces at the rate, each event with the wall clock as its time; every order makes a record at once.
    private func feed(_ bench: Bench, _ daemon: Daemon) throws {
        let (producer, topics) = try makeProducer(bench)
        defer { producer.close() }
        // The first event shows that the daemon has joined the group.
        var events = SteadyEvents()
        let start = SystemClock.monotonicMilliseconds()
        var begun: Int64?
        while true {
            let now = SystemClock.monotonicMilliseconds()
            if begun == nil, daemon.counters.totals.eventCount > 0 { begun = now }
            let elapsed = now - (begun ?? now)
            if elapsed > Int64(Self.latencySeconds) * 1_000 { break }
            guard now - start < Self.deadlineMilliseconds else { return }
            let due = begun == nil ? events.count + 1 : Int(elapsed) * Self.latencyEventsPerSecond / 1_000
            while events.count < due { try events.produceNext(to: topics, producer) }
            producer.poll(timeoutMilliseconds: 0)
            usleep(begun == nil ? 100_000 : 500)
        }
        try producer.flush(timeoutMilliseconds: 10_000)
    }
}

/// The queues of some partitions, read together.
private final class QueueSet {
    private final class Box {
        let queue: PartitionQueue
        init(_ queue: consuming PartitionQueue) { self.queue = queue }
    }

    private var boxes: [Box] = []

    init(_ partitions: [TopicPartition], _ consumer: KafkaConsumer) throws {
        for partition in partitions {
            boxes.append(Box(try consumer.openQueue(for: partition, topicIndex: 0)))
        }
    }

    /// Lets go of the queues, before their consumer is closed.
    func close() { boxes = [] }

    /// Reads what is at hand; returns how many records that were.
    @discardableResult
    func drain(_ body: (borrowing ConsumerRecord) -> Void = { _ in }) -> Int {
        var count = 0
        for box in boxes {
            var isEmpty = false
            while !isEmpty {
                switch box.queue.next() {
                case .record(let record):
                    count += 1
                    body(record)
                case .empty: isEmpty = true
                case .endOfPartition: break
                case .failed: break
                }
            }
        }
        return count
    }
}

/// Seconds since something first happened, and a bound on waiting for it.
private struct Stopwatch {
    private let deadline: Int64
    private var begun: Int64?

    init(deadlineMilliseconds: Int64) {
        deadline = SystemClock.monotonicMilliseconds() + deadlineMilliseconds
    }

    mutating func note(_ hasBegun: Bool) {
        if hasBegun, begun == nil { begun = SystemClock.monotonicMilliseconds() }
    }

    var seconds: Double {
        Double(max(SystemClock.monotonicMilliseconds() - (begun ?? 0), 1)) / 1_000
    }

    func check(_ who: String) throws {
        guard SystemClock.monotonicMilliseconds() < deadline else {
            throw Child.Failure(description: "\(who) did not get through the backlog in time")
        }
    }
}
