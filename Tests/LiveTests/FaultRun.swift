import Foundation
import Glibc
import KafkaTransport
import Runtime
import Settings

/// A daemon that one fault befalls, with a cluster of its own; many run side by side.
struct FaultRun {
    /// What came of it.
    struct Outcome: Sendable {
        var name: String
        /// What should not be; empty if all is well.
        var problems: [String] = []
        var deliveredCount = 0
        var repeatedCount = 0
        /// Errors that were given out.
        var errorCount = 0
        var milliseconds: Int64 = 0
        var log: [String] = []
    }

    private static let orderCount = 200
    private static let instance = "m"
    private static let patience = ContinuousClock.Duration.seconds(60)

    let fault: BrokerFault
    let delivery: DeliveryGuarantee
    private var outcome: Outcome

    /// Runs all of them, some at a time, each on a thread of its own.
    static func all(_ faults: [BrokerFault], _ delivery: DeliveryGuarantee) -> [Outcome] {
        let outcomes = Monitor<[Outcome]>([])
        let waiting = Monitor(faults)
        let workers = (0..<14).map { number in
            SystemThread(name: "fault-\(number)") {
                // BOUND: the faults.
                while let fault = waiting.change({ $0.isEmpty ? nil : $0.removeFirst() }) {
                    let outcome = run(fault, delivery)
                    outcomes.change { $0.append(outcome) }
                }
            }
        }
        for worker in workers { worker.join() }
        return outcomes.read { $0 }
    }

    private static func run(_ fault: BrokerFault, _ delivery: DeliveryGuarantee) -> Outcome {
        var run = FaultRun(fault: fault, delivery: delivery, outcome: Outcome(name: fault.name))
        let start = ContinuousClock.now
        do {
            let cluster = try MockCluster(brokerCount: BrokerFault.brokerCount)
            defer { cluster.stop() }
            try run.run(cluster)
        } catch {
            run.outcome.problems.append("\(error)")
        }
        run.outcome.milliseconds = Int64((ContinuousClock.now - start) / .milliseconds(1))
        return run.outcome
    }

    private mutating func run(_ cluster: MockCluster) throws {
        var settings = try cluster.settings(partitions: 2)
        settings.delivery = delivery
        settings.commitIntervalMilliseconds = 50
        settings.kafka.groupInstanceID = Self.instance
        let topic = settings.topics.adSuppression
        try write(0..<Self.orderCount, settings, cluster)
        if fault.isBeforeStart { try strike(cluster, settings) }
        let reader = try TopicReader(cluster, [topic])
        defer { reader.close() }
        let running = RunningDaemon(settings)
        let isWorking = try wait(running) {
            read(reader)
            return reader.count > 0
        }
        if !isWorking { outcome.problems.append("it never began to work") }
        let first =
            try fault.isOfWriting ? strikeOneByOne(cluster, settings, running, reader) : Self.orderCount
        if !fault.isBeforeStart, !fault.isOfWriting { try strike(cluster, settings) }
        try write(first..<Self.orderCount * 3 / 2, settings, cluster)
        // Some requests come every few seconds only, and what follows the fault counts, too.
        let isStruck = try wait(running) { try hasStruck(cluster) }
        if !isStruck { outcome.problems.append("no request was given an error") }
        try write(Self.orderCount * 3 / 2..<2 * Self.orderCount, settings, cluster)
        let wanted = Set((0..<2 * Self.orderCount).map { "c-\($0)" })
        let isDelivered = try wait(running) {
            read(reader)
            return reader.count >= wanted.count && Set(reader.customers(topic)) == wanted
        }
        try compare(reader, topic, wanted, isDelivered)
        running.daemon.lifecycle.stop()
        if let failure = try running.failure() { outcome.problems.append("it ended by itself: \(failure)") }
        outcome.errorCount = try errorCount(cluster)
        if !outcome.problems.isEmpty { outcome.log = running.log.all }
    }

    /// Strikes when nothing is being written, and then has one record written at a time, for as long as errors last.
    ///
    /// An idempotent producer takes a request that succeeds for the proof that the ones before it did, too, since a broker
    /// accepts no gap in their sequence. The embedded broker does, so with two requests on their way it would lose the
    /// first, and librdkafka would acknowledge it (2.0.2, `rd_kafka_dr_implicit_ack`).
    ///
    /// - Returns: the number of the next order.
    private mutating func strikeOneByOne(
        _ cluster: MockCluster, _ settings: Settings, _ running: RunningDaemon, _ reader: TopicReader
    ) throws -> Int {
        var written = Self.orderCount
        func waitForAll() throws -> Bool {
            try wait(running) {
                read(reader)
                // The embedded broker shows what was aborted, so records may come twice.
                return Set(reader.customers(settings.topics.adSuppression)).count >= written
            }
        }
        guard try waitForAll() else { return written }
        try strike(cluster, settings)
        while written < Self.orderCount + 10 {
            try write(written..<written + 1, settings, cluster)
            written += 1
            guard try waitForAll() else { break }
        }
        return written
    }

    private mutating func compare(
        _ reader: TopicReader, _ topic: String, _ wanted: Set<String>, _ isDelivered: Bool
    ) throws {
        let found = reader.customers(topic)
        outcome.deliveredCount = Set(found).count
        outcome.repeatedCount = found.count - Set(found).count
        if !isDelivered {
            let missing = wanted.subtracting(found).sorted().prefix(3)
            outcome.problems.append("\(wanted.count - Set(found).count) records are missing: \(missing)")
        }
        let texts = Set((reader.records[topic] ?? []).map(\.text))
        if texts.count != Set(found).count { outcome.problems.append("a repeated record is another one") }
    }

    /// Orders of customers that are new each time, in turn in both partitions.
    private func write(_ numbers: Range<Int>, _ settings: Settings, _ cluster: MockCluster) throws {
        try writeRecords(
            numbers.map {
                settings.order("c-\($0)", at: testDay + Int64($0), partition: Int32($0 % 2))
            }, to: cluster)
    }

    /// Reads what is at hand; the fault may hit the reader too, which then reads on the next time.
    private func read(_ reader: TopicReader) {
        do { try reader.read() } catch { usleep(10_000) }
    }

    /// Waits until `condition` holds; false if it never does, or the daemon has ended.
    private func wait(_ running: RunningDaemon, _ condition: () throws -> Bool) throws -> Bool {
        let start = ContinuousClock.now
        // BOUND: patience.
        while try !condition() {
            guard ContinuousClock.now - start < Self.patience, running.isRunning else { return false }
            usleep(10_000)
        }
        return true
    }

    private mutating func strike(_ cluster: MockCluster, _ settings: Settings) throws {
        switch fault.strike {
        case .requests(let request, let errors):
            for broker in 1...Int32(BrokerFault.brokerCount) {
                try cluster.pushErrors(errors, to: request, broker: broker)
            }
        case .topics(let error):
            let topics = settings.topics.inputs + settings.outputTopics + [settings.topics.journal]
            for topic in topics { cluster.setTopicError(topic, error) }
            usleep(1_000_000)
            for topic in topics { cluster.setTopicError(topic, .none) }
        case .brokerAway(let broker):
            try cluster.setBrokerDown(broker)
            usleep(2_000_000)
            try cluster.setBrokerUp(broker)
        case .allAway:
            try cluster.setBrokerDown()
            usleep(2_000_000)
            try cluster.setBrokerUp()
        case .leadersMove:
            for broker in [Int32(2), 1] {
                for topic in settings.topics.inputs + settings.outputTopics + [settings.topics.journal] {
                    let count: Int32 = settings.outputTopics.contains(topic) ? 1 : 2
                    for partition in 0..<count {
                        try cluster.setLeader(of: TopicPartition(topic, partition), broker: broker)
                    }
                }
                usleep(500_000)
            }
        case .coordinatorsMove, .coordinatorLost:
            for broker in [Int32(2), 1, 2] { try moveCoordinators(to: broker, cluster, settings) }
            if case .coordinatorLost = fault.strike {
                try cluster.setBrokerDown(2)
                try moveCoordinators(to: 1, cluster, settings)
                usleep(1_000_000)
                try cluster.setBrokerUp(2)
            }
        case .late(let milliseconds): try cluster.setRoundTripDelay(milliseconds: milliseconds)
        }
    }

    private func moveCoordinators(to broker: Int32, _ cluster: MockCluster, _ settings: Settings) throws {
        let group = settings.kafka.groupID
        try cluster.setCoordinator(ofGroup: group, broker: broker)
        try cluster.setCoordinator(ofTransactionalID: "tetik/\(group)/\(Self.instance)", broker: broker)
        usleep(300_000)
    }

    /// A fault that did not happen proves nothing.
    private func hasStruck(_ cluster: MockCluster) throws -> Bool {
        guard case .requests = fault.strike else { return true }
        return try errorCount(cluster) > 0
    }

    /// Errors that were given out.
    private func errorCount(_ cluster: MockCluster) throws -> Int {
        guard case .requests(let request, let errors) = fault.strike else { return 0 }
        var count = 0
        for broker in 1...Int32(BrokerFault.brokerCount) {
            count += errors.count - (try cluster.pendingErrorCount(of: request, broker: broker))
        }
        return count
    }
}
