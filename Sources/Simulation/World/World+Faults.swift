import Glibc
import Coordination
import Primitives
import Runtime
import SimulatedDisk
import SnapshotStore

/// Faults.
extension World {
    func strikeWorld() {
        let victim = random.index(below: hosts.count)
        if let process = hosts[victim].process { strike(process, 0.0015) }
        if now >= nextCrashAt {
            nextCrashAt = now + (profile.crashEveryMilliseconds ?? .max / 2)
            if let process = hosts[victim].process { crash(process, losesPower: random.chance(0.3)) }
        }
        if strikes(.bitRot, 0.001) { rot(hosts[victim].disk) }
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
        if let sharedDisk { strike(sharedDisk) }
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

    func strike(_ process: SimulatedProcess, _ probability: Double) {
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

    private func strike(_ sharedDisk: MemoryFileSystem) {
        func note(_ what: String) {
            figures.sharedFaultCount += 1
            trace("the shared directory \(what)")
        }
        if strikes(.sharedAway, 0.001) {
            sharedDisk.isAway = true
            sharedBackAt = now + Int64(random.index(below: 20_000))
            note("is away until \(sharedBackAt)")
        }
        if strikes(.sharedTorn, 0.001) {
            if random.chance(0.5) {
                sharedDisk.become(sharedDisk.afterPowerLoss(seed: random.next()))
                note("loses its power")
            } else {
                rot(sharedDisk)
                note("has another bit")
            }
        }
        if strikes(.sharedOld, 0.001) {
            if let backup = sharedBackup {
                sharedDisk.become(backup)
                sharedBackup = nil
                note("is set back")
            } else {
                sharedBackup = sharedDisk.afterProcessLoss()
            }
        }
        if strikes(.sharedFull, 0.0005) {
            sharedDisk.fault = (sharedDisk.operationCount, .failuresFromNow(ENOSPC))
            disksHealAt = now + Int64(random.index(below: 20_000))
            note("is full")
        }
    }

    private func rot(_ disk: MemoryFileSystem) {
        let paths = disk.nodes.keys.sorted()
        guard !paths.isEmpty else { return }
        let place = random.next()
        disk.damage(paths[random.index(below: paths.count)]) { bytes in
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

/// Whether a process was right to stop by itself.
extension World {
    /// Only where input is gone that it would need may it.
    func note(_ failure: DaemonFailure, of process: SimulatedProcess) {
        trace("host \(process.host) stopped by itself: \(failure)")
        guard case .dataLoss = failure, hasRemovedInput, let partition = process.member?.failedPartition
        else {
            return fail("host \(process.host) stopped by itself: \(failure)")
        }
        let best = process.bestSnapshots[partition] ?? 0
        guard checker.isInputGone(partition, after: best) else {
            return fail(
                "host \(process.host) stopped by itself without need, with a good snapshot of partition \(partition) "
                    + "at journal record \(best): \(failure)")
        }
        isRefused = true
    }

    /// The journal record of the newest snapshot whose every byte is good; nil if there is none.
    static func newestGoodSnapshot(of partition: Int32, in directories: [SnapshotDirectory]) -> UInt64? {
        var candidates = SnapshotCandidates(shard: UInt32(partition), in: directories)
        // BOUND: each round takes a candidate.
        while let chain = candidates.next() {
            do throws(SnapshotFault) {
                try SnapshotReader(chain).verify()
                return chain.newest.sequence
            } catch {
                candidates.reject(error)
            }
        }
        return nil
    }
}
