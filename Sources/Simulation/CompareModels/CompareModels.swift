import ArgumentParser
import Foundation
import NaiveModel

/// Compares a built `tetik` with the naive model on random cases.
@main
struct CompareModels: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare-models",
        abstract: "Compares `tetik replay` with the naive model of the contract on random cases.",
        usage: "compare-models TETIK --seeds '0..<1000' [--keep DIR] [--stop-after N]",
        discussion: """
            A case that differs is shrunk to few lines and printed with its seed. Exit code 1 if any differs.
            Example: compare-models .build/release/tetik --seeds '0..<1000' --keep /tmp/differences
            """)

    @Argument(help: "The program.")
    var tetik: String

    @Option(help: "Which cases: 'A..<B', quoted for the shell.")
    var seeds: SeedRange = SeedRange(seeds: 0..<1_000)

    @Option(help: "A directory for the configurations and shrunk logs of the cases that differ.")
    var keep: String?

    @Option(help: "Stop after so many differences.")
    var stopAfter = 5

    func run() throws {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "compare-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let start = ContinuousClock.now
        var differing: [UInt64] = []
        var compared = 0
        for seed in seeds.seeds {
            let threadCount = seed.isMultiple(of: 2) ? 1 : 2
            let program = TetikProgram(path: tetik, threadCount: threadCount, scratch: scratch)
            let randomCase = RandomCase.make(seed: seed)
            compared += 1
            guard try Comparison.difference(in: randomCase, program.replay) != nil else { continue }
            try show(randomCase, seed: seed, program: program)
            differing.append(seed)
            if differing.count == stopAfter { break }
        }
        let seconds = Double((ContinuousClock.now - start) / .milliseconds(1)) / 1_000
        let rate = Int(Double(compared) / max(seconds, 0.001))
        print("\(compared) cases, \(differing.count) differ \(differing), \(rate) cases/s")
        if !differing.isEmpty { throw ExitCode(1) }
    }

    private func show(_ randomCase: RandomCase, seed: UInt64, program: TetikProgram) throws {
        let shrunk = try Comparison.shrunk(randomCase, program.replay)
        let difference =
            try Comparison.difference(in: shrunk, program.replay)
            ?? "none any more: the program does not always do the same"
        print("== seed \(seed), \(program.threadCount) threads, \(shrunk.lines.count) lines")
        print(Comparison.report(shrunk, difference: difference))
        guard let keep else { return }
        let folder = URL(filePath: keep).appending(path: "seed-\(seed)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(shrunk.config.utf8).write(to: folder.appending(path: "config.yaml"))
        try Data(shrunk.log).write(to: folder.appending(path: "input.jsonl"))
        if let until = shrunk.until { try Data("\(until)\n".utf8).write(to: folder.appending(path: "until")) }
        let triggers = try shrunk.expected().triggers.map { $0 + "\n" }.joined()
        try Data(triggers.utf8).write(to: folder.appending(path: "triggers.jsonl"))
    }
}

/// `A..<B` on the command line.
struct SeedRange: ExpressibleByArgument {
    var seeds: Range<UInt64>

    init(seeds: Range<UInt64>) { self.seeds = seeds }

    init?(argument: String) {
        let ends = argument.components(separatedBy: "..<").map { UInt64($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last else { return nil }
        seeds = first..<last
    }
}
