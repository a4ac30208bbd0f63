import Foundation
import Simulation
import Testing

/// The daemon's parts on a simulated cluster in which anything fails.
@Suite(.serialized)
struct SimulationTests {
    /// Sanitizers take fewer.
    private static let seedCount =
        ProcessInfo.processInfo.environment["TETIK_SIMULATION_SEEDS"].flatMap { UInt64($0) } ?? 50

    /// Longer runs for hand: `TETIK_LONG_TESTS=1`.
    private static var isLong: Bool { ProcessInfo.processInfo.environment["TETIK_LONG_TESTS"] != nil }

    private func expectSuccess(_ seed: UInt64, _ profile: Profile, naive: Bool = false) -> Figures {
        let result = Simulation.run(seed: seed, profile: profile, comparesNaively: naive)
        if let failure = result.failure {
            Issue.record(
                "seed \(seed), \(failure); repeat: \(Simulation.command(seed: seed, profile: profile)), faults: \(result.faults)"
            )
        }
        return result.figures
    }

    @Test func `whatever fails, every input record counts once and every state is made again`() {
        var profile = Profile()
        profile.stepCount = Self.isLong ? 20_000 : 4_000
        var sum = Figures()
        for seed in 1...Self.seedCount {
            sum.add(expectSuccess(seed, profile, naive: seed.isMultiple(of: 10)))
        }
        print("simulation: \(Self.seedCount) seeds, \(sum.text)")
        #expect(sum.crashCount >= Int(Self.seedCount))
        #expect(sum.recoveryCount >= Int(Self.seedCount))
        #expect(sum.fencedCount > 0)
    }

    @Test func `seeds that failed once do not fail again`() throws {
        let path = #filePath.replacing(
            "Tests/SimulationTests/SimulationTests.swift", with: "Sources/Simulation/seeds.txt")
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        where !line.hasPrefix("#") {
            let numbers = line.split(separator: " ").compactMap { UInt64($0) }
            try #require(numbers.count == 2)
            var profile = Profile()
            profile.stepCount = Int(numbers[1])
            _ = expectSuccess(numbers[0], profile)
        }
    }

    // A bug is found by up to ten runs, which under a sanitizer take many minutes and show it nothing new.
    @Test(
        .enabled(if: seedCount >= 50, "runs are fewer here, see TETIK_SIMULATION_SEEDS"),
        arguments: PlantedBug.allCases)
    func `a planted bug is found`(plant: PlantedBug) {
        var profile = Profile()
        profile.plant = plant
        profile.stepCount = 6_000
        let found = (UInt64(1)...60).first { Simulation.run(seed: $0, profile: profile).failure != nil }
        print("simulation: \(plant.rawValue) found by seed \(found.map { "\($0)" } ?? "none")")
        #expect(found != nil)
    }

    @Test func `the same seed is the same run`() {
        var profile = Profile()
        profile.stepCount = 2_000
        let first = Simulation.run(seed: 7, profile: profile)
        let second = Simulation.run(seed: 7, profile: profile)
        #expect(first.figures == second.figures)
        #expect(first.stepCount == second.stepCount)
    }
}
