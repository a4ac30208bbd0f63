import Foundation
import Primitives
import Settings
import Testing

/// The published cases, in `shared/conformance` beside the package or further up; they are not part of it.
private enum Cases {
    static let folder: URL? = {
        var parent = URL(filePath: #filePath).deletingLastPathComponent()
        while parent.pathComponents.count > 1 {
            parent.deleteLastPathComponent()
            let found = parent.appending(path: "shared/conformance")
            if FileManager.default.fileExists(atPath: found.path()) { return found }
        }
        return nil
    }()
}

/// One case as records of Kafka.
private struct LiveCase {
    var settings: Settings
    /// In the order in which the daemon is to process them.
    var sequence: [TestRecord] = []

    /// Reads case `name`. The lines go to one topic in their order, or to all three by type.
    init(_ name: String, isSpread: Bool, in folder: URL, settings: Settings) throws {
        self.settings = settings
        let folder = folder.appending(path: name)
        let yaml = try String(contentsOf: folder.appending(path: "config.yaml"), encoding: .utf8)
        self.settings.rules = try SettingsLoader.load(yaml: yaml, name: name).settings.rules
        var time: Int64 = 1_767_225_600_000
        for line in try Data(contentsOf: folder.appending(path: "input.jsonl")).split(separator: 0x0A) {
            let stated = Self.time(of: line)
            if isSpread, stated == nil { continue }
            time = stated ?? time
            let topic = isSpread ? topic(of: line) : settings.carts
            sequence.append(TestRecord(topic: topic, key: nil, value: Array(line), timestamp: time))
        }
        if isSpread { sequence = merged() }
    }

    /// The number after `"ts":`, which the record's own timestamp is to be equal to.
    private static func time(of line: Data) -> Int64? {
        guard let name = line.range(of: Data("\"ts\":".utf8)) else { return nil }
        let digits = line[name.upperBound...].prefix { $0 >= 0x30 && $0 <= 0x39 }
        guard let time = Int64(String(decoding: digits, as: UTF8.self)) else { return nil }
        return time >= EventTime.earliest.milliseconds && time < EventTime.latest.milliseconds ? time : nil
    }

    private func topic(of line: Data) -> String {
        if line.range(of: Data("\"click.".utf8)) != nil { return settings.clicks }
        return line.range(of: Data("\"email.".utf8)) != nil ? settings.emails : settings.carts
    }

    /// Again and again the lowest timestamp of the topics' next records; of equal ones the first topic's.
    private func merged() -> [TestRecord] {
        var rest = settings.topics.inputs.map { topic in sequence.filter { $0.topic == topic }[...] }
        var result: [TestRecord] = []
        for _ in sequence {
            let heads = rest.indices.filter { !rest[$0].isEmpty }
            guard
                let next = heads.min(by: {
                    (rest[$0].first?.timestamp ?? 0, $0) < (rest[$1].first?.timestamp ?? 0, $1)
                }),
                let record = rest[next].popFirst()
            else { break }
            result.append(record)
        }
        return result
    }
}

extension LiveTests {
    @Suite(.serialized) struct ConformanceTests {
        @Test(arguments: [false, true])
        func `the records of a case are exactly those that a replay gives`(isSpread: Bool) throws {
            guard let folder = Cases.folder else {
                withKnownIssue("no conformance cases beside the package: NOTHING IS COMPARED") {
                    Issue.record("no cases")
                }
                return
            }
            let names =
                isSpread
                ? ["random-1", "random-2", "consent"]
                : [
                    "suppression", "recovered", "cart-steps", "duplicates", "watermark-edges", "bad-input",
                    "unicode", "erased", "random-3",
                ]
            try withCluster { cluster in
                let cases = try names.map {
                    try LiveCase($0, isSpread: isSpread, in: folder, settings: cluster.settings($0))
                }
                let expectations = try cases.map { try Expectation($0.sequence, $0.settings) }
                for live in cases { try writeRecords(live.sequence, to: cluster) }
                let daemons = cases.map { RunningDaemon($0.settings) }
                let readers = try cases.map { try TopicReader(cluster, $0.settings.outputTopics) }
                defer { for reader in readers { reader.close() } }
                for index in cases.indices { try readers[index].read(until: expectations[index]) }
                for running in daemons { running.daemon.lifecycle.stop() }
                for (index, running) in daemons.enumerated() {
                    try running.stop()
                    try readers[index].compare(with: expectations[index])
                    #expect(!readers[index].records.isEmpty, "\(names[index])")
                    #expect(running.totals.eventCount == Int64(cases[index].sequence.count))
                }
            }
        }
    }
}
