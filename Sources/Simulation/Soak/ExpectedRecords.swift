import Foundation
import Glibc
import Runtime
import Settings

/// What the topics must hold: the sequence that the group processed, by its journal, replayed.
struct ExpectedRecords {
    /// One record as it must be found.
    struct Entry {
        /// The topic's place among those that are followed.
        var topicIndex: Int
        var key: String
        var value: [UInt8]
        var identity: String
    }

    private struct Trigger: Decodable { var id, type, customer: String }

    private struct Letter: Decodable {
        var position: Int
        var reason: String
        var value: String?
        var value_base64: Data?
    }

    /// Where a line of the sequence came from.
    private struct Origin {
        var topic: String
        var partition: Int
        var offset: Int64
    }

    /// The place of each kind of record in `SoakBroker.triggerTopics`.
    private static let topicIndices = [
        "abandoned_cart": 0, "cart_recovered": 1, "churn_risk": 2, "ad_suppression": 3,
    ]
    static let deadLetterIndex = 4

    /// In the order of the replay.
    private(set) var entries: [Entry] = []
    private(set) var deadLetterCount = 0
    /// Input records that are missing in the sequence.
    private(set) var missingInputCount: Int64 = 0
    /// Input records that are in the sequence more than once.
    private(set) var repeatedInputCount: Int64 = 0
    /// The first of those.
    private(set) var inputDifferences: [String] = []

    /// Records and replays. `written`: how many records each partition of each input topic has.
    init(_ settings: Settings, folder: String, written: [[Int64]]) throws {
        let sequence = "\(folder)/sequence.jsonl"
        let triggers = "\(folder)/expected.jsonl"
        let letters = "\(folder)/expected-dead-letters.jsonl"
        do {
            let output = try FileOutput(path: sequence)
            var recording = JournalRecording(settings: settings, output: output)
            _ = try recording.run(isStopped: { false })
            try output.close()
        }
        do {
            let options = Replay.Options(
                logs: [sequence], rules: settings.rules, threadCount: 1, until: nil,
                triggers: try FileOutput(path: triggers), deadLetters: try FileOutput(path: letters))
            _ = try Replay(options).run()
            try options.triggers.close()
            try options.deadLetters?.close()
        }
        let origins = try Self.origins(sequence)
        check(origins, written, settings.topics.inputs)
        try addTriggers(triggers)
        try addDeadLetters(letters, origins)
    }

    private mutating func addTriggers(_ path: String) throws {
        let decoder = JSONDecoder()
        for line in try Self.lines(path) {
            let trigger = try decoder.decode(Trigger.self, from: line)
            guard let index = Self.topicIndices[trigger.type] else {
                throw SoakFailure("the replay gave a record of type \(trigger.type)")
            }
            entries.append(
                Entry(topicIndex: index, key: trigger.customer, value: Array(line), identity: trigger.id))
        }
    }

    private mutating func addDeadLetters(_ path: String, _ origins: [Origin?]) throws {
        let decoder = JSONDecoder()
        for line in try Self.lines(path) {
            let letter = try decoder.decode(Letter.self, from: line)
            guard letter.position >= 1, letter.position <= origins.count,
                let origin = origins[letter.position - 1]
            else { throw SoakFailure("a dead letter of line \(letter.position), which is none") }
            let value = letter.value.map { Array($0.utf8) } ?? letter.value_base64.map { Array($0) } ?? []
            entries.append(
                Entry(
                    topicIndex: Self.deadLetterIndex, key: "", value: value,
                    identity: FoundRecord.deadLetterIdentity(
                        topic: origin.topic, partition: "\(origin.partition)", offset: "\(origin.offset)",
                        reason: letter.reason)))
            deadLetterCount += 1
        }
    }

    /// Every record of the input must be in the sequence once.
    private mutating func check(_ origins: [Origin?], _ written: [[Int64]], _ topics: [String]) {
        var seen = written.map { $0.map { [UInt8](repeating: 0, count: Int($0)) } }
        let indices = Dictionary(uniqueKeysWithValues: topics.enumerated().map { ($1, $0) })
        for case let origin? in origins {
            guard let topic = indices[origin.topic], origin.partition < seen[topic].count,
                origin.offset < seen[topic][origin.partition].count
            else {
                repeatedInputCount += 1
                inputDifferences.append(
                    "input \(origin.topic)/\(origin.partition)@\(origin.offset) was never written")
                continue
            }
            let count = seen[topic][origin.partition][Int(origin.offset)]
            seen[topic][origin.partition][Int(origin.offset)] = min(count, 100) + 1
        }
        for (topic, partitions) in seen.enumerated() {
            for (partition, counts) in partitions.enumerated() {
                for (offset, count) in counts.enumerated() where count != 1 {
                    if count == 0 { missingInputCount += 1 } else { repeatedInputCount += Int64(count) - 1 }
                    inputDifferences.append(
                        "input \(topics[topic])/\(partition)@\(offset) is in the sequence \(count) times")
                }
            }
        }
    }

    /// Where each line came from; nil for ticks.
    private static func origins(_ path: String) throws -> [Origin?] {
        try lines(path).map { line in
            let prefix = String(decoding: line.prefix(400), as: UTF8.self)
            guard prefix.hasPrefix("{\"topic\":\"") else { return nil }
            let parts = prefix.split(separator: ",", maxSplits: 3)
            guard parts.count > 2, let partition = number(parts[1]), let offset = number(parts[2]) else {
                throw SoakFailure("the sequence has a line of another form: \(prefix)")
            }
            return Origin(
                topic: String(parts[0].dropFirst(10).dropLast()), partition: Int(partition), offset: offset)
        }
    }

    /// The number in `"name":number`.
    private static func number(_ member: Substring) -> Int64? {
        member.firstIndex(of: ":").flatMap { Int64(member[member.index(after: $0)...].filter(\.isNumber)) }
    }

    private static func lines(_ path: String) throws -> [Data] {
        try Data(contentsOf: URL(filePath: path), options: .alwaysMapped).split(separator: 0x0A)
    }
}
