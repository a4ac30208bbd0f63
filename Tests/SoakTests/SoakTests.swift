import Foundation
import Testing

@testable import tetik_soak

/// The program: the one that `TETIK_PROGRAM` names, as built for release, or beside this test.
enum BuiltProgram {
    static let path: String? = {
        if let named = ProcessInfo.processInfo.environment["TETIK_PROGRAM"] { return named }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let test = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        return [package.appending(path: ".build/release/tetik"), test.appending(path: "tetik")].map {
            $0.path()
        }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()
}

/// A short soak, and the parts of a soak that decide what is good.
struct SoakTests {
    @Test(
        .enabled(
            if: BuiltProgram.path != nil,
            "there is no built program: swift build -c release --product tetik makes it"),
        .timeLimit(.minutes(4)))
    func `daemons that are killed under load lose nothing`() throws {
        let program = try #require(BuiltProgram.path)
        // A seed with a short plan: a kill at work, kills and a clean stop that fall into recoveries.
        let options = SoakOptions(
            bootstrapServers: nil, length: .kills(3), rate: 500, memberCount: 1, freezes: false,
            partitionCount: 4, seed: 179, tetik: program)
        let folder = FileManager.default.temporaryDirectory.appending(path: "soak-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let result = try SoakRun.run(options, folder: folder.path(), isStopped: { false })
        let report = SoakReport.text(result, options)
        #expect(result.isGood, "\(report), files in \(folder.path())")
        #expect(result.kills == 3)
        #expect(result.eventCount > 1_000)
        #expect(result.recordCount > 0)
        if result.isGood { try FileManager.default.removeItem(at: folder) }
    }
}

/// What the comparison must notice.
struct ComparisonTests {
    private static let topics = ["cart", "outcomes", "churn", "ads", "letters", "journal"]

    private static func entry(_ id: String, topic: Int = 0, customer: String = "c-1") -> ExpectedRecords.Entry
    {
        ExpectedRecords.Entry(topicIndex: topic, key: customer, value: Array(id.utf8), identity: id)
    }

    private static func found(
        _ id: String, topic: Int = 0, customer: String = "c-1", value: String? = nil
    ) -> FoundRecord {
        FoundRecord(
            topicIndex: topic, partition: 0, key: customer, value: Array((value ?? id).utf8), identity: id)
    }

    private static func compare(_ found: [FoundRecord], showsAborted: Bool = false) -> Comparison {
        Comparison(
            [entry("a"), entry("b"), entry("l", topic: 4, customer: "")], found, topics: topics,
            showsAborted: showsAborted)
    }

    private static let letter = found("l", topic: 4)

    @Test func `the same records in the order of each customer are right`() {
        let result = Self.compare([Self.letter, Self.found("a"), Self.found("b")])
        #expect(result.differences.isEmpty)
    }

    @Test func `a missing record is a loss, also of the dead letters`() {
        #expect(Self.compare([Self.found("a"), Self.letter]).losses == 1)
        #expect(Self.compare([Self.found("a"), Self.found("b")]).losses == 1)
    }

    @Test func `a second copy is a repeat, and what nothing explains is unexpected`() {
        let result = Self.compare(
            [Self.found("a"), Self.found("b"), Self.letter, Self.letter, Self.found("a"), Self.found("x")])
        #expect(result.repeats == 2)
        #expect(result.unexpected == 1)
        #expect(result.losses == 0)
    }

    @Test func `another value under the same id is a loss of the right one`() {
        let result = Self.compare([Self.found("a", value: "A"), Self.found("b"), Self.letter])
        #expect(result.losses == 1)
        #expect(result.unexpected == 1)
    }

    @Test func `records that change places are out of order`() {
        let result = Self.compare([Self.found("b"), Self.found("a"), Self.letter])
        #expect(result.outOfOrder == 1)
        #expect(result.losses + result.repeats + result.unexpected == 0)
    }

    @Test func `where aborted records show, the last of one id counts`() {
        let result = Self.compare(
            [
                Self.found("a", value: "A"), Self.found("b"), Self.found("x"), Self.found("a"),
                Self.found("b"),
                Self.letter,
            ], showsAborted: true)
        #expect(result.differences.isEmpty)
        #expect(result.aborted == 3)
    }
}

/// The plan of trouble.
struct TroubleMakerTests {
    private static func options(seed: UInt64, freezes: Bool) -> SoakOptions {
        SoakOptions(
            bootstrapServers: "localhost:9092", length: .kills(1), rate: 1, memberCount: 2, freezes: freezes,
            partitionCount: 1, seed: seed, tetik: "")
    }

    private static func plan(seed: UInt64, freezes: Bool) -> [TroubleMaker.Step] {
        var maker = TroubleMaker(options(seed: seed, freezes: freezes))
        return (0..<100).map { _ in maker.next() }
    }

    @Test func `one seed is one plan`() {
        #expect(Self.plan(seed: 5, freezes: true) == Self.plan(seed: 5, freezes: true))
        #expect(Self.plan(seed: 5, freezes: true) != Self.plan(seed: 6, freezes: true))
    }

    @Test func `both members get everything, and freezes outlast the session`() {
        let plan = Self.plan(seed: 1, freezes: true)
        for trouble in [TroubleMaker.Trouble.kill, .terminate, .freeze] {
            #expect(Set(plan.filter { $0.trouble == trouble }.map(\.member)) == [0, 1])
        }
        #expect(plan.allSatisfy { $0.trouble != .freeze || $0.awayMilliseconds > 10_000 })
        #expect(!Self.plan(seed: 1, freezes: false).contains { $0.trouble == .freeze })
    }
}
