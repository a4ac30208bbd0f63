import Coordination
import KafkaTransport
import Primitives
import Runtime

/// A cluster of one broker: logs, transactions and the group.
///
/// What it answers is what Apache Kafka 3.8 was seen to answer. Time is told by the world, in milliseconds. Isolation:
/// one thread.
final class SimulatedBroker {
    /// Source: the daemon's `transaction.timeout.ms`.
    static let transactionMilliseconds: Int64 = 10_000

    let partitionCount: Int32
    let inputs: [String]
    let outputTopics: [String]
    let journalTopic: String
    private(set) var logs: [TopicPartition: SimulatedLog] = [:]
    var group: SimulatedGroup
    private var producers: [String: SimulatedProducer] = [:]
    private var nextTransaction = 0
    /// Transactions that are open, or whose markers are not all written, in the order they began.
    private(set) var unfinished: [SimulatedTransaction] = []
    /// Decisions to commit, in order, for the checker.
    private var decided: [SimulatedTransaction] = []
    private(set) var commitCount = 0
    private(set) var abortCount = 0
    private(set) var fencedCount = 0
    /// Whether nobody is answered.
    var isDown = false
    /// The longest time to the next marker.
    var markerMillisecondsMax: Int = 20
    let plants: Set<Plant>

    /// Faults of the broker that are put in on purpose: they are what fences zombies.
    enum Plant: String, CaseIterable {
        /// Members and generations are not checked.
        case fencesNobody
        /// Offsets that are pending do not hide what is committed.
        case showsOldOffsets
    }

    init(
        partitionCount: Int32, inputs: [String], outputTopics: [String], journalTopic: String,
        plants: Set<Plant>
    ) {
        self.partitionCount = partitionCount
        self.inputs = inputs
        self.outputTopics = outputTopics
        self.journalTopic = journalTopic
        self.plants = plants
        group = SimulatedGroup(partitionCount: partitionCount)
        for topic in inputs + outputTopics + [journalTopic] {
            for number in 0..<partitionCount {
                let partition = TopicPartition(topic, number)
                logs[partition] = SimulatedLog(partition)
            }
        }
    }

    func log(_ topic: String, _ partition: Int32) -> SimulatedLog {
        guard let log = logs[TopicPartition(topic, partition)] else {
            preconditionFailure("no partition \(topic)/\(partition)")
        }
        return log
    }

    /// Commits that were decided since the last call.
    func takeDecided() -> [SimulatedTransaction] {
        defer { decided = [] }
        return decided
    }

    /// Writes markers that are due, and ends what is late.
    func keepHouse(now: Int64, _ random: inout RandomStream) {
        if !isDown { group.keepHouse(now: now) }
        for transaction in unfinished {
            switch transaction.state {
            case .open where now - transaction.startedAt > Self.transactionMilliseconds:
                producers[transaction.producer]?.epoch += 1
                decide(transaction, isCommitted: false, now: now)
            case .ending(let isCommitted) where now >= transaction.markerAt:
                writeMarker(transaction, isCommitted)
                transaction.markerAt = now + Int64(random.index(below: markerMillisecondsMax + 1))
            default: break
            }
        }
        unfinished.removeAll { transaction in
            if case .done = transaction.state { return true }
            return false
        }
    }

    /// Markers come one partition after another; that of the offsets may be first or last.
    private func writeMarker(_ transaction: SimulatedTransaction, _ isCommitted: Bool) {
        let offsetsFirst = transaction.id.isMultiple(of: 2)
        if !transaction.offsets.isEmpty, offsetsFirst || transaction.logs.isEmpty {
            if isCommitted { for offset in transaction.offsets { group.offsets[offset.partition] = offset } }
            transaction.offsets = []
        } else if !transaction.logs.isEmpty {
            transaction.logs.removeFirst().mark(transaction.id, isCommitted: isCommitted)
        }
        if transaction.logs.isEmpty, transaction.offsets.isEmpty {
            transaction.state = .done(isCommitted: isCommitted)
            producers[transaction.producer]?.current = nil
        }
    }

    private func decide(_ transaction: SimulatedTransaction, isCommitted: Bool, now: Int64) {
        transaction.state = .ending(isCommitted: isCommitted)
        transaction.markerAt = now
        producers[transaction.producer]?.last = transaction
        if isCommitted {
            commitCount += 1
            decided.append(transaction)
        } else {
            abortCount += 1
        }
    }
}

extension SimulatedBroker {
    /// `InitProducerId`: ends what an earlier process of that name left open. nil: ask again.
    func initialize(_ name: String, now: Int64) -> Int? {
        if let current = producers[name]?.current {
            if current.state == .open {
                producers[name]?.epoch += 1
                decide(current, isCommitted: false, now: now)
            }
            return nil
        }
        producers[name, default: SimulatedProducer()].epoch += 1
        return producers[name]?.epoch
    }

    private func check(_ name: String, _ epoch: Int) throws(TransactionTrouble) {
        guard producers[name]?.epoch == epoch else {
            fencedCount += 1
            throw .broken
        }
    }

    /// Whether a transaction can begin: the one before must be over.
    func begin(_ name: String, _ epoch: Int) throws(TransactionTrouble) {
        try check(name, epoch)
        guard let current = producers[name]?.current else {
            producers[name]?.last = nil
            return
        }
        if current.state == .open { throw .requiresAbort }
        throw .retriable
    }

    /// Writes records, the last `lostCount` of them left out; returns the offsets of journal records, in order.
    func produce(
        _ unit: SteppedUnit, _ name: String, _ epoch: Int, lostCount: Int, now: Int64
    ) throws(TransactionTrouble) -> [Int64] {
        let transaction = try open(name, epoch, now)
        transaction.places += unit.places
        var journalOffsets: [Int64] = []
        for output in unit.outputs.dropLast(lostCount) {
            let partition = partition(of: output)
            let log = log(output.topic, partition)
            let offset = log.append(
                key: output.key, value: output.value, timestamp: now, transaction: transaction.id)
            if !transaction.logs.contains(where: { $0 === log }) { transaction.logs.append(log) }
            transaction.outputs.append(output)
            if output.topic == journalTopic { journalOffsets.append(offset) }
        }
        return journalOffsets
    }

    private func open(_ name: String, _ epoch: Int, _ now: Int64) throws(TransactionTrouble)
        -> SimulatedTransaction
    {
        try check(name, epoch)
        if let current = producers[name]?.current {
            guard current.state == .open else { throw .requiresAbort }
            return current
        }
        nextTransaction += 1
        let transaction = SimulatedTransaction(id: nextTransaction, producer: name, startedAt: now)
        producers[name]?.current = transaction
        unfinished.append(transaction)
        return transaction
    }

    /// `TxnOffsetCommit`: the only fence between two owners.
    func addOffsets(
        _ unit: SteppedUnit, _ name: String, _ epoch: Int, now: Int64
    ) throws(TransactionTrouble) {
        let transaction = try open(name, epoch, now)
        guard group.accepts(unit.group) || plants.contains(.fencesNobody) else {
            fencedCount += 1
            throw .requiresAbort
        }
        transaction.offsets = unit.offsets
    }

    /// Writes records outside of transactions; returns the offsets of journal records by partition.
    func write(_ outputs: some Sequence<SteppedUnit.Output>, now: Int64) -> [Int32: Int64] {
        var journalOffsets: [Int32: Int64] = [:]
        for output in outputs {
            let partition = partition(of: output)
            let offset = log(output.topic, partition).append(
                key: output.key, value: output.value, timestamp: now)
            if output.topic == journalTopic { journalOffsets[partition] = offset }
        }
        return journalOffsets
    }

    private func partition(of output: SteppedUnit.Output) -> Int32 {
        output.partition
            ?? output.key.withUnsafeBytes { Murmur2.partition(of: $0, partitionCount: partitionCount) }
    }

    /// `OffsetCommit`, of a member of the present generation only.
    func commit(_ offsets: [PartitionOffset], _ member: GroupMetadata) -> Bool {
        guard group.accepts(member) || plants.contains(.fencesNobody) else {
            fencedCount += 1
            return false
        }
        for offset in offsets { group.offsets[offset.partition] = offset }
        return true
    }

    /// `EndTxn`: answered before the markers are written.
    func end(_ name: String, _ epoch: Int, isCommitted: Bool, now: Int64) throws(TransactionTrouble) {
        try check(name, epoch)
        guard let current = producers[name]?.current else {
            // A repeated request, or nothing was ever written.
            let last = producers[name]?.last?.state
            if last == .done(isCommitted: isCommitted) || (last == nil && !isCommitted) { return }
            // Source: INVALID_TXN_STATE, which librdkafka takes for fatal.
            throw .broken
        }
        switch current.state {
        case .open: decide(current, isCommitted: isCommitted, now: now)
        case .ending(isCommitted): return
        default: throw .broken
        }
    }

    /// Ends the open transactions of those who committed for these partitions last.
    func fence(_ partitions: [TopicPartition], now: Int64) -> Bool {
        let writers = Set(
            partitions.compactMap { group.offsets[$0]?.metadata.flatMap { CommitMark($0)?.writer } })
        for writer in writers.sorted() { _ = initialize(writer, now: now) }
        return !writers.isEmpty
    }

    /// Committed offsets, or nil while any of them is pending.
    func committed(_ partitions: [TopicPartition]) -> [PartitionOffset]? {
        let wanted = Set(partitions)
        let isPending = unfinished.contains { $0.offsets.contains { wanted.contains($0.partition) } }
        if isPending, !plants.contains(.showsOldOffsets) { return nil }
        return partitions.compactMap { group.offsets[$0] }
    }

    /// Fetches into a queue as librdkafka would: records, the end once per position, the range.
    func fetch(into queue: SteppedQueue, countMax: Int, lastEnd: inout Int64?) {
        guard !isDown, let log = logs[queue.partition] else { return }
        let start = queue.fetchOffset
        guard start >= log.low else {
            // Source: `auto.offset.reset=error`, which is what the daemon's consumer has.
            if lastEnd != start { queue.append(.failed(.removed(before: log.low, queue.partition))) }
            lastEnd = start
            return
        }
        let (records, next) = log.read(from: start, countMax: countMax)
        for record in records { queue.append(.record(record)) }
        queue.fetchOffset = next
        queue.watermarks = Watermarks(low: log.low, high: log.high)
        if start >= log.stable, lastEnd != start {
            lastEnd = start
            queue.append(.endOfPartition(start))
        }
    }
}

extension KafkaError {
    /// What a consumer is told whose position was removed.
    fileprivate static func removed(before low: Int64, _ partition: TopicPartition) -> KafkaError {
        KafkaError(
            code: .autoOffsetReset, operation: "consume",
            message: "\(partition): the oldest offset is \(low)")
    }
}
