import Foundation
import Runtime
import Testing

/// Odd logs, and files that are none.
struct LogEdgeTests {
    private func line(_ customer: String, _ milliseconds: Int) -> String {
        #"{"type":"cart.add","customer":"\#(customer)","ts":\#(1_767_225_600_000 + milliseconds),"sku":"A"}"#
    }

    private func output(_ text: String, threadCount: Int = 1) throws -> ReplayOutput {
        let folder = try TemporaryFolder()
        return try replay(
            [try folder.write(Array(text.utf8), as: "log")], threadCount: threadCount, in: folder)
    }

    @Test(arguments: [1, 3])
    func `a line of 3 MiB is one dead letter, and its neighbours count`(threadCount: Int) throws {
        let long = #"{"type":"cart.add","x":""# + String(repeating: "x", count: 3 << 20) + "\"}"
        let text = [line("a", 0), long, line("b", 0), long, line("c", 3_700_000)].joined(separator: "\n")
        let output = try output(text + "\n", threadCount: threadCount)
        #expect(output.summary.rejectedCount == 2)
        #expect(output.summary.appliedCount == 3)
        #expect(output.records.count == 2)
        let letters = try output.inTermsOfTheModel().deadLetters
        #expect(letters.map { "\($0.position) \($0.reason)" } == ["2 too_large", "4 too_large"])
        #expect(output.deadLetters.count > 6 << 20)
    }

    @Test func `the last line counts without its line feed`() throws {
        let text = line("a", 0) + "\n" + line("b", 1)
        #expect(try output(text) == output(text + "\n"))
        #expect(try output(text).summary.appliedCount == 2)
        #expect(try output(text + "\n" + line("b", 2).dropLast()).summary.rejectedCount == 1)
    }

    @Test func `a carriage return belongs to the line end, and blank lines are lines`() throws {
        let lines = [line("a", 0), "", "  ", "{", line("b", 3_600_000 + 10_000)]
        let feeds = try output(lines.joined(separator: "\n") + "\n")
        #expect(try output(lines.joined(separator: "\r\n") + "\r\n").triggers == feeds.triggers)
        #expect(feeds.summary.eventCount == 3)
        #expect(feeds.records.count == 1)
        let letter = try #require(try feeds.inTermsOfTheModel().deadLetters.first)
        #expect(letter.position == 4)
    }

    @Test func `an empty log has no watermark`() throws {
        for text in ["", "\n", "\r\n\n"] {
            let output = try output(text, threadCount: 2)
            #expect(output.triggers.isEmpty && output.deadLetters.isEmpty)
            #expect(output.summary.watermark == nil)
            #expect(output.summary.eventCount == 0)
        }
    }

    @Test func `empty files between others count for nothing`() throws {
        let folder = try TemporaryFolder()
        let empty = try folder.write([], as: "empty")
        let one = try folder.write(Array(line("a", 0).utf8), as: "one")
        let two = try folder.write(Array(line("b", 3_700_000).utf8), as: "two")
        let output = try replay([empty, one, empty, two, empty], in: folder)
        #expect(output == (try replay([one, two], in: folder)))
        #expect(output.records.count == 1)
    }

    @Test func `a missing log and a folder are errors of the system, before anything is written`() throws {
        let folder = try TemporaryFolder()
        let good = try folder.write(Array(line("a", 0).utf8), as: "good")
        for bad in [folder.path("missing"), folder.path("missing.gz"), folder.path(".")] {
            let error = #expect(throws: LogError.self) { try replay([good, bad], in: folder) }
            guard case .system(let cause)? = error else {
                Issue.record("\(bad): \(String(describing: error))")
                continue
            }
            #expect(cause.description.contains(bad))
        }
    }

    @Test func `compressed data that end early are an error, and never a shorter log`() throws {
        let folder = try TemporaryFolder()
        let log = Array((0..<2_000).map { line("c\($0)", $0) + "\n" }.joined().utf8)
        let gzip = try Data(contentsOf: URL(filePath: try folder.writeGzip(log, as: "whole.gz")))
        let frame = try Data(contentsOf: URL(filePath: try folder.writeZstandard(log, as: "whole.zst")))
        for (whole, suffix) in [(gzip, ".gz"), (frame, ".zst")] {
            for count in [1, 5, 11, whole.count / 2, whole.count - 5, whole.count - 1] {
                let cut = try folder.write(whole.prefix(count), as: "cut\(suffix)")
                expectCorrupt(cut, "\(count) of \(whole.count) bytes", in: folder)
            }
            let more = try folder.write(whole + Data("{}".utf8), as: "more\(suffix)")
            expectCorrupt(more, "bytes behind the end", in: folder)
            let plain = try folder.write(log, as: "plain\(suffix)")
            expectCorrupt(plain, "not compressed", in: folder)
        }
    }

    @Test(arguments: [1, 2, 3])
    func `a log that ends in damage gives what came before it, on any number of threads`(
        threadCount: Int
    ) throws {
        let folder = try TemporaryFolder()
        let log = shopLog(eventCount: 12_000)
        let whole = try replay([try folder.write(log, as: "log")], rules: livelyRules(), in: folder).triggers
        let gzip = try Data(contentsOf: URL(filePath: try folder.writeGzip(log, as: "whole.gz")))
        let cut = try folder.write(gzip.dropLast(20), as: "cut.gz")
        #expect(throws: LogError.self) {
            try replay([cut], rules: livelyRules(), threadCount: threadCount, in: folder)
        }
        let written = try Data(contentsOf: URL(filePath: folder.path("triggers")))
        #expect(written.last == 0x0A)
        let isBeginning = whole.starts(with: written)
        #expect(isBeginning, "\(threadCount) threads")
    }

    @Test(arguments: [1, 2, 3])
    func `a full disk ends a replay, on any number of threads`(threadCount: Int) throws {
        let folder = try TemporaryFolder()
        let log = try folder.write(shopLog(eventCount: 12_000), as: "log")
        let options = Replay.Options(
            logs: [log], rules: livelyRules(), threadCount: threadCount, until: nil,
            triggers: try FileOutput(path: "/dev/full"), deadLetters: nil)
        #expect(throws: SystemError.self) { try Replay(options).run() }
    }

    @Test func `a flipped bit in compressed data is an error`() throws {
        let folder = try TemporaryFolder()
        let log = Array((0..<200).map { line("c\($0)", $0) + "\n" }.joined().utf8)
        var gzip = try Data(contentsOf: URL(filePath: try folder.writeGzip(log, as: "whole.gz")))
        gzip[gzip.count - 6] ^= 1
        expectCorrupt(try folder.write(gzip, as: "flipped.gz"), "checksum", in: folder)
    }

    private func expectCorrupt(_ path: String, _ what: String, in folder: TemporaryFolder) {
        let error = #expect(throws: LogError.self, "\(path): \(what)") { try replay([path], in: folder) }
        guard case .corrupt(let named, _)? = error else {
            Issue.record("\(what): \(String(describing: error))")
            return
        }
        #expect(named == path)
    }
}
