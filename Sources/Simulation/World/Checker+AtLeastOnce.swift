import Coordination
import KafkaTransport
import Primitives
import Runtime

/// Without transactions: what is written counts once positions are committed that go with it. What was written and
/// then not committed, whatever it says, comes on top, and none of it after its turn.
extension Checker {
    /// A journal record that was written, and what had been written before it.
    struct Written {
        var record: JournalRecord
        var lines: [Line: [[UInt8]]]
        var places: [SteppedUnit.Place]
    }

    /// Journal records arrived, after the records that belong to them.
    func note(
        _ journal: [SteppedUnit.Output], of unit: SteppedUnit, with records: [SteppedUnit.Output]
    ) throws(Violation) {
        for output in journal {
            let (record, chain) = try decode(output)
            if broker.group.accepts(unit.group), record.sequenceNumber <= sequenceNumber(record.shard) {
                throw Violation(
                    "partition \(record.shard): journal record \(record.sequenceNumber) is written again, although "
                        + "\(sequenceNumber(record.shard)) is committed")
            }
            var lines: [Line: [[UInt8]]] = [:]
            for record in records where shard(of: record.key) == output.partition {
                lines[Line(topic: record.topic, key: record.key), default: []].append(record.value)
            }
            written[chain] = Written(record: record, lines: lines, places: unit.places)
        }
    }

    private func shard(of key: [UInt8]) -> Int32 {
        key.withUnsafeBytes { Murmur2.partition(of: $0, partitionCount: broker.partitionCount) }
    }

    /// Positions are committed: everything that their marks name must have been written, as it should be.
    func check(committed offsets: [PartitionOffset]) throws(Violation) {
        var marks: [Int32: CommitMark] = [:]
        for offset in offsets {
            guard let mark = offset.metadata.flatMap({ CommitMark($0) }) else {
                throw Violation("\(offset.partition): positions without a mark")
            }
            marks[offset.partition.partition] = mark
        }
        for (partition, mark) in marks.sorted(by: { $0.key < $1.key }) {
            try take(to: mark, shards[Int(partition)])
        }
        try check(offsets, marks)
    }

    private func take(to mark: CommitMark, _ shard: ReferenceShard) throws(Violation) {
        var row: [(written: Written, chain: UInt64)] = []
        var (number, chain) = (mark.sequenceNumber, mark.chain)
        while number > shard.sequenceNumber {
            guard let next = written[chain], next.record.sequenceNumber == number else {
                throw Violation(
                    "partition \(shard.partition): positions of journal record \(number) are committed, which was "
                        + "not written")
            }
            row.append((next, chain))
            (number, chain) = (number - 1, next.record.previousChain)
        }
        guard number == shard.sequenceNumber, chain == shard.chain else {
            throw Violation(
                "partition \(shard.partition): positions of journal record \(mark.sequenceNumber) are committed, which "
                    + "does not lead on from \(shard.sequenceNumber)")
        }
        for (next, chain) in row.reversed() {
            let wanted = lines(of: try shard.take(next.record, chain: chain))
            try compare(wanted, next.lines, "journal record \(next.record.sequenceNumber)")
            try check(next.places, shard, next.record)
            expect(wanted)
            written[chain] = nil
        }
    }

    /// Readers find everything that was expected, each customer's in order; what they find beside it are repeats.
    func checkNothingMissing(_ found: [Line: [[UInt8]]]) throws(Violation) {
        for (line, values) in expected.sorted(by: { $0.key.key.description < $1.key.key.description }) {
            var rest = (found[line] ?? [])[...]
            for value in values {
                guard let place = rest.firstIndex(of: value) else {
                    let key = String(decoding: line.key, as: UTF8.self)
                    throw Violation(
                        "\(line.topic), \(key): a record is missing, or out of order: "
                            + String(decoding: value, as: UTF8.self))
                }
                rest = rest[(place + 1)...]
            }
        }
        repeatCount = found.values.reduce(0) { $0 + $1.count } - recordCount
    }
}
