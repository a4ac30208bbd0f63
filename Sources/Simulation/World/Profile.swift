import Primitives
import Runtime

/// What may go wrong in a run.
package enum Fault: String, CaseIterable, Sendable {
    /// A process is killed; its disk keeps everything that was written.
    case kill
    /// A host loses power; its disk keeps what was synchronized, and some of the rest, torn.
    case powerLoss
    /// A process stands still for a while, often past its session.
    case freeze
    /// A bit on a disk changes.
    case bitRot
    /// A disk is full for a while.
    case diskFull
    /// The broker does not answer for a while.
    case brokerDown
    /// Requests fail and may be repeated.
    case retriable
    /// Transactions must be aborted.
    case abortable
    /// Producers break.
    case fatal
    /// Requests are carried out, and nobody says so.
    case unknownOutcome
    /// Markers of transactions come late.
    case slowMarkers
    /// Wall clocks jump.
    case clockJump
    /// Processes stop in good order and come back.
    case cleanStop
    /// A process comes back with other rules than it had, and than others have.
    case ruleChange
    /// The input has transactions, open and aborted ones too.
    case inputTransactions
    /// The input has bad records.
    case badInput
    /// Input that was processed is removed, so that old snapshots cannot be gone on from.
    case retention
    /// A process is given other rules while it works.
    case reload
    /// The shared directory for snapshots is out of reach for a while.
    case sharedAway
    /// The shared directory loses what was not synchronized, or a bit of it changes.
    case sharedTorn
    /// The shared directory is set back to what it was a while ago.
    case sharedOld
    /// The shared directory is full for a while.
    case sharedFull
}

/// A fault that is put into the program on purpose, which the checkers must find.
package enum PlantedBug: String, CaseIterable, Sendable {
    /// The commit leaves out the offsets, which fence former owners.
    case skipsOffsets
    /// Recovery leaves out the last journal record.
    case skipsJournalRecord
    /// A snapshot may be published before its journal record is committed.
    case settlesBeforeCommit
    /// An aborted transaction is taken for a committed one.
    case takesAbortForCommit
    /// The broker does not check generations.
    case fencesNobody
    /// A new owner does not wait for the transaction of the former one.
    case showsOldOffsets
    /// Without transactions: records that nobody acknowledged count as written.
    case ignoresUnacknowledged
    /// Without transactions: positions are committed before what led to them is written.
    case commitsAhead
    /// A snapshot that another host wrote is taken for the newest state there is.
    case trustsForeignSnapshots
    /// No snapshot is ever found, so that input is missed that nobody needs.
    case overlooksSnapshots

    var memberPlants: Set<SteppedMember.Plant> {
        Set([SteppedMember.Plant(rawValue: rawValue)].compactMap { $0 })
    }
    var brokerPlants: Set<SimulatedBroker.Plant> {
        Set([SimulatedBroker.Plant(rawValue: rawValue)].compactMap { $0 })
    }
}

/// How a run is made.
package struct Profile: Sendable {
    /// The faults that may happen; nil: drawn by seed.
    package var faults: Set<Fault>?
    /// The bug that is in it.
    package var plant: PlantedBug?
    /// Steps of the phase in which anything may fail.
    package var stepCount = 8_000
    /// A crash every so many simulated milliseconds, whatever else happens; nil: by chance.
    package var crashEveryMilliseconds: Int64?
    /// The safety phase lasts so long in simulated milliseconds, rather than for a number of steps.
    package var durationMilliseconds: Int64?
    /// Whether members deliver at least once, without transactions; nil: by seed.
    package var isAtLeastOnce: Bool?
    /// Whether there is a shared directory for snapshots; nil: by seed.
    package var hasSharedDirectory: Bool?

    /// Whether every request and fault is printed.
    package var isTraced = false

    /// The usual profile: everything by seed.
    package init() {}

    /// Swarm testing: each run leaves some faults out. Source: Groce et al., "Swarm testing", ISSTA 2012.
    ///
    /// Later faults go by the seed itself, so that older seeds stay the runs that they were.
    func drawnFaults(_ random: inout RandomStream, seed: UInt64) -> Set<Fault> {
        if let faults { return faults }
        var own = RandomStream(seed: ~seed)
        // A run of a given length is not to end early because input is gone.
        var later: [Fault: Bool] = [
            .retention: seed % 3 == 1 && durationMilliseconds == nil, .reload: seed % 4 == 2,
        ]
        for fault in [Fault.sharedAway, .sharedTorn, .sharedOld, .sharedFull] {
            later[fault] = own.chance(0.6)
        }
        return Set(Fault.allCases.filter { later[$0] ?? random.chance(0.6) })
    }

    func delivers(atLeastOnceBy seed: UInt64) -> Bool {
        switch plant {
        case .ignoresUnacknowledged, .commitsAhead: true
        case nil: isAtLeastOnce ?? (seed % 7 == 5)
        default: false
        }
    }

    func shares(by seed: UInt64) -> Bool {
        plant == .trustsForeignSnapshots || hasSharedDirectory ?? (seed % 8 < 3)
    }
}
