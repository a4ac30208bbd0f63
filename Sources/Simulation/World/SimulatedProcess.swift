import Coordination
import KafkaTransport
import Logging
import Model
import Primitives
import Runtime
import Settings
import SimulatedDisk
import SnapshotStore

/// One process of `tetik run` on a host of its own: the member, its consumer's membership, and its producer.
///
/// Its calls of the cluster are where other processes go on, and where it is struck by faults. Isolation: one thread.
final class SimulatedProcess: SteppedCluster {
    /// Bound of finishing what was read before partitions are given up. Source: PollLoop.
    private static let settleMilliseconds: Int64 = 3_000

    unowned let world: World
    let host: Int
    private let instance: String?
    private let transactionalID: String
    private(set) var member: SteppedMember?
    private var producerEpoch = 0
    private(set) var isDead = false
    /// Whether its commit or its poll thread is in the middle of something.
    private(set) var isCommitting = false
    private(set) var isPolling = false
    var frozenUntil: Int64 = 0
    private var nextCommitAt: Int64 = 0
    private var memberID: String?
    private var assigned: Set<Int32> = []
    /// Until when what is revoked may be committed; nil: nothing is being revoked.
    private var settlesUntil: Int64?
    private var ends: [TopicPartition: Int64] = [:]
    private var notedForeignSnapshotCount = 0
    /// What was written without a transaction since the last journal record.
    private var landed: [SteppedUnit.Output] = []
    /// The journal record of the newest good snapshot when a shard last looked for one.
    private(set) var bestSnapshots: [Int32: UInt64] = [:]

    init(world: World, host: Int, disk: MemoryFileSystem, shared: MemoryFileSystem?) {
        self.world = world
        self.host = host
        instance = world.hasStaticMembers ? "host-\(host)" : nil
        transactionalID = "tetik/\(world.settings.kafka.groupID)/host-\(host)"
        let clock = LiveClock(
            monotonicMilliseconds: { [unowned world] in world.now },
            wallClock: { [unowned world] in EventTime(milliseconds: world.wall(of: host)) })
        member = SteppedMember(
            SteppedMember.Parts(
                settings: world.settings, transactionalID: transactionalID,
                partitionCount: world.broker.partitionCount, disk: disk,
                shared: shared.map { SnapshotDirectory(World.sharedPath, fileSystem: $0) }, clock: clock,
                cluster: self,
                plants: world.profile.plant?.memberPlants ?? [], logger: world.logger))
    }

    /// Ends it at once; what it still does has no effect.
    func kill() {
        isDead = true
        member = nil
    }

    var isRunning: Bool { !isDead && frozenUntil <= world.now }

    /// Does a little of something.
    func act() {
        guard let member else { return }
        switch world.index(below: 8) {
        case 0, 1: fetch()
        case 2, 3, 4: if member.turn() { world.note(recovered: member.takeRecovered(), of: self) }
        case 5: if member.serveDisk() { world.checkSnapshots(of: self) }
        case 6: poll()
        default: commitIfDue()
        }
        world.note(recovered: member.takeRecovered(), of: self)
        if let failure = member.failure, !isDead { world.note(failure, of: self) }
    }

    private func fetch() {
        for queue in member?.queues ?? [] where queue.count < 64 && world.chance(0.7) {
            let countMax = 1 + world.index(below: 40)
            world.broker.fetch(into: queue, countMax: countMax, lastEnd: &ends[queue.partition])
        }
    }

    private func commitIfDue() {
        guard let member, !isCommitting, producerEpoch > 0 else { return }
        guard world.now >= nextCommitAt else {
            guard world.chance(0.2) else { return }
            isCommitting = true
            member.writeAhead()
            isCommitting = false
            return
        }
        nextCommitAt = world.now + world.settings.commitIntervalMilliseconds
        isCommitting = true
        member.commit()
        isCommitting = false
    }
}

/// The consumer.
extension SimulatedProcess {
    private func poll() {
        guard !isPolling, !world.broker.isDown else { return }
        if producerEpoch == 0, isAtLeastOnce { producerEpoch = 1 }
        if producerEpoch == 0 {
            guard !isCommitting, let epoch = world.broker.initialize(transactionalID, now: world.now) else {
                return
            }
            producerEpoch = epoch
        }
        guard let id = memberID else {
            memberID = world.broker.group.join(instance: instance, now: world.now)
            return
        }
        commitPositions()
        guard !isDead else { return }
        if settlesUntil != nil { return finishRevoking(id) }
        switch world.broker.group.answer(id) {
        case .nothing: break
        case .unknown:
            world.trace("host \(host): lost")
            // Lost: nothing may be committed any more.
            member?.stopReading(assigned)
            member?.end(assigned)
            forgetMembership()
        case .rejoin:
            world.trace("host \(host): revoked")
            member?.stopReading(assigned)
            settlesUntil = world.now + Self.settleMilliseconds
        case .assigned(let partitions, let generation): assign(partitions, generation, id)
        }
    }

    private var isAtLeastOnce: Bool { world.settings.delivery == .atLeastOnce }

    private func commitPositions() {
        guard isAtLeastOnce else { return }
        isPolling = true
        member?.commitPositions()
        isPolling = false
    }

    private func forgetMembership() {
        assigned = []
        ends = [:]
        memberID = nil
        settlesUntil = nil
    }

    private func finishRevoking(_ id: String) {
        guard let member, let end = settlesUntil else { return }
        guard member.isSettled(assigned) || world.now > end else { return }
        commitPositions()
        guard !isDead else { return }
        member.end(assigned)
        member.writeLastSnapshots()
        world.checkSnapshots(of: self)
        assigned = []
        ends = [:]
        settlesUntil = nil
        world.broker.group.rejoin(id, now: world.now)
    }

    private func assign(_ partitions: [Int32], _ generation: Int32, _ id: String) {
        world.trace("host \(host): assigned \(partitions), generation \(generation)")
        let groupID = world.settings.kafka.groupID
        guard let member,
            let group = try? GroupMetadata(groupID: groupID, generation: generation, memberID: id)
        else { return }
        // A static member that comes back has its old partitions, and no revoke before.
        member.stopReading(assigned)
        member.end(assigned)
        ends = [:]
        assigned = Set(partitions)
        isPolling = true
        member.assign(partitions, group: group)
        isPolling = false
        world.figures.foreignSnapshotCount += member.foreignSnapshotCount - notedForeignSnapshotCount
        notedForeignSnapshotCount = member.foreignSnapshotCount
    }

    /// The consumer's background thread.
    func heartbeat() {
        if let memberID, isRunning { world.broker.group.heartbeat(memberID, now: world.now) }
    }

    /// SIGHUP, with these rules in the file.
    func reload(_ rules: Rules) { if isRunning { member?.change(rules: rules) } }

    /// A stop in good order, as far as it gets at once: what is not committed is left to the journal.
    func stop() {
        guard let member, !isCommitting, !isPolling else { return }
        member.stopReading(assigned)
        nextCommitAt = 0
        commitIfDue()
        guard !isDead else { return }
        commitPositions()
        guard !isDead else { return }
        member.end(assigned)
        member.writeLastSnapshots()
        world.checkSnapshots(of: self)
        if let memberID { world.broker.group.leave(memberID, now: world.now) }
        kill()
    }
}

/// The producer, and what else needs an answer.
extension SimulatedProcess {
    var mustGiveUp: Bool { isDead }

    func trace(_ what: @autoclosure () -> String) { world.trace("host \(host): \(what())") }

    func backOff() { world.pass(milliseconds: 30, for: self) }

    private func request() throws(TransactionTrouble) {
        world.pass(milliseconds: 1, for: self)
        if isDead { throw .broken }
        if world.broker.isDown { throw .retriable }
        if let trouble = world.trouble() {
            world.trace("host \(host): \(trouble)")
            throw trouble
        }
    }

    /// The request was carried out; perhaps the answer does not arrive.
    private func answer() throws(TransactionTrouble) {
        world.pass(milliseconds: 1, for: self)
        if isDead { throw .broken }
        if world.strikes(.unknownOutcome, 0.03) {
            let isRetriable = world.chance(0.5)
            world.trace("host \(host): no answer, \(isRetriable ? "may be repeated" : "broken")")
            throw isRetriable ? .retriable : .broken
        }
    }

    func begin() throws(TransactionTrouble) {
        world.trace("host \(host): begin, epoch \(producerEpoch)")
        try request()
        try world.broker.begin(transactionalID, producerEpoch)
    }

    func produce(_ unit: SteppedUnit) throws(TransactionTrouble) -> [Int64] {
        do throws(TransactionTrouble) { try request() } catch {
            // Tried again from its beginning it would write some records twice. Source: KafkaTransactions.
            throw error == .retriable ? .requiresAbort : error
        }
        world.trace("host \(host): produce \(unit.places.map(\.mark.text))")
        let lostCount = world.strikes(.abortable, 0.03) ? 1 + unit.outputs.count / 2 : 0
        let offsets = try world.broker.produce(
            unit, transactionalID, producerEpoch, lostCount: lostCount, now: world.now)
        if lostCount > 0 { throw .requiresAbort }
        return offsets
    }

    func sendOffsets(_ unit: SteppedUnit) throws(TransactionTrouble) {
        world.trace("host \(host): sendOffsets")
        try request()
        try world.broker.addOffsets(unit, transactionalID, producerEpoch, now: world.now)
        try answer()
    }

    func commit() throws(TransactionTrouble) {
        world.trace("host \(host): commit, epoch \(producerEpoch)")
        try request()
        try world.broker.end(transactionalID, producerEpoch, isCommitted: true, now: world.now)
        world.checkCommits()
        try answer()
    }

    func abort() throws(TransactionTrouble) {
        world.trace("host \(host): abort, epoch \(producerEpoch)")
        try request()
        try world.broker.end(transactionalID, producerEpoch, isCommitted: false, now: world.now)
        try answer()
    }

    func renew() throws(TransactionTrouble) {
        world.trace("host \(host): renew, epoch \(producerEpoch)")
        try request()
        if isAtLeastOnce { return }
        guard let epoch = world.broker.initialize(transactionalID, now: world.now) else { throw .retriable }
        producerEpoch = epoch
    }

    func committed(_ partitions: [TopicPartition]) throws(TransactionTrouble) -> [PartitionOffset] {
        try request()
        guard let offsets = world.broker.committed(partitions) else { throw .retriable }
        return offsets
    }

    /// librdkafka tries again by itself until the record is there, or the producer breaks.
    func write(_ unit: SteppedUnit, isJournal: Bool) throws(TransactionTrouble) -> [Int32: Int64] {
        if !isJournal { landed = [] }
        // BOUND: until the broker answers, or the end.
        while true {
            do throws(TransactionTrouble) {
                try request()
                break
            } catch {
                guard error == .retriable, !isDead else { throw .broken }
                backOff()
            }
        }
        let outputs = unit.outputs.filter { ($0.topic == world.settings.topics.journal) == isJournal }
        let lostCount = world.strikes(.abortable, 0.03) ? 1 + outputs.count / 2 : 0
        let arrived = outputs.dropLast(lostCount)
        world.trace(
            "host \(host): write \(unit.places.map(\.mark.text)), journal: \(isJournal), lost: \(lostCount)")
        let offsets = world.broker.write(arrived, now: world.now)
        if isJournal {
            world.noteWritten(Array(arrived), of: unit, with: landed)
        } else {
            landed = Array(arrived)
        }
        if lostCount > 0 { throw .broken }
        try answer()
        return offsets
    }

    func commit(_ offsets: [PartitionOffset], group: GroupMetadata) -> Bool {
        do throws(TransactionTrouble) {
            try request()
            guard world.broker.commit(offsets, group) else { return false }
            world.trace("host \(host): committed \(offsets.map { "\($0.partition) \($0.metadata ?? "")" })")
            world.checkPositions(offsets)
            try answer()
            return true
        } catch {
            return false
        }
    }

    func willPrepare(_ partition: Int32) {
        guard world.faults.contains(.retention), let member else { return }
        bestSnapshots[partition] = World.newestGoodSnapshot(of: partition, in: member.snapshotDirectories)
    }

    func fence(_ partitions: [TopicPartition]) -> Bool {
        !isDead && !world.broker.isDown && world.broker.fence(partitions, now: world.now)
    }

    func confirmedEnd(_ partition: TopicPartition) -> Int64? {
        world.broker.isDown ? nil : world.broker.log(partition.topic, partition.partition).stable
    }

    func journal(_ partition: Int32, from offset: Int64) -> [SteppedRecord] {
        world.broker.log(world.settings.topics.journal, partition).read(from: offset).records
    }
}
