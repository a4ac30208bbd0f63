import Foundation
import Model
import Primitives
import Testing

/// The recorded cases that lie beside the package, if they do.
struct ConformanceTests {
    static func cases() -> [String] {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        for place in ["../shared/conformance", "../../shared/conformance"] {
            let folder = package.appending(path: place).standardizedFileURL.path
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            let cases = names.filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)/input.jsonl") }
            if !cases.isEmpty { return cases.sorted().map { "\(folder)/\($0)" } }
        }
        print("SKIPPED: no conformance cases beside the package; the decoder was not compared with them")
        return []
    }

    private struct DeadLetter: Codable, Equatable {
        var position: Int
        var reason: String
    }

    private struct Summary: Codable {
        var events: Int
        var applied: Int
        var rejected: Int
        var ignored: Int
    }

    @Test(arguments: cases())
    func `a recorded case is accepted, ignored and rejected line by line`(_ path: String) throws {
        let input = try Array(Data(contentsOf: URL(filePath: "\(path)/input.jsonl")))
        let letters = try String(contentsOfFile: "\(path)/dead-letters.jsonl", encoding: .utf8)
            .split(separator: "\n").map { try JSONDecoder().decode(DeadLetter.self, from: Data($0.utf8)) }
        let summary = try JSONDecoder().decode(
            Summary.self, from: Data(contentsOf: URL(filePath: "\(path)/summary.json")))
        withPadding(input) { text in
            guard let start = text.baseAddress else { return }
            let decoder = EventDecoder(rules: Rules())
            var batch = EventBatch(source: start)
            var number: UInt32 = 0
            var lineStart = 0
            while lineStart < text.count {
                let end = text[lineStart...].firstIndex(of: 0x0A).map { $0 + 1 } ?? text.count
                decoder.decodeLine(
                    UnsafeRawBufferPointer(rebasing: text[lineStart..<end]), number: number, into: &batch)
                lineStart = end
                number += 1
            }
            let found = batch.rejected.map {
                DeadLetter(position: Int($0.line) + 1, reason: $0.rejection.reason.rawValue)
            }
            #expect(found == letters)
            #expect(batch.ignoredCount == summary.ignored)
            let accepted = batch.events.count { $0.kind != .tick }
            #expect(accepted == summary.events - summary.rejected - summary.ignored)
            #expect(found.count == summary.rejected)
        }
    }
}
