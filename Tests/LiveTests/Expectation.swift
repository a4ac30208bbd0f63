import Foundation
import Primitives
import Runtime
import Settings
import Testing

/// What a sequence of records gives, by the replay of the same sequence.
struct Expectation {
    /// Trigger records and dead letters by topic, in order.
    var records: [String: [TestRecord]] = [:]
    var count: Int { records.values.reduce(0) { $0 + $1.count } }

    /// Replays `sequence`, which is in the order in which the daemon is to process it, as recorded records.
    init(_ sequence: [TestRecord], _ settings: Settings) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tetik-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }
        let log = sequence.map(\.recordedLine).joined(separator: "\n")
        try Data(log.utf8).write(to: URL(filePath: path("log")))
        do {
            let options = Replay.Options(
                logs: [path("log")], rules: settings.rules, threadCount: 1, until: nil,
                triggers: try FileOutput(path: path("triggers")),
                deadLetters: try FileOutput(path: path("dead-letters")))
            _ = try Replay(options).run()
        }
        for line in try Self.lines(path("triggers")) {
            let record = try Self.trigger(line, settings)
            records[record.topic, default: []].append(record)
        }
        var offsets = Offsets(sequence)
        for line in try Self.lines(path("dead-letters")) {
            let letter = try JSONDecoder().decode(Letter.self, from: Data(line.utf8))
            let record = offsets.deadLetter(letter, sequence, settings)
            records[record.topic, default: []].append(record)
        }
    }

    private static func lines(_ path: String) throws -> [String] {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            .split(separator: "\n").map(String.init)
    }

    private struct Trigger: Decodable { var id, type, customer, at: String }

    /// The Kafka record of a trigger's JSON. Source: contract, section 6.
    private static func trigger(_ line: String, _ settings: Settings) throws -> TestRecord {
        let trigger = try JSONDecoder().decode(Trigger.self, from: Data(line.utf8))
        let topics = [
            "abandoned_cart": settings.topics.abandonedCart, "cart_recovered": settings.topics.outcomes,
            "churn_risk": settings.topics.churnRisk, "ad_suppression": settings.topics.adSuppression,
        ]
        var record = TestRecord(
            try #require(topics[trigger.type]), key: trigger.customer, line,
            at: try #require(EventTime(rfc3339: trigger.at)).milliseconds)
        record.headers = [
            .init("ce_specversion", "1.0"), .init("ce_id", trigger.id),
            .init("ce_type", "tetik.\(trigger.type).v1"),
            .init("ce_source", "tetik/\(settings.kafka.groupID)"), .init("ce_subject", trigger.customer),
            .init("ce_time", trigger.at), .init("content-type", "application/json"),
        ]
        return record
    }

    private struct Letter: Decodable {
        var position: Int
        var reason, detail: String
    }

    /// Where each record of a sequence stands in its topic partition.
    private struct Offsets {
        private var offsets: [Int] = []

        init(_ sequence: [TestRecord]) {
            var next: [String: Int] = [:]
            for record in sequence {
                offsets.append(next[record.topic, default: 0])
                next[record.topic, default: 0] += 1
            }
        }

        /// The Kafka record of a dead letter. Source: contract, section 7.
        mutating func deadLetter(
            _ letter: Letter, _ sequence: [TestRecord], _ settings: Settings
        ) -> TestRecord {
            let origin = sequence[letter.position - 1]
            var record = origin
            record.topic = settings.topics.deadLetters
            record.partition = 0
            record.headers += [
                .init("tetik.reason", letter.reason), .init("tetik.detail", letter.detail),
                .init("tetik.topic", origin.topic), .init("tetik.partition", "\(origin.partition)"),
                .init("tetik.offset", "\(offsets[letter.position - 1])"),
                .init("tetik.timestamp", "\(origin.timestamp)"),
            ]
            return record
        }
    }
}

extension TestRecord {
    /// The record as a line of a log. Source: contract, section 8.
    fileprivate var recordedLine: String {
        let key = key.map { ",\"key_base64\":\"\(Data($0).base64EncodedString())\"" } ?? ""
        let value = value.map { "\"value_base64\":\"\(Data($0).base64EncodedString())\"" } ?? "\"value\":null"
        return "{\"topic\":\"t\",\"partition\":0,\"timestamp\":\(timestamp)\(key),\(value)}"
    }
}

extension TopicReader {
    /// Waits for as many records as are expected.
    func read(until expectation: Expectation) throws {
        try read(until: "as many records as expected") { $0.count >= expectation.count }
    }

    /// Compares everything there is, once the daemon has ended.
    func compare(with expectation: Expectation) throws {
        try read()
        for topic in Set(records.keys).union(expectation.records.keys) {
            let found = records[topic] ?? []
            let wanted = expectation.records[topic] ?? []
            #expect(found.count == wanted.count, "\(topic)")
            for (found, wanted) in zip(found, wanted) where found != wanted {
                Issue.record("\(topic): \(found.text) \(found.headers), not \(wanted.text) \(wanted.headers)")
                break
            }
        }
    }
}
