import Coordination
import KafkaTransport
import Logging
import Primitives
import Settings
import Testing

@testable import Runtime

/// A clock that is a minute further whenever somebody looks.
private final class LeapingClock: @unchecked Sendable {
    // SAFETY: everything is inside the monitor.
    private let minutes = Monitor<Int64>(0)
    /// Called with how often it was looked at.
    private let onLook: @Sendable (Int64) -> Void

    init(_ onLook: @escaping @Sendable (Int64) -> Void = { _ in }) { self.onLook = onLook }

    var clock: LiveClock {
        LiveClock(
            monotonicMilliseconds: { [self] in
                let count = minutes.change { minutes in
                    minutes += 1
                    return minutes
                }
                onLook(count)
                return count * 60_000
            }, wallClock: { EventTime(milliseconds: 0) })
    }
}

/// The journal as the broker has it.
struct JournalReadingTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func withJournal(
        _ records: [JournalRecord], _ body: (MockCluster, Settings, [CommitMark]) throws -> Void
    ) throws {
        try withMockCluster([Settings().topics.journal: 1]) { cluster in
            let settings = settings(for: cluster)
            let producer = try KafkaProducer(
                ProducerConfiguration(bootstrapServers: cluster.bootstrapServers))
            defer { producer.close() }
            let topic = try producer.topic(named: settings.topics.journal)
            var marks: [CommitMark] = []
            for record in records {
                let (bytes, chain) = record.encoded()
                marks.append(
                    CommitMark(sequenceNumber: record.sequenceNumber, chain: chain, writer: "w"))
                _ = try Array(settings.kafka.groupID.utf8).withUnsafeBytes { key in
                    try bytes.withUnsafeBytes {
                        try producer.produce(to: topic, partition: 0, key: key, value: $0)
                    }
                }
            }
            try producer.flush(timeoutMilliseconds: 10_000)
            try body(cluster, settings, marks)
        }
    }

    private func reading(
        _ settings: Settings, _ clock: LiveClock = .system, _ lifecycle: Lifecycle = Lifecycle()
    ) -> JournalReading {
        JournalReading(
            settings: settings, lifecycle: lifecycle, events: KafkaEventLog(logger), clock: clock)
    }

    private func failure(
        _ body: () throws(JournalReading.Failure) -> JournalTail
    ) -> JournalReading.Failure? {
        do throws(JournalReading.Failure) {
            _ = try body()
            return nil
        } catch {
            return error
        }
    }

    private var records: [JournalRecord] {
        var chain: UInt64 = 0
        return (UInt64(0)..<3).map { number in
            let record = ShardState().record(after: number, chain, positions: [0, 0, 0], steps: [])
            chain = record.encoded().chain
            return record
        }
    }

    @Test func `it is read from an offset or the beginning to a mark or the end`() throws {
        try withJournal(records) { _, settings, marks in
            let journal = reading(settings)
            let toMark = try journal.read(shard: 0, after: nil, to: marks[1])
            #expect(toMark.last?.offset == 1)
            let fromOffset = try journal.read(shard: 0, after: 1, to: marks[2])
            #expect(fromOffset.last?.offset == 2)
            #expect(!fromOffset.contains(sequenceNumber: 1, chain: marks[0].chain))
            let toEnd = try journal.read(shard: 0, after: nil, to: nil)
            #expect(toEnd.last?.offset == 2)
        }
    }

    @Test func `a mark that the whole journal does not hold is said to be missing`() throws {
        try withJournal(records) { _, settings, _ in
            let journal = reading(settings, LeapingClock().clock)
            let mark = CommitMark(sequenceNumber: 9, chain: 9, writer: "w")
            let failure = failure { () throws(JournalReading.Failure) in
                try journal.read(shard: 0, after: nil, to: mark)
            }
            guard case .incomplete(let what) = failure else {
                Issue.record("it was not refused")
                return
            }
            #expect(what.contains("record 9"))
        }
    }

    @Test func `a broker that goes away shows no end, however long it stays away`() throws {
        try withJournal(records) { cluster, settings, _ in
            let lifecycle = Lifecycle()
            // The clock is looked at when the end is reached, and whenever nothing comes after it.
            nonisolated(unsafe) let cluster = cluster
            let clock = LeapingClock { count in
                if count == 1 { try? cluster.setBrokerDown() }
                if count == 4 { lifecycle.stop() }
            }
            let journal = reading(settings, clock.clock, lifecycle)
            let mark = CommitMark(sequenceNumber: 9, chain: 9, writer: "w")
            let failure = failure { () throws(JournalReading.Failure) in
                try journal.read(shard: 0, after: nil, to: mark)
            }
            guard case .stopped = failure else {
                Issue.record("it ended otherwise: \(String(describing: failure))")
                return
            }
        }
    }
}
