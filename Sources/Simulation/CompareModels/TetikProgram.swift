import Dispatch
import Foundation
import NaiveModel

/// `tetik replay` as a subject of the comparison: one process a case.
struct TetikProgram {
    let path: String
    let threadCount: Int
    /// A directory for the files of one case, overwritten by the next.
    let scratch: URL

    /// How a process failed.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let timeoutSeconds = 20.0

    func replay(_ randomCase: RandomCase) throws -> NaiveResult {
        func file(_ name: String) -> URL { scratch.appending(path: name) }
        for name in ["triggers", "dead-letters", "summary"] {
            try? FileManager.default.removeItem(at: file(name))
        }
        try Data(randomCase.config.utf8).write(to: file("config.yaml"))
        try Data(randomCase.log).write(to: file("input.jsonl"))
        var arguments = ["replay", "--config", file("config.yaml").path(), file("input.jsonl").path()]
        arguments += ["--triggers", file("triggers").path(), "--dead-letters", file("dead-letters").path()]
        arguments += ["--summary", file("summary").path(), "--threads", String(threadCount)]
        if let until = randomCase.until { arguments += ["--until", String(until)] }
        try run(arguments, errors: file("errors"))

        var result = NaiveResult()
        let triggers = try String(contentsOf: file("triggers"), encoding: .utf8)
        result.triggers = triggers.components(separatedBy: "\n").dropLast()
        let letters = (try? Data(contentsOf: file("dead-letters"))) ?? Data()
        result.deadLetters = try letters.split(separator: UInt8(ascii: "\n")).map { line in
            let letter = try JSONDecoder().decode(WrittenDeadLetter.self, from: Data(line))
            return NaiveDeadLetter(position: letter.position, reason: letter.reason)
        }
        let summary = try Data(contentsOf: file("summary"))
        result.summary = try JSONDecoder().decode(WrittenSummary.self, from: summary).summary
        return result
    }

    private func run(_ arguments: [String], errors: URL) throws {
        _ = FileManager.default.createFile(atPath: errors.path(), contents: nil)
        let errorHandle = try FileHandle(forWritingTo: errors)
        defer { try? errorHandle.close() }
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errorHandle
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        guard ended.wait(timeout: .now() + Self.timeoutSeconds) == .success else {
            process.terminate()
            throw Failure(description: "no answer in \(Self.timeoutSeconds) s")
        }
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            let text = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
            throw Failure(description: "exit \(process.terminationStatus): \(text.suffix(500))")
        }
    }
}

/// A line of the dead letters, as far as it is compared.
private struct WrittenDeadLetter: Decodable {
    var position: Int
    var reason: String
}

/// The summary as `--summary` writes it, without its seconds.
private struct WrittenSummary: Decodable {
    var events, applied, rejected, ignored, duplicates, late, customers: Int
    var triggers: [String: Int]
    var watermark: String?

    var summary: NaiveSummary {
        var summary = NaiveSummary()
        summary.events = events
        summary.applied = applied
        summary.rejected = rejected
        summary.ignored = ignored
        summary.duplicates = duplicates
        summary.late = late
        summary.customers = customers
        summary.triggers = triggers.filter { $0.value > 0 }
        summary.watermark = watermark
        return summary
    }
}
