import Coordination
import KafkaTransport
import Primitives
import Runtime
import Settings

/// Holds every commit against what the journal says should have come of the input.
///
/// Isolation: one thread.
final class Checker {
    struct Line: Hashable {
        var topic: String
        var key: [UInt8]
    }

    let broker: SimulatedBroker
    let settings: Settings
    let shards: [ReferenceShard]
    /// What was expected so far, by topic and customer, in order.
    private(set) var expected: [Line: [[UInt8]]] = [:]
    private(set) var recordCount = 0
    private(set) var recoveryCount = 0
    /// States at commits that were compared.
    private(set) var stateCount = 0
    /// The sequence as a recorded log.
    private(set) var log: [UInt8] = []
    private let keepsLog: Bool
    /// Journal records that were written without a transaction, by chain hash.
    var written: [UInt64: Written] = [:]
    /// Records that readers get more than once, without transactions.
    var repeatCount = 0

    init(_ broker: SimulatedBroker, _ settings: Settings, keepsLog: Bool) {
        self.broker = broker
        self.settings = settings
        self.keepsLog = keepsLog
        let topics = settings.topics
        shards = (0..<broker.partitionCount).map { partition in
            ReferenceShard(
                partition: partition, rules: settings.rules,
                inputs: topics.inputs.map { broker.log($0, partition) },
                topicsByKind: [
                    topics.abandonedCart, topics.outcomes, topics.churnRisk, topics.adSuppression,
                ],
                deadLetterTopic: topics.deadLetters)
        }
    }

    /// Input records that are in the journal.
    var inputCount: Int { shards.reduce(0) { $0 + $1.inputCount } }

    /// The next offset of a topic that is not in the journal yet.
    func position(_ partition: Int32, topic: Int) -> Int64 { shards[Int(partition)].positions[topic] }

    /// The last journal record of a shard that was decided to be committed.
    func sequenceNumber(_ partition: Int32) -> UInt64 { shards[Int(partition)].sequenceNumber }

    /// Holds what a transaction wrote against what its journal records should emit, when it is decided.
    func check(_ transaction: SimulatedTransaction) throws(Violation) {
        var wanted: [Line: [[UInt8]]] = [:]
        var found: [Line: [[UInt8]]] = [:]
        var marks: [Int32: CommitMark] = [:]
        for output in transaction.outputs {
            guard output.topic == settings.topics.journal else {
                found[Line(topic: output.topic, key: output.key), default: []].append(output.value)
                continue
            }
            let (record, chain) = try decode(output)
            guard (0..<broker.partitionCount).contains(record.shard) else {
                throw Violation("a foreign shard")
            }
            let shard = shards[Int(record.shard)]
            let emitted = try shard.take(record, chain: chain)
            marks[record.shard] = CommitMark(
                sequenceNumber: record.sequenceNumber, chain: chain, writer: transaction.producer)
            wanted.merge(lines(of: emitted)) { $0 + $1 }
            try check(transaction.places, shard, record)
        }
        try compare(wanted, found, "transaction \(transaction.id) of \(transaction.producer)")
        try check(transaction.offsets, marks)
        expect(wanted)
    }

    /// What a journal record should emit, by topic and customer; its input goes into the log.
    func lines(of emitted: ReferenceShard.Emitted) -> [Line: [[UInt8]]] {
        if keepsLog { for line in emitted.lines { log += Array(line.utf8) + [0x0a] } }
        var lines: [Line: [[UInt8]]] = [:]
        for output in emitted.outputs {
            lines[Line(topic: output.topic, key: output.key), default: []].append(output.value)
        }
        return lines
    }

    /// From now on readers must find these, too.
    func expect(_ lines: [Line: [[UInt8]]]) {
        for (line, values) in lines {
            expected[line, default: []] += values
            recordCount += values.count
        }
    }

    func decode(_ output: SteppedUnit.Output) throws(Violation) -> (JournalRecord, UInt64) {
        var result: Result<(JournalRecord, UInt64), JournalError> = .failure(.damaged)
        output.value.withUnsafeBytes { bytes in
            do throws(JournalError) {
                let (record, chain) = try JournalRecord.decode(bytes)
                result = .success((record, chain))
            } catch {
                result = .failure(error)
            }
        }
        do throws(JournalError) { return try result.get() } catch {
            throw Violation("a journal record cannot be read: \(error)")
        }
    }

    /// The state that the shard had when it wrote the record, bit for bit.
    func check(
        _ places: [SteppedUnit.Place], _ shard: ReferenceShard, _ record: JournalRecord
    ) throws(Violation) {
        stateCount += 1
        let place = places.first {
            $0.partition == record.shard && $0.mark.sequenceNumber == record.sequenceNumber
        }
        guard let place, place.digest == shard.digests[record.sequenceNumber] else {
            throw Violation(
                "partition \(record.shard): the state after journal record \(record.sequenceNumber) is another "
                    + "than the journal leads to")
        }
    }

    /// Every topic of every shard in a transaction has its offset with the mark of the journal record.
    func check(_ offsets: [PartitionOffset], _ marks: [Int32: CommitMark]) throws(Violation) {
        for (partition, mark) in marks.sorted(by: { $0.key < $1.key }) {
            let own = offsets.filter { $0.partition.partition == partition }
            guard !own.isEmpty, own.allSatisfy({ $0.metadata.flatMap { CommitMark($0) } == mark }) else {
                throw Violation(
                    "partition \(partition): journal record \(mark.sequenceNumber) without its offsets")
            }
            let positions = shards[Int(partition)].positions
            for (topic, position) in zip(settings.topics.inputs, positions) {
                let offset = own.first { $0.partition.topic == topic }?.offset.rawValue
                guard offset ?? position >= position else {
                    throw Violation("\(topic)/\(partition): committed \(offset ?? -1), journal \(position)")
                }
            }
        }
    }

    func compare(
        _ wanted: [Line: [[UInt8]]], _ found: [Line: [[UInt8]]], _ place: String
    ) throws(Violation) {
        guard wanted != found else { return }
        let lines = Set(wanted.keys).union(found.keys).sorted {
            ($0.topic, $0.key.description) < ($1.topic, $1.key.description)
        }
        for line in lines where wanted[line] != found[line] {
            let key = String(decoding: line.key, as: UTF8.self)
            throw Violation(
                "\(place), \(line.topic), \(key): \(found[line]?.count ?? 0) records, expected "
                    + "\(wanted[line]?.count ?? 0): \(Self.text(found[line])) instead of \(Self.text(wanted[line]))"
            )
        }
    }

    private static func text(_ values: [[UInt8]]?) -> String {
        (values ?? []).prefix(3).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }

    /// A state that was made again must be the one that the journal leads to.
    func check(_ recovered: SteppedMember.Recovered, host: Int) throws(Violation) {
        guard recovered.sequenceNumber > 0 else { return }
        // Without committed positions the journal counts, and its records are looked at once positions say so.
        if settings.delivery == .atLeastOnce, recovered.sequenceNumber > sequenceNumber(recovered.partition) {
            return
        }
        recoveryCount += 1
        let digest = shards[Int(recovered.partition)].digests[recovered.sequenceNumber]
        guard digest == recovered.digest else {
            throw Violation(
                "host \(host) recovered partition \(recovered.partition) at journal record "
                    + "\(recovered.sequenceNumber) to another state than it was")
        }
    }

    /// Whether every input record is in the journal, and every decision visible.
    func isComplete() -> Bool {
        broker.unfinished.isEmpty
            && shards.allSatisfy { shard in
                settings.topics.inputs.enumerated().allSatisfy { topic, name in
                    let log = broker.log(name, shard.partition)
                    return log.read(from: shard.positions[topic], countMax: 256).records.isEmpty
                        && log.stable == log.high
                }
            }
    }

    /// What readers of committed data see in all output topics is what was expected, per customer in order.
    func checkTopics() throws(Violation) {
        var found: [Line: [[UInt8]]] = [:]
        for topic in broker.outputTopics {
            for partition in 0..<broker.partitionCount {
                for record in broker.log(topic, partition).read(from: 0).records {
                    let line = Line(topic: topic, key: record.key.map { Array($0) } ?? [])
                    found[line, default: []].append(record.value.map { Array($0) } ?? [])
                }
            }
        }
        switch settings.delivery {
        case .exactlyOnce: try compare(expected, found, "the topics")
        case .atLeastOnce: try checkNothingMissing(found)
        }
    }

    /// Whether input is gone without which nobody can get from a journal record of a shard to the last.
    func isInputGone(_ partition: Int32, after sequenceNumber: UInt64) -> Bool {
        shards[Int(partition)].isInputGone(after: sequenceNumber)
    }

    /// All trigger records that were expected, by customer in order; for the naive model.
    func triggers() -> [String: [String]] {
        var all: [String: [String]] = [:]
        for (line, values) in expected where line.topic != settings.topics.deadLetters {
            all["\(line.topic) \(String(decoding: line.key, as: UTF8.self))"] = values.map {
                String(decoding: $0, as: UTF8.self)
            }
        }
        return all
    }
}
