import Primitives

/// What happened in runs; every count only grows.
package struct Figures: Sendable, Equatable {
    /// Input records that were journaled.
    package var inputCount = 0
    /// Trigger records and dead letters committed.
    package var recordCount = 0
    /// Processes that were killed, or lost their power.
    package var crashCount = 0
    /// Processes that stood still.
    package var freezeCount = 0
    /// Generations of the group.
    package var rebalanceCount = 0
    /// States that were made again and compared.
    package var recoveryCount = 0
    /// States at journal records that were compared as they were committed.
    package var stateCount = 0
    /// Transactions that were committed, and aborted.
    package var commitCount = 0
    /// See `commitCount`.
    package var abortCount = 0
    /// Requests of former owners or producers that were refused.
    package var fencedCount = 0
    /// Changes of rules.
    package var ruleChangeCount = 0
    /// Runs that ended because a process said that it needs input which retention removed, instead of going on.
    package var refusalCount = 0
    /// Records that were written more than once, without transactions.
    package var repeatCount = 0
    /// Runs that delivered at least once.
    package var atLeastOnceCount = 0
    /// States that were made again from another host's snapshot.
    package var foreignSnapshotCount = 0
    /// Faults of the shared directory.
    package var sharedFaultCount = 0
    /// Simulated milliseconds.
    package var milliseconds: Int64 = 0

    /// Nothing yet.
    package init() {}

    /// Adds those of another run.
    package mutating func add(_ other: Figures) {
        inputCount += other.inputCount
        recordCount += other.recordCount
        crashCount += other.crashCount
        freezeCount += other.freezeCount
        rebalanceCount += other.rebalanceCount
        recoveryCount += other.recoveryCount
        stateCount += other.stateCount
        commitCount += other.commitCount
        abortCount += other.abortCount
        fencedCount += other.fencedCount
        ruleChangeCount += other.ruleChangeCount
        refusalCount += other.refusalCount
        repeatCount += other.repeatCount
        atLeastOnceCount += other.atLeastOnceCount
        foreignSnapshotCount += other.foreignSnapshotCount
        sharedFaultCount += other.sharedFaultCount
        milliseconds += other.milliseconds
    }

    /// One line for people.
    package var text: String {
        "\(inputCount) events, \(recordCount) records, \(crashCount) crashes, \(freezeCount) freezes, "
            + "\(rebalanceCount) rebalances, \(stateCount) states compared at commits and "
            + "\(recoveryCount) after recoveries, \(commitCount) commits, "
            + "\(abortCount) aborts, \(fencedCount) fenced, \(ruleChangeCount) rule changes, "
            + "\(refusalCount) refusals, "
            + "\(atLeastOnceCount) runs at least once with \(repeatCount) repeats, "
            + "\(foreignSnapshotCount) snapshots of other hosts, \(sharedFaultCount) faults of the shared directory, "
            + "\(milliseconds / 1_000) simulated seconds"
    }
}

/// One run of the simulation.
package struct SimulationResult: Sendable {
    /// What went wrong, with step and time; nil if nothing did.
    package var failure: String?
    /// What happened.
    package var figures: Figures
    /// The faults that were possible, by name.
    package var faults: [String]
    /// Steps that were taken.
    package var stepCount: Int
}

/// Runs the daemon's parts on a simulated cluster: the same seed and profile, the same run.
package enum Simulation {
    /// Runs one seed.
    ///
    /// - Parameter comparesNaively: whether what was committed is also held against the naive model.
    package static func run(
        seed: UInt64, profile: Profile = Profile(), comparesNaively: Bool = false
    ) -> SimulationResult {
        let world = World(seed: seed, profile: profile, keepsLog: comparesNaively)
        var failure = world.run()
        if failure == nil, comparesNaively { failure = world.naiveDifference() }
        return SimulationResult(
            failure: failure, figures: world.figures, faults: world.faults.map(\.rawValue).sorted(),
            stepCount: world.stepNumber)
    }

    /// The command that repeats a run.
    package static func command(seed: UInt64, profile: Profile) -> String {
        var text = "tetik-sim --seed \(seed) --steps \(profile.stepCount)"
        if let plant = profile.plant { text += " --profile planted:\(plant.rawValue)" }
        if profile.plant == nil, let isAtLeastOnce = profile.isAtLeastOnce {
            text += " --delivery \(isAtLeastOnce ? "at_least_once" : "exactly_once")"
        }
        if let hasSharedDirectory = profile.hasSharedDirectory { text += " --shared \(hasSharedDirectory)" }
        if let milliseconds = profile.durationMilliseconds { text += " --seconds \(milliseconds / 1_000)" }
        if let milliseconds = profile.crashEveryMilliseconds {
            text += " --crash-every \(milliseconds / 1_000)"
        }
        return text
    }
}
