import Foundation
import NaiveModel
import Primitives
import Runtime
import Settings
import Testing

/// The published cases, in `shared/conformance` beside the package or further up; they are not part of it.
enum ConformanceCases {
    static let folder: URL = {
        var parent = URL(filePath: #filePath).deletingLastPathComponent()
        while parent.pathComponents.count > 1 {
            parent.deleteLastPathComponent()
            let found = parent.appending(path: "shared/conformance")
            if FileManager.default.fileExists(atPath: found.path()) { return found }
        }
        return parent
    }()

    static let names: [String] = {
        let found = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        return found.sorted().filter {
            FileManager.default.fileExists(atPath: folder.appending(path: "\($0)/input.jsonl").path())
        }
    }()
}

/// The counts of a case; triggers that never fired may be left out.
private struct ExpectedSummary: Decodable {
    var events, applied, rejected, ignored, duplicates, late, customers: Int
    var triggers: [String: Int]
    var watermark: String?
}

struct ConformanceTests {
    @Test func `the conformance cases are at hand`() {
        withKnownIssue("no conformance cases beside the package: NOTHING IS COMPARED", isIntermittent: true) {
            #expect(!ConformanceCases.names.isEmpty)
        }
    }

    private func expected(_ folder: URL) throws -> NaiveResult {
        func read(_ file: String) throws -> Data { try Data(contentsOf: folder.appending(path: file)) }
        var result = NaiveResult()
        result.triggers = String(decoding: try read("triggers.jsonl"), as: UTF8.self)
            .components(separatedBy: "\n").dropLast()
        result.deadLetters = try read("dead-letters.jsonl").split(separator: 0x0A).map {
            let letter = try JSONDecoder().decode(WrittenDeadLetter.self, from: Data($0))
            return NaiveDeadLetter(position: letter.position, reason: letter.reason)
        }
        let summary = try JSONDecoder().decode(ExpectedSummary.self, from: try read("summary.json"))
        result.summary.events = summary.events
        result.summary.applied = summary.applied
        result.summary.rejected = summary.rejected
        result.summary.ignored = summary.ignored
        result.summary.duplicates = summary.duplicates
        result.summary.late = summary.late
        result.summary.customers = summary.customers
        result.summary.triggers = summary.triggers.filter { $0.value > 0 }
        result.summary.watermark = summary.watermark
        return result
    }

    @Test(arguments: ConformanceCases.names, [1, 2, 3])
    func `a conformance case comes out byte for byte`(name: String, threadCount: Int) throws {
        let folder = ConformanceCases.folder.appending(path: name)
        let yaml = try String(contentsOf: folder.appending(path: "config.yaml"), encoding: .utf8)
        let rules = try SettingsLoader.load(yaml: yaml, name: "config.yaml").settings.rules
        let until = (try? String(contentsOf: folder.appending(path: "until"), encoding: .utf8))
            .flatMap { NaiveModel.time($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        let output = try replay(
            [folder.appending(path: "input.jsonl").path()], rules: rules, threadCount: threadCount,
            until: until, in: try TemporaryFolder())
        let difference = Comparison.difference(
            want: try expected(folder), got: try output.inTermsOfTheModel())
        #expect(difference == nil)
    }
}
