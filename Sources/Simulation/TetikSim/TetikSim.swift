import ArgumentParser
import Simulation

/// Runs the simulation from the command line.
@main
struct TetikSim: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tetik-sim",
        abstract:
            "Runs the daemon's parts on a simulated cluster in which anything fails, and checks what comes out.",
        discussion: """
            The same seed is the same run. Exit code 1 if a promise was broken; the command that repeats the run is
            printed. Example: tetik-sim --seeds '0..<1000'. A day with a crash each minute:
            tetik-sim --seed 1 --seconds 86400 --crash-every 60
            """)

    @Option(help: "The seed of one run.")
    var seed: UInt64 = 1

    @Option(help: "Many runs: 'A..<B', quoted for the shell.")
    var seeds: String?

    @Option(help: "Steps before faults stop.")
    var steps = Profile().stepCount

    @Option(help: "Simulated seconds before faults stop, instead of steps.")
    var seconds: Int64?

    @Option(help: "A crash every so many simulated seconds.")
    var crashEvery: Int64?

    @Option(help: "swarm, or planted:BUG with the name of a planted bug.")
    var profile = "swarm"

    @Option(help: "exactly_once or at_least_once; without it the seed decides.")
    var delivery: String?

    @Option(help: "Whether there is a shared directory for snapshots; without it the seed decides.")
    var shared: Bool?

    @Flag(help: "Also compare with the naive model.")
    var naive = false

    @Flag(help: "Print every request and fault.")
    var trace = false

    func run() throws {
        var made = Profile()
        made.stepCount = steps
        made.isTraced = trace
        made.hasSharedDirectory = shared
        if let delivery {
            guard ["exactly_once", "at_least_once"].contains(delivery) else {
                throw ValidationError("--delivery exactly_once or at_least_once")
            }
            made.isAtLeastOnce = delivery == "at_least_once"
        }
        made.durationMilliseconds = seconds.map { $0 * 1_000 }
        made.crashEveryMilliseconds = crashEvery.map { $0 * 1_000 }
        if profile.hasPrefix("planted:") {
            guard let plant = PlantedBug(rawValue: String(profile.dropFirst(8))) else {
                throw ValidationError("no planted bug of that name: \(PlantedBug.allCases.map(\.rawValue))")
            }
            made.plant = plant
        } else if profile != "swarm" {
            throw ValidationError("no profile \(profile)")
        }
        let start = ContinuousClock.now
        var sum = Figures()
        var failed: [UInt64] = []
        for seed in try range() {
            let result = Simulation.run(seed: seed, profile: made, comparesNaively: naive)
            sum.add(result.figures)
            guard let failure = result.failure else { continue }
            failed.append(seed)
            print("seed \(seed), \(failure)\n  faults: \(result.faults.joined(separator: " "))")
            print("  repeat: \(Simulation.command(seed: seed, profile: made))")
        }
        let seconds = max((ContinuousClock.now - start) / .milliseconds(1) / 1_000, 0.001)
        print("\(sum.text); failed seeds: \(failed)")
        print(
            "\(Int(Double(sum.inputCount) / seconds)) events/s, "
                + "\(Int(Double(sum.crashCount) * 60 / seconds)) crashes/min"
        )
        if !failed.isEmpty { throw ExitCode(1) }
    }

    private func range() throws -> Range<UInt64> {
        guard let seeds else { return seed..<seed + 1 }
        let ends = seeds.split(separator: ".").compactMap { UInt64($0.drop { $0 == "<" }) }
        guard ends.count == 2, ends[0] <= ends[1] else { throw ValidationError("'A..<B'") }
        return ends[0]..<ends[1]
    }
}
