import Coordination
import KafkaTransport
import Logging
import Primitives
import Runtime
import Settings
import SimulatedDisk
import SnapshotStore

/// Everything of one run: time, broker, hosts and the shop, on one thread, from one seed.
///
/// Whoever waits inside of a call gives the others their turn from there, so a process can be struck, or overtaken by
/// another owner, between any two steps of a commit, a recovery or a snapshot. Isolation: one thread.
final class World: @unchecked Sendable {
    // SAFETY: everything of a run is on one thread; clocks are closures that must be Sendable.
    struct Host {
        var disk = MemoryFileSystem()
        var process: SimulatedProcess?
        var startsAt: Int64 = 0
        var skewMilliseconds: Int64 = 0
    }

    /// BOUND: steps without faults in which everything that is left must get done.
    private static let calmStepCountMax = 400_000
    /// BOUND: calls that wait inside each other; deeper ones only let time pass.
    private static let depthMax = 10
    /// 2026-01-01T00:00Z.
    static let epoch: Int64 = 1_767_225_600_000
    static let sharedPath = "shared"

    let profile: Profile
    var settings: Settings
    let faults: Set<Fault>
    let hasStaticMembers: Bool
    let logger: Logger
    let broker: SimulatedBroker
    /// Where hosts copy their snapshots to; nil: each keeps its own.
    let sharedDisk: MemoryFileSystem?
    /// What it was a while ago.
    var sharedBackup: MemoryFileSystem?
    var sharedBackAt: Int64 = 0
    let checker: Checker
    var shop: SimulatedShop
    var random: RandomStream
    var hosts: [Host]
    /// Milliseconds since the run began, as are all times whose names end in `At` or `Until`.
    private(set) var now: Int64 = 0
    private(set) var stepNumber = 0
    private var depth = 0
    private(set) var failure: String?
    var figures = Figures()
    /// Whether anything may still fail.
    var isSafetyPhase = true
    var nextCrashAt: Int64
    var brokerBackAt: Int64 = 0
    var disksHealAt: Int64 = 0
    private let keepsLog: Bool
    var hasRemovedInput = false
    /// Whether a process refused to go on without input that was removed, which ends the run.
    var isRefused = false

    init(seed: UInt64, profile: Profile, keepsLog: Bool) {
        var random = RandomStream(seed: seed)
        self.profile = profile
        self.keepsLog = keepsLog
        faults = profile.drawnFaults(&random, seed: seed)
        settings = RandomSettings.make(&random)
        settings.delivery = profile.delivers(atLeastOnceBy: seed) ? .atLeastOnce : .exactlyOnce
        sharedDisk = profile.shares(by: seed) ? MemoryFileSystem() : nil
        do throws(FileError) { try sharedDisk?.makeDirectory(Self.sharedPath) } catch {
            preconditionFailure("a new disk makes no directory: \(error)")
        }
        hasStaticMembers = random.chance(0.5)
        var logger = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        self.logger = logger
        let topics = settings.topics
        broker = SimulatedBroker(
            partitionCount: Int32(1 + random.index(below: 4)), inputs: topics.inputs,
            outputTopics: [
                topics.abandonedCart, topics.outcomes, topics.churnRisk, topics.adSuppression,
                topics.deadLetters,
            ], journalTopic: topics.journal, plants: profile.plant?.brokerPlants ?? [])
        if faults.contains(.slowMarkers) { broker.markerMillisecondsMax = 1_500 }
        checker = Checker(broker, settings, keepsLog: keepsLog)
        shop = SimulatedShop(
            inputs: topics.inputs, customerCount: 3 + random.index(below: 40),
            hasBadInput: faults.contains(.badInput), hasTransactions: faults.contains(.inputTransactions))
        hosts = (0..<(1 + random.index(below: 3))).map { _ in Host() }
        nextCrashAt = profile.crashEveryMilliseconds ?? .max
        self.random = random
    }

    /// What the host's wall clock shows, in milliseconds since 1970 UTC.
    func wall(of host: Int) -> Int64 { Self.epoch + now + hosts[host].skewMilliseconds }

    func fail(_ what: String) {
        if failure == nil { failure = "step \(stepNumber), \(now) ms: \(what)" }
    }

    /// Says what happens, for whoever looks for the cause of a failure.
    func trace(_ what: @autoclosure () -> String) {
        if profile.isTraced { print("\(stepNumber) \(now) ms: \(what())") }
    }

    func note(recovered: [SteppedMember.Recovered], of process: SimulatedProcess) {
        for state in recovered {
            check { () throws(Violation) in try checker.check(state, host: process.host) }
        }
    }

    func checkCommits() {
        for transaction in broker.takeDecided() {
            trace("commit of transaction \(transaction.id): \(transaction.places.map(\.mark.text))")
            check { () throws(Violation) in try checker.check(transaction) }
        }
    }

    /// No snapshot is listed that is ahead of what is committed.
    func checkSnapshots(of process: SimulatedProcess) {
        for partition in 0..<broker.partitionCount {
            guard let newest = process.member?.newestSnapshot(partition) else { continue }
            if newest > checker.sequenceNumber(partition) {
                fail(
                    "host \(process.host) listed a snapshot of partition \(partition) at journal record "
                        + "\(newest), committed is \(checker.sequenceNumber(partition))")
            }
        }
    }

    func check(_ body: () throws(Violation) -> Void) {
        do throws(Violation) { try body() } catch { fail(error.description) }
    }

    /// Positions are committed outside of transactions.
    func checkPositions(_ offsets: [PartitionOffset]) {
        check { () throws(Violation) in try checker.check(committed: offsets) }
    }

    /// Journal records arrived outside of transactions, after the records that belong to them.
    func noteWritten(
        _ journal: [SteppedUnit.Output], of unit: SteppedUnit, with records: [SteppedUnit.Output]
    ) {
        check { () throws(Violation) in try checker.note(journal, of: unit, with: records) }
    }

    func strikes(_ fault: Fault, _ probability: Double) -> Bool {
        isSafetyPhase && faults.contains(fault) && random.chance(probability)
    }

    func chance(_ probability: Double) -> Bool { random.chance(probability) }

    func index(below bound: Int) -> Int { random.index(below: bound) }

    /// What goes wrong with a request, if anything does.
    func trouble() -> TransactionTrouble? {
        if strikes(.retriable, 0.03) { return .retriable }
        if strikes(.abortable, 0.02) { return .requiresAbort }
        if strikes(.fatal, 0.01) { return .broken }
        return nil
    }
}

/// The course of time.
extension World {
    /// Runs both phases; returns what is wrong, or nil.
    func run() -> String? {
        while failure == nil, !isSafetyOver, !isRefused { step() }
        isSafetyPhase = false
        calmDown()
        let stepCount = stepNumber
        // BOUND: calmStepCountMax.
        while failure == nil, !isAtRest, !isRefused {
            step()
            if stepNumber - stepCount > Self.calmStepCountMax {
                fail(
                    "without faults, \(checker.inputCount) of the input are in the journal, and no more come")
            }
        }
        if isRefused {
            figures.refusalCount = 1
        } else if failure == nil {
            check { () throws(Violation) in try checker.checkTopics() }
        }
        figures.inputCount = checker.inputCount
        figures.recordCount = checker.recordCount
        figures.recoveryCount = checker.recoveryCount
        figures.stateCount = checker.stateCount
        figures.rebalanceCount = broker.group.rebalanceCount
        figures.commitCount = broker.commitCount
        figures.abortCount = broker.abortCount
        figures.fencedCount = broker.fencedCount
        figures.repeatCount = checker.repeatCount
        figures.atLeastOnceCount = settings.delivery == .atLeastOnce ? 1 : 0
        figures.milliseconds = now
        return failure
    }

    private var isSafetyOver: Bool {
        if let duration = profile.durationMilliseconds { return now >= duration }
        return stepNumber >= profile.stepCount
    }

    private var isAtRest: Bool {
        checker.isComplete() && hosts.allSatisfy { $0.process?.member?.isAtRest ?? false }
    }

    /// Faults stop, and the shop too; what is away comes back.
    private func calmDown() {
        broker.isDown = false
        broker.markerMillisecondsMax = 20
        shop.endTransactions(now: now, all: true)
        sharedDisk?.isAway = false
        sharedDisk?.heal()
        for host in hosts.indices {
            hosts[host].startsAt = min(hosts[host].startsAt, now)
            hosts[host].disk.heal()
            hosts[host].process?.frozenUntil = 0
        }
    }

    /// A moment passes, in which perhaps something happens somewhere.
    func step() {
        stepNumber += 1
        advance(milliseconds: Int64(random.index(below: isSafetyPhase ? 25 : 40)))
        if isSafetyPhase {
            if random.chance(0.3) { shop.write(to: broker, wall: Self.epoch + now, now: now, &random) }
            strikeWorld()
        }
        startHosts()
        let running = hosts.compactMap { $0.process?.isRunning == true ? $0.process : nil }
        guard !running.isEmpty else { return }
        running[random.index(below: running.count)].act()
    }

    private func advance(milliseconds: Int64) {
        now += milliseconds
        for host in hosts { host.process?.heartbeat() }
        shop.endTransactions(now: now)
        broker.keepHouse(now: now, &random)
        if broker.isDown, now >= brokerBackAt { broker.isDown = false }
        if disksHealAt > 0, now >= disksHealAt {
            disksHealAt = 0
            for host in hosts { host.disk.heal() }
            sharedDisk?.heal()
        }
        if let sharedDisk, sharedDisk.isAway, now >= sharedBackAt { sharedDisk.isAway = false }
    }

    /// A call of `process` takes so long; others go on meanwhile, and it may be struck.
    func pass(milliseconds: Int64, for process: SimulatedProcess) {
        advance(milliseconds: milliseconds)
        if depth == 0 || random.chance(0.5) { strike(process, 0.004) }
        guard depth < Self.depthMax else { return }
        depth += 1
        for _ in 0..<random.index(below: 4) where !process.isDead { step() }
        // BOUND: the time for which it stands still.
        while !process.isDead, process.frozenUntil > now, failure == nil { step() }
        depth -= 1
    }

    private func startHosts() {
        for index in hosts.indices where hosts[index].process == nil && hosts[index].startsAt <= now {
            hosts[index].process = SimulatedProcess(
                world: self, host: index, disk: hosts[index].disk, shared: sharedDisk)
        }
    }
}
