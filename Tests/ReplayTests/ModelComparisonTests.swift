import Foundation
import NaiveModel
import Runtime
import Settings
import Testing

/// The engine against the naive model of the contract, on random logs under random rules.
struct ModelComparisonTests {
    /// How many cases, from the environment or as many as take some seconds.
    private static let caseCount: UInt64 = {
        if let text = ProcessInfo.processInfo.environment["TETIK_MODEL_CASES"], let count = UInt64(text) {
            return count
        }
        #if DEBUG
            return 100
        #else
            return 2_000
        #endif
    }()

    /// Differences after which it is clear enough that something is wrong.
    private static let differenceCountMax = 3

    @Test func `random logs come out as the model says, on one, two and three threads`() throws {
        let folder = try TemporaryFolder()
        var differenceCount = 0
        for seed in 0..<Self.caseCount {
            let subject: Comparison.Subject = { randomCase in
                try Self.replayed(randomCase, threadCount: Int(seed % 3) + 1, in: folder)
            }
            let randomCase = RandomCase.make(seed: seed)
            guard try Comparison.difference(in: randomCase, subject) != nil else { continue }
            differenceCount += 1
            let shrunk = try Comparison.shrunk(randomCase, subject)
            let difference = try Comparison.difference(in: shrunk, subject) ?? "none any more"
            Issue.record("seed \(seed), shrunk:\n\(Comparison.report(shrunk, difference: difference))")
            if differenceCount == Self.differenceCountMax { break }
        }
        print("\(Self.caseCount) random cases compared with the model, \(differenceCount) differ")
    }

    private static func replayed(
        _ randomCase: RandomCase, threadCount: Int, in folder: TemporaryFolder
    ) throws -> NaiveResult {
        let rules = try SettingsLoader.load(yaml: randomCase.config, name: "case").settings.rules
        let log = try folder.write(randomCase.log, as: "log")
        return try replay(
            [log], rules: rules, threadCount: threadCount, until: randomCase.until, in: folder
        ).inTermsOfTheModel()
    }
}
