import KafkaTransport
import Logging
import Settings
import Testing

@testable import Runtime

/// What is taken from a partition's queue.
struct TopicIntakeTests {
    private func record(_ offset: Int64) -> SteppedQueue.Entry {
        .record(
            SteppedRecord(
                partition: 0, offset: offset, timestampMilliseconds: 1_767_225_600_000 + offset,
                key: Array("c".utf8), value: Array("{\"type\":\"click.page\"}".utf8)))
    }

    private func intake(_ queue: SteppedQueue, _ rules: [DecodingRules]) -> TopicIntake<SteppedQueue> {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return TopicIntake(
            topic: "clicks", queue: queue, position: 5, rules: rules, counters: LiveCounters(),
            events: KafkaEventLog(logger))
    }

    @Test func `rules that take over now outlast those that were to take over next`() throws {
        var rules = Settings().rules
        let queue = SteppedQueue(TopicPartition("clicks", 0), fetchOffset: 5)
        let intake = intake(
            queue, [DecodingRules(from: 5, rules: rules), DecodingRules(from: 5, rules: rules)])
        // The events lie ahead of their records by more than that.
        rules.aheadMillisecondsMax = 1
        intake.change(rules: rules)
        let value = "{\"type\":\"click.page\",\"ts\":1767225610000}"
        queue.append(
            .record(
                SteppedRecord(
                    partition: 0, offset: 5, timestampMilliseconds: 1_767_225_600_000,
                    key: Array("c".utf8), value: Array(value.utf8))))
        guard case .entry(let entry) = try intake.refill(), case .rejected = entry.content else {
            Issue.record("it was decoded by other rules")
            return
        }
    }

    @Test func `records that were fetched already are dropped, whatever the client hands out`() throws {
        let queue = SteppedQueue(TopicPartition("clicks", 0), fetchOffset: 5)
        let intake = intake(queue, [DecodingRules(from: 5, rules: Settings().rules)])
        // A client that lost its place begins somewhat before it: before the first, at one at hand, at one taken.
        for offset: Int64 in [4, 5, 6, 5, 6, 7] { queue.append(record(offset)) }
        func offsets() throws -> [Int64] {
            var offsets: [Int64] = []
            while case .entry(let entry) = try intake.refill() {
                offsets.append(entry.offset)
                intake.take()
            }
            return offsets
        }
        #expect(try offsets() == [5, 6, 7])
        for offset: Int64 in [6, 7, 8] { queue.append(record(offset)) }
        #expect(try offsets() == [8])
        #expect(intake.position == 9)
    }
}
