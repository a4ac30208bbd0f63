import Coordination
import Glibc
import KafkaTransport
import Logging
import Primitives
import Runtime
import Settings
import SimulatedDisk

/// Everything of one run: time, broker, hosts and the shop, on one thread, from one seed.
///
/// Whoever waits inside of a call gives the others their turn from there, so a process can be struck, or overtaken by
/// another owner, between any two steps of a commit, a recovery or a snapshot. Isolation: one thread.
final class World: @unchecked Sendable {
    // SAFETY: everything of a run is on one thread; clocks are closures that must be Sendable.
    private struct Host {
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
    private static let epoch: Int64 = 1_767_225_600_000

    let profile: Profile
    private(set) var settings: Settings
    let faults: Set<Fault>
    let hasStaticMembers: Bool
    let logger: Logger
    let broker: SimulatedBroker
    private let checker: Checker
    private var shop: SimulatedShop
    private var random: RandomStream
    private var hosts: [Host]
    /// Milliseconds since the run began, as are all times whose names end in `At` or `Until`.
    private(set) var now: Int64 = 0
    private(set) var stepNumber = 0
    private var depth = 0
    private(set) var failure: String?
    private(set) var figures = Figures()
    /// Whether anything may still fail.
    private var isSafetyPhase = true
    private var nextCrashAt: Int64
    private var brokerBackAt: Int64 = 0
    private var disksHealAt: Int64 = 0
    private let keepsLog: Bool
    private var hasRemovedInput = false
    /// Whether a process refused to go on without input that was removed, which ends the run.
    private var isRefused = false

    init(seed: UInt64, profile: Profile, keepsLog: Bool) {
        var random = RandomStream(seed: seed)
        self.profile = profile
        self.keepsLog = keepsLog
        faults = profile.drawnFaults(&random, seed: seed)
        settings = RandomSettings.make(&random)
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

    /// A process stopped by itself: only where input is gone that it would need may it.
    func note(_ failure: DaemonFailure, of process: SimulatedProcess) {
        trace("host \(process.host) stopped by itself: \(failure)")
        if case .dataLoss = failure, hasRemovedInput {
            isRefused = true
        } else {
            fail("host \(process.host) stopped by itself: \(failure)")
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

    private func check(_ body: () throws(Violation) -> Void) {
        do throws(Violation) { try body() } catch { fail(error.description) }
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
        }
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
            hosts[index].process = SimulatedProcess(world: self, host: index, disk: hosts[index].disk)
        }
    }
}

/// Faults.
extension World {
    private func strikeWorld() {
        let victim = random.index(below: hosts.count)
        if let process = hosts[victim].process { strike(process, 0.0015) }
        if now >= nextCrashAt {
            nextCrashAt = now + (profile.crashEveryMilliseconds ?? .max / 2)
            if let process = hosts[victim].process { crash(process, losesPower: random.chance(0.3)) }
        }
        if strikes(.bitRot, 0.001) { rot(victim) }
        if strikes(.diskFull, 0.0005) {
            hosts[victim].disk.fault = (hosts[victim].disk.operationCount, .failuresFromNow(ENOSPC))
            disksHealAt = now + Int64(random.index(below: 20_000))
        }
        if !broker.isDown, strikes(.brokerDown, 0.0005) {
            broker.isDown = true
            brokerBackAt = now + Int64(random.index(below: 15_000))
        }
        if strikes(.clockJump, 0.001) {
            hosts[victim].skewMilliseconds += Int64(random.index(below: 4_000)) - 2_000
        }
        if strikes(.reload, 0.001), let process = hosts[victim].process {
            figures.ruleChangeCount += 1
            RandomSettings.change(&settings.rules, &random)
            trace("host \(victim) gets other rules")
            process.reload(settings.rules)
        }
        if strikes(.retention, 0.0004) { removeInput() }
        if strikes(.cleanStop, 0.0008), let process = hosts[victim].process {
            trace("host \(victim) is to stop")
            process.stop()
            if process.isDead { replace(process, disk: hosts[victim].disk.afterProcessLoss()) }
        }
    }

    /// Removes some of what is in the journal, of one topic partition.
    private func removeInput() {
        let partition = Int32(random.index(below: Int(broker.partitionCount)))
        let topic = random.index(below: settings.topics.inputs.count)
        let log = broker.log(settings.topics.inputs[topic], partition)
        let end = checker.position(partition, topic: topic)
        guard end > log.low else { return }
        log.remove(before: log.low + Int64(random.index(below: Int(end - log.low) + 1)))
        hasRemovedInput = true
        trace("\(log.partition) begins at \(log.low)")
    }

    private func strike(_ process: SimulatedProcess, _ probability: Double) {
        guard !process.isDead else { return }
        if strikes(.kill, probability) { return crash(process, losesPower: false) }
        if strikes(.powerLoss, probability / 2) { return crash(process, losesPower: true) }
        if strikes(.freeze, probability) {
            figures.freezeCount += 1
            process.frozenUntil = now + Int64(random.index(below: random.chance(0.3) ? 2_000 : 40_000))
            trace("host \(process.host) stands still until \(process.frozenUntil)")
        }
    }

    private func crash(_ process: SimulatedProcess, losesPower: Bool) {
        guard !process.isDead else { return }
        figures.crashCount += 1
        trace("host \(process.host) \(losesPower ? "loses power" : "is killed")")
        let disk = hosts[process.host].disk
        process.kill()
        replace(
            process, disk: losesPower ? disk.afterPowerLoss(seed: random.next()) : disk.afterProcessLoss())
    }

    /// The host begins anew after a while.
    private func replace(_ process: SimulatedProcess, disk: MemoryFileSystem) {
        hosts[process.host].process = nil
        if strikes(.ruleChange, 0.3) {
            figures.ruleChangeCount += 1
            RandomSettings.change(&settings.rules, &random)
        }
        hosts[process.host].disk = disk
        hosts[process.host].startsAt = now + Int64(random.index(below: random.chance(0.8) ? 2_000 : 30_000))
    }

    private func rot(_ host: Int) {
        let paths = hosts[host].disk.nodes.keys.sorted()
        guard !paths.isEmpty else { return }
        let place = random.next()
        hosts[host].disk.damage(paths[random.index(below: paths.count)]) { bytes in
            guard !bytes.isEmpty else { return }
            bytes[Int(place % UInt64(bytes.count))] ^= 1 << UInt8(place >> 32 & 7)
        }
    }

    /// What the naive model says of the journal's sequence, if it is another thing than what was committed; it knows
    /// no change of rules.
    func naiveDifference() -> String? {
        figures.ruleChangeCount == 0 ? NaiveComparison.difference(checker, settings) : nil
    }
}
