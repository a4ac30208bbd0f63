import Primitives
@testable import Runtime
import Settings
import Telemetry
import Testing

extension LiveTests {
    /// After a run whose outcome a replay foretells, everything that is shown is what the topics hold.
    @Suite(.serialized) struct AgreementTests {
        /// Partition by partition: carts, of which some are ordered after a reminder; a year later nobody is left.
        private static func sequences(_ settings: Settings) -> [[TestRecord]] {
            (Int32(0)..<2).map { partition in
                let names = (0..<(20 + 10 * Int(partition))).map { "c-\(partition)-\($0)" }
                var records = names.enumerated().map { number, name in
                    settings.add(name, at: testDay + Int64(number), partition: partition)
                }
                let later = testDay + 2 * hour
                records.append(settings.click(names[0], at: later, partition: partition))
                for (number, name) in names.prefix(7).enumerated() {
                    records.append(settings.order(name, at: later + Int64(1 + number), partition: partition))
                }
                for text in ["no json", "{\"type\":7}", "{\"type\":\"unknown\"}"] {
                    records.append(
                        TestRecord(settings.emails, partition: partition, key: "x", text, at: later + 60))
                }
                records.append(settings.click(names[1], at: testDay + 8_760 * hour, partition: partition))
                return records
            }
        }

        @Test func `every number that is shown agrees with what the topics hold`() throws {
            try withCluster { cluster in
                let settings = try cluster.settings(partitions: 2)
                let sequences = Self.sequences(settings)
                let expectations = try sequences.map { try Expectation($0, settings) }
                let expectedCount = expectations.reduce(0) { $0 + $1.count }
                try writeRecords(sequences.flatMap(\.self), to: cluster)
                try withReader(cluster, settings.outputTopics) { reader in
                    try withDaemon(settings) { running in
                        try reader.read(until: "all records") { $0.count >= expectedCount }
                        try eventually("all is read, acknowledged and committed") {
                            let status = running.daemon.status
                            return status.totals.lagCount == 0
                                && status.totals.triggerCount + status.totals.deadLetterCount
                                    == Int64(expectedCount)
                                && status.shards.allSatisfy { $0.lastCommitAgeSeconds != nil }
                        }
                        let held = Held(sequences, reader, settings)
                        for topic in settings.outputTopics {
                            let expected = expectations.reduce(0) { $0 + ($1.records[topic]?.count ?? 0) }
                            #expect(held.counts[topic] == expected && expected > 0, "\(topic)")
                        }
                        let status = running.daemon.status
                        held.compare(status)
                        held.compare(MetricValues(MetricsText.text(of: status)))
                        var screen = TopScreen()
                        held.compare(
                            screen.lines(status, columnCount: 120, rowCount: .max, isColoured: false))
                        // What the stream shows is what readers of the topics see.
                        let shown = running.daemon.observer.feed.read(after: 0, .init(), countMax: .max)
                        #expect(
                            shown.entries.map { String(decoding: $0.value, as: UTF8.self) }.sorted()
                                == settings.triggerTopics.flatMap { reader.records[$0] ?? [] }.map(\.text)
                                .sorted())
                    }
                }
            }
        }
    }
}

/// The numbers as the topics have them.
private struct Held {
    /// Records by output topic.
    var counts: [String: Int] = [:]
    private let types: [(type: String, topic: String)]
    private let deadLetterTopic: String
    private let eventCounts: [Int]
    private let customerCounts: [Int]
    private let watermarks: [EventTime]
    private let ignoredCount: Int

    init(_ sequences: [[TestRecord]], _ reader: TopicReader, _ settings: Settings) {
        counts = reader.records.mapValues(\.count)
        types = [
            ("abandoned_cart", settings.topics.abandonedCart), ("cart_recovered", settings.topics.outcomes),
            ("churn_risk", settings.topics.churnRisk), ("ad_suppression", settings.topics.adSuppression),
        ]
        deadLetterTopic = settings.topics.deadLetters
        eventCounts = sequences.map(\.count)
        customerCounts = sequences.map { Set($0.map(\.key)).subtracting([Array("x".utf8)]).count }
        watermarks = sequences.map { records in
            EventTime(milliseconds: (records.map(\.timestamp).max() ?? 0))
                - settings.rules.allowedLatenessMilliseconds
        }
        ignoredCount = sequences.count
    }

    private var eventCount: Int { eventCounts.reduce(0, +) }
    private var customerCount: Int { customerCounts.reduce(0, +) }
    private var deadLetterCount: Int { counts[deadLetterTopic] ?? 0 }

    func compare(_ status: DaemonStatus) {
        let totals = status.totals
        #expect(totals.eventCount == Int64(eventCount))
        #expect(totals.rejectedCount == Int64(deadLetterCount))
        #expect(totals.deadLetterCount == Int64(deadLetterCount))
        #expect(totals.ignoredCount == Int64(ignoredCount))
        #expect(totals.appliedCount == Int64(eventCount - deadLetterCount - ignoredCount))
        #expect(totals.customerCount == Int64(customerCount))
        #expect(totals.lateCount == 0 && totals.duplicateCount == 0 && totals.lostCount == 0)
        for (type, topic) in types {
            #expect(status.triggers.first { $0.type == type }?.count == Int64(counts[topic] ?? 0), "\(type)")
        }
        #expect(totals.triggerCount == status.triggers.reduce(0) { $0 + $1.count })
        #expect(status.triggerLatency.count == totals.triggerCount)
        #expect(status.phase == .running && status.isReady && status.isLive && status.problems.isEmpty)
        #expect(status.kafka.assignedPartitionCount == Int64(eventCounts.count * 3))
        #expect(status.shards.map(\.partition) == [0, 1])
        #expect(status.shards.map(\.eventCount) == eventCounts.map(Int64.init))
        #expect(status.shards.map(\.customerCount) == customerCounts.map(Int64.init))
        #expect(status.shards.map(\.rejectedCount) == [2, 2] && status.shards.map(\.ignoredCount) == [1, 1])
        #expect(status.shards.map(\.lagCount) == [0, 0])
        #expect(status.shards.map(\.watermark) == watermarks.map(\.description))
    }

    func compare(_ metrics: MetricValues) {
        #expect(metrics["tetik_events_total"] == Double(eventCount))
        #expect(metrics["tetik_events_rejected_total"] == Double(deadLetterCount))
        #expect(metrics["tetik_dead_letters_total"] == Double(deadLetterCount))
        #expect(metrics["tetik_events_ignored_total"] == Double(ignoredCount))
        #expect(
            metrics["tetik_events_applied_total"] == Double(eventCount - deadLetterCount - ignoredCount))
        #expect(metrics["tetik_customers"] == Double(customerCount))
        for (type, topic) in types {
            #expect(metrics["tetik_triggers_total{type=\"\(type)\"}"] == Double(counts[topic] ?? 0))
        }
        for shard in eventCounts.indices {
            let label = "{shard=\"\(shard)\"}"
            #expect(metrics["tetik_shard_events_total\(label)"] == Double(eventCounts[shard]))
            #expect(metrics["tetik_shard_customers\(label)"] == Double(customerCounts[shard]))
            #expect(metrics["tetik_shard_lag_records\(label)"] == 0)
        }
        #expect(metrics["tetik_ready"] == 1 && metrics["tetik_live"] == 1)
    }

    /// The lines of `tetik top`: totals are the last word of their line.
    func compare(_ lines: [String]) {
        func words(_ name: String) -> [Substring] {
            (lines.first { $0.hasPrefix("\(name) ") } ?? "").split(separator: " ")
        }
        #expect(words("events").last == "\(eventCount)")
        #expect(words("dead letters").last == Substring(TopScreen.short(Int64(deadLetterCount))))
        for (type, topic) in types {
            #expect(words(type).last == Substring(TopScreen.short(Int64(counts[topic] ?? 0))), "\(type)")
        }
        #expect(words("lag").prefix(4) == ["lag", "0", "customers", "\(customerCount)"])
        for shard in customerCounts.indices {
            #expect(words("\(shard)").dropFirst(2).first == "0", "lag of shard \(shard)")
            #expect(words("\(shard)").contains("\(customerCounts[shard])"))
        }
    }
}

/// Samples of Prometheus's text format by name and labels.
private struct MetricValues {
    private var values: [String: Double] = [:]

    init(_ text: String) {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            if let name = words.first, words.count == 2 { values[String(name)] = Double(words[1]) }
        }
    }

    subscript(name: String) -> Double? { values[name] }
}
