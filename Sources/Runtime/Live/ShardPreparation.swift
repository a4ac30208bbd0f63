import Coordination
import Engine
import KafkaTransport
import Logging
import Model
import Primitives
import Settings
import SnapshotStore

/// Finds out where a shard stands: what memory it begins with, and which part of its journal is to be done again.
///
/// Isolation: the shard's thread, while the poll thread waits for it.
struct ShardPreparation: Sendable {
    /// What a shard begins with.
    struct Prepared: Sendable {
        var core: ShardCore
        /// The journal after the core.
        var row: [JournalTail.Entry]
        /// Whether there is no journal yet.
        var isNew: Bool
        /// The end of the journal.
        var sequenceNumber: UInt64
        var chain: UInt64
    }

    let settings: Settings
    let partitionCount: Int32
    let snapshots: ShardSnapshots.Common
    let journal: any JournalSource
    let acceptsDataLoss: Bool
    let lifecycle: Lifecycle
    let logger: Logger

    /// - Parameters:
    ///   - committed: per input topic where to begin if there is no journal.
    ///   - mark: what was committed last; nil if nothing says so.
    ///   - warm: what is left of an earlier assignment.
    func run(
        _ shard: Int32, committed: [Int64], mark: CommitMark?, warm: ShardCore?
    ) throws(DaemonFailure) -> Prepared {
        let prepared = try find(shard, committed: committed, mark: mark, warm: warm)
        try align(prepared, committed)
        return prepared
    }

    private func find(
        _ shard: Int32, committed: [Int64], mark: CommitMark?, warm: ShardCore?
    ) throws(DaemonFailure) -> Prepared {
        if let warm, let mark, warm.sequenceNumber == mark.sequenceNumber, warm.chain == mark.chain {
            return Prepared(
                core: warm, row: [], isNew: false, sequenceNumber: mark.sequenceNumber, chain: mark.chain)
        }
        do throws(JournalReading.Failure) {
            if let prepared = try fromSnapshot(shard, mark) { return prepared }
            let tail = try journal.read(shard: shard, after: nil, to: mark)
            guard let end = end(of: tail, mark, shard) else { return new(shard, committed, 0) }
            return try prepared(shard, tail, end)
        } catch {
            return try without(journal: error, shard, committed, mark)
        }
    }

    /// The newest good snapshot, and the journal after it; nil if there is none that fits.
    private func fromSnapshot(
        _ shard: Int32, _ mark: CommitMark?
    ) throws(JournalReading.Failure) -> Prepared? {
        let loading = SnapshotLoading(
            partition: shard, clusterID: snapshots.clusterID, groupID: snapshots.groupID)
        var candidates = snapshots.station.candidates(shard: shard)
        for fault in candidates.faults { logger.warning("snapshots: \(fault)") }
        // An increment continues the newest that is listed and nothing else: after a worse one comes a full snapshot.
        var isNewest = true
        // BOUND: each round takes a candidate.
        while let chain = candidates.next() {
            if lifecycle.isStopping { throw .stopped }
            let loaded: SnapshotLoading.Loaded
            do throws(SnapshotFault) { loaded = try loading.load(chain) } catch {
                logger.error(
                    "a snapshot cannot be used, going to the one before", metadata: ["why": "\(error)"])
                candidates.reject(error)
                isNewest = false
                continue
            }
            try check(loaded, mark)
            loaded.core.policy = SnapshotPolicy(
                restoredFrom: isNewest && snapshots.station.isLocal(chain) ? chain : nil)
            let start = (sequenceNumber: loaded.sequenceNumber, chain: loaded.chain)
            let tail =
                mark?.sequenceNumber == start.sequenceNumber
                ? JournalTail() : try tail(shard, from: loaded.identity.journalOffset, mark)
            guard let end = end(of: tail, mark, shard) else { throw .ahead(shard, start.sequenceNumber, 0) }
            if let row = fitting(tail, start, end, chain) {
                for entry in row { try check(entry.record) }
                logger.info(
                    "snapshot restored",
                    metadata: [
                        "partition": "\(shard)", "customers": "\(loaded.core.engine.customerCount)",
                        "record": "\(start.sequenceNumber)",
                    ])
                return Prepared(
                    core: loaded.core, row: row, isNew: false, sequenceNumber: end.sequenceNumber,
                    chain: end.chain)
            }
            isNewest = false
        }
        return nil
    }

    /// The journal after the snapshot whose record is at `offset`, or negative if that is not known.
    private func tail(
        _ shard: Int32, from offset: Int64, _ mark: CommitMark?
    ) throws(JournalReading.Failure) -> JournalTail {
        guard offset >= 0 else { return try journal.read(shard: shard, after: nil, to: mark) }
        // Where nothing says what was committed last, the snapshot's own record must still be there: after a clean
        // stop it is the last of the journal, and without it the journal would look lost.
        return try journal.read(shard: shard, after: mark == nil ? offset - 1 : offset, to: mark)
    }

    /// The journal after a snapshot; nil if the one does not follow the other.
    private func fitting(
        _ tail: JournalTail, _ start: (sequenceNumber: UInt64, chain: UInt64),
        _ end: (sequenceNumber: UInt64, chain: UInt64), _ chain: SnapshotChain
    ) -> [JournalTail.Entry]? {
        do throws(JournalTail.Failure) { return try tail.row(after: start, to: end) } catch {
            logger.error(
                "a snapshot does not fit the journal, going to the one before",
                metadata: ["snapshot": "\(chain.path(chain.newest))", "why": "\(error)"])
            return nil
        }
    }

    /// Refuses what the journal knows nothing of, and customers of another spread.
    private func check(
        _ loaded: SnapshotLoading.Loaded, _ mark: CommitMark?
    ) throws(JournalReading.Failure) {
        if let mark, loaded.sequenceNumber > mark.sequenceNumber {
            throw .ahead(loaded.core.partition, loaded.sequenceNumber, mark.sequenceNumber)
        }
        if loaded.identity.partitionCount != partitionCount {
            throw .refused(Self.otherSpread(loaded.identity.partitionCount, partitionCount))
        }
    }

    private static func otherSpread(_ before: Int32, _ now: Int32) -> String {
        "the input topics had \(before) partitions and have \(now) now, so customers have moved between shards and "
            + "what is known of them is elsewhere; give the topics their old number of partitions back, or begin "
            + "anew with another kafka.group_id"
    }

    private func end(
        of tail: JournalTail, _ mark: CommitMark?, _ shard: Int32
    ) -> (sequenceNumber: UInt64, chain: UInt64)? {
        if let mark { return (mark.sequenceNumber, mark.chain) }
        guard let last = tail.last else { return nil }
        logger.warning(
            "the group has no committed positions; going by the journal",
            metadata: ["partition": "\(shard)", "record": "\(last.record.sequenceNumber)"])
        return (last.record.sequenceNumber, last.chain)
    }

    /// From the first record of the journal on.
    private func prepared(
        _ shard: Int32, _ tail: JournalTail, _ end: (sequenceNumber: UInt64, chain: UInt64)
    ) throws(JournalReading.Failure) -> Prepared {
        let row: [JournalTail.Entry]
        do throws(JournalTail.Failure) { row = try tail.row(after: (0, 0), to: end) } catch {
            throw .incomplete("\(error)")
        }
        for entry in row { try check(entry.record) }
        guard case .rules(let text, let positions) = row.first?.record.steps.first else {
            throw .unreadable("the first record of partition \(shard) does not say which rules hold")
        }
        do throws(ShardRecovery.Failure) {
            let core = ShardCore(
                partition: shard, rules: try ShardRecovery.rules(text), positions: positions)
            return Prepared(
                core: core, row: row, isNew: false, sequenceNumber: end.sequenceNumber, chain: end.chain)
        } catch {
            throw .unreadable("the rules of partition \(shard): \(error)")
        }
    }

    /// Another engine, or another spread of customers over partitions, would not do the same again.
    private func check(_ record: JournalRecord) throws(JournalReading.Failure) {
        if record.partitionCount != partitionCount {
            throw .refused(Self.otherSpread(record.partitionCount, partitionCount))
        }
        if record.machine.semanticsVersion != Engine.semanticsVersion {
            throw .refused(
                "record \(record.sequenceNumber) of partition \(record.shard) was written by an engine of version "
                    + "\(record.machine.semanticsVersion), this is \(Engine.semanticsVersion): start the other "
                    + "version once more and stop it, so that nothing is left to recover")
        }
        if record.machine.mathFingerprint != EngineIdentity.mathFingerprint {
            throw .refused(
                "record \(record.sequenceNumber) of partition \(record.shard) was written on a host whose pow() gives "
                    + "other bits: recover it there, with the same C library")
        }
    }

    /// What to do when the journal cannot be used.
    private func without(
        journal failure: JournalReading.Failure, _ shard: Int32, _ committed: [Int64], _ mark: CommitMark?
    ) throws(DaemonFailure) -> Prepared {
        let what: String
        switch failure {
        case .refused(let text): throw .configuration(text)
        case .ahead(let shard, let snapshot, let last):
            throw .fault(
                "a snapshot of partition \(shard) holds journal record \(snapshot), but the last that was committed is "
                    + "\(last): the journal or the group's positions were lost or set back. Restore them, or move the "
                    + "snapshots of state.directory away to go on from the journal alone")
        case .stopped: throw .kafkaUnreachable("stopped before the journal of partition \(shard) was read")
        case .kafka(let error) where error.kind != .offsetOutOfRange && error.kind != .noOffset:
            throw .fault("the journal of partition \(shard): \(error)")
        case .kafka(let error): what = "\(error)"
        case .incomplete(let text), .unreadable(let text): what = text
        }
        guard acceptsDataLoss else {
            throw .dataLoss(
                "the journal cannot be used: \(what). Without it the customers of partition \(shard) are lost; start "
                    + "with --accept-data-loss to go on without what it knew")
        }
        logger.error("data loss accepted", metadata: ["partition": "\(shard)", "what": "\(what)"])
        return new(shard, committed, mark?.sequenceNumber ?? 0)
    }

    /// Sees to it that the positions are those of the configured topics, in their order.
    ///
    /// Topics may come and go only where nothing is left to be done again, since that needs the topics of then.
    private func align(_ prepared: Prepared, _ committed: [Int64]) throws(DaemonFailure) {
        let core = prepared.core
        var inputs = core.rules.inputs
        for (index, step) in prepared.row.flatMap(\.record.steps).enumerated() {
            guard case .rules(let text, let positions) = step, let rules = try? SequenceRules(text: text)
            else { continue }
            guard rules.inputs != inputs else { continue }
            guard index == 0 else { throw .configuration(Self.drainFirst(rules.inputs, inputs)) }
            // Only where other topics take over: under the same ones the step may name offsets that were fetched, but
            // not taken yet, and those before them are still to come.
            inputs = rules.inputs
            core.positions = positions
        }
        let wanted = settings.topics.inputs
        guard inputs != wanted else { return }
        guard prepared.row.isEmpty else { throw .configuration(Self.drainFirst(wanted, inputs)) }
        var known: [String: Int64] = [:]
        for (topic, position) in zip(inputs, core.positions) { known[topic] = position }
        core.positions = zip(wanted, committed).map { known[$0] ?? $1 }
        logger.notice(
            "other input topics than before",
            metadata: [
                "before": "\(inputs.joined(separator: ","))", "now": "\(wanted.joined(separator: ","))",
            ])
    }

    private static func drainFirst(_ wanted: [String], _ inputs: [String]) -> String {
        "topics.inputs changed from \(inputs.joined(separator: ",")) to \(wanted.joined(separator: ",")) while work of "
            + "before is still to be recovered; start once more with the topics of before, stop, then change them"
    }

    /// A shard that knows nobody; its journal begins anew after this number.
    private func new(_ shard: Int32, _ committed: [Int64], _ sequenceNumber: UInt64) -> Prepared {
        Prepared(
            core: ShardCore(partition: shard, rules: SequenceRules(settings), positions: committed),
            row: [], isNew: true, sequenceNumber: sequenceNumber, chain: 0)
    }
}

extension ShardPreparation.Prepared {
    /// By which rules the records of a topic are decoded: those of the core, those in the journal, then the
    /// configured ones.
    func decodingRules(topicIndex: Int, from position: Int64, then configured: Rules) -> [DecodingRules] {
        var rules = [DecodingRules(from: position, rules: core.rules.rules)]
        func add(_ next: DecodingRules) {
            // What had been decoded ahead of a change, and was then given up, is decoded anew by what comes after.
            rules.removeAll { $0.from >= next.from && $0.from > position }
            rules.append(next)
        }
        for entry in row {
            for case .rules(let text, let offsets) in entry.record.steps {
                guard let changed = try? ShardRecovery.rules(text) else { continue }
                add(DecodingRules(from: offsets[topicIndex], rules: changed.rules))
            }
        }
        add(DecodingRules(from: row.last?.record.positions[topicIndex] ?? position, rules: configured))
        return rules
    }

    /// Whether the shard's first step must name its rules, even if they are those it went by: it is new, or its
    /// journal says of records that are still to come that they are decoded by earlier ones.
    var mustNameRules: Bool {
        guard let end = row.last?.record.positions else { return isNew }
        var isDecodedAhead = false
        for step in row.flatMap(\.record.steps) {
            guard case .rules(_, let offsets) = step else { continue }
            isDecodedAhead = zip(offsets, end).contains { $0 > $1 }
        }
        return isNew || isDecodedAhead
    }
}
