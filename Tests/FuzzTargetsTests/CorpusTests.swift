import Foundation
import FuzzTargets
import Testing

/// The inputs that the fuzzer found interesting, and those that broke something once, through the same functions.
struct CorpusTests {
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "FuzzTargets/corpus")

    @Test(arguments: FuzzTarget.allCases)
    func `every input is read as it should be`(target: FuzzTarget) throws {
        let folder = Self.corpus.appending(path: target.rawValue)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted()
        for seed in target.seeds { try target.check(seed) }
        for name in files {
            let bytes = Array(try Data(contentsOf: folder.appending(path: name)))
            #expect(throws: Never.self, "\(target.rawValue)/\(name)") { try target.check(bytes) }
        }
        print("fuzzing: \(target.rawValue), \(files.count) inputs of the corpus, \(target.seeds.count) seeds")
        #expect(files.count > 10)
    }
}
