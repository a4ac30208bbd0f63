import Coordination
import Engine
import Foundation
import Model
import Primitives
import Runtime
import Settings

/// What the journal of one shard leads to, worked out in the plainest way: every record is decoded by itself, ranges
/// are merged one record at a time, and one engine takes every step once.
///
/// Isolation: one thread.
final class ReferenceShard {
    /// One record that should be written.
    struct Emission {
        var topic: String
        var key: [UInt8]
        var value: [UInt8]
    }

    /// What one journal record emits.
    struct Emitted {
        var outputs: [Emission] = []
        /// The input as a recorded log, for the naive model.
        var lines: [String] = []
    }

    private final class Decoding {
        let from: [Int64]
        let decoder: EventDecoder

        init(from: [Int64], _ rules: Rules) {
            self.from = from
            decoder = EventDecoder(rules: rules)
        }
    }

    private struct Candidate {
        var time: EventTime
        var record: SteppedRecord
    }

    let partition: Int32
    private var rules: Rules
    private let inputs: [SimulatedLog]
    private let topicsByKind: [String]
    private let deadLetterTopic: String
    /// By what records are decoded from which offsets on, one a topic.
    private var decoders: [Decoding]
    private var engine: Engine
    private(set) var sequenceNumber: UInt64 = 0
    private(set) var chain: UInt64 = 0
    /// Per topic the next offset.
    private(set) var positions: [Int64]
    /// Digests of the states after journal records.
    private(set) var digests: [UInt64: UInt64] = [:]
    /// Per journal record and topic the first offset of input that it is made of; none where there is none.
    private var firstOffsets: [[Int64?]] = []
    private(set) var inputCount = 0
    private var records = RecordBuffer()

    init(
        partition: Int32, rules: Rules, inputs: [SimulatedLog], topicsByKind: [String],
        deadLetterTopic: String
    ) {
        self.partition = partition
        self.rules = rules
        self.inputs = inputs
        self.topicsByKind = topicsByKind
        self.deadLetterTopic = deadLetterTopic
        decoders = [Decoding(from: inputs.map { _ in 0 }, rules)]
        engine = Engine(rules: rules)
        positions = inputs.map { _ in 0 }
    }

    var watermark: EventTime { engine.watermark }

    /// Takes the steps of the next journal record.
    func take(_ record: JournalRecord, chain: UInt64) throws(Violation) -> Emitted {
        guard record.sequenceNumber == sequenceNumber + 1, record.previousChain == self.chain else {
            throw Violation(
                "partition \(partition): journal record \(record.sequenceNumber) after \(sequenceNumber) "
                    + "does not follow it")
        }
        var emitted = Emitted()
        let before = engine.watermark
        firstOffsets.append(inputs.map { _ in nil })
        for step in record.steps {
            switch step {
            case .input(let ranges): try take(ranges, &emitted)
            case .advance(let time):
                engine.advance(to: time, into: &records)
                emitted.lines.append("{\"tick\":\(time.milliseconds),\"partition\":\(partition)}")
            case .rules(let text, let offsets): try adopt(text, offsets)
            }
            drain(into: &emitted)
        }
        guard engine.watermark == record.watermark, engine.watermark >= before else {
            throw Violation(
                "partition \(partition): the watermark is \(record.watermark) after record "
                    + "\(record.sequenceNumber), it was \(before), and should be \(engine.watermark)")
        }
        sequenceNumber = record.sequenceNumber
        self.chain = chain
        digests[sequenceNumber] = engine.stateDigest()
        return emitted
    }

    /// Whether input is gone without which nobody can get from a journal record to the last.
    func isInputGone(after sequenceNumber: UInt64) -> Bool {
        firstOffsets.dropFirst(Int(sequenceNumber)).contains { offsets in
            zip(offsets, inputs).contains { offset, log in offset.map { $0 < log.low } ?? false }
        }
    }

    private func adopt(_ text: String, _ offsets: [Int64]) throws(Violation) {
        let own = text.split(separator: "\n").filter { !$0.hasPrefix("topics.inputs=") }
        guard let adopted = try? Rules(canonicalText: own.joined(separator: "\n")) else {
            throw Violation("partition \(partition): rules that cannot be read")
        }
        if sequenceNumber == 0, decoders.count == 1 { engine = Engine(rules: adopted) }
        if adopted != rules { engine.adopt(adopted, into: &records) }
        rules = adopted
        decoders.append(Decoding(from: offsets, adopted))
    }

    private func decoding(_ topic: Int, at offset: Int64) -> Decoding {
        decoders.last { $0.from[topic] <= offset } ?? decoders[0]
    }

    private func take(_ ranges: [InputRange], _ emitted: inout Emitted) throws(Violation) {
        var rows: [[Candidate]] = []
        for topic in ranges.indices { rows.append(try candidates(topic, ranges[topic]).reversed()) }
        // BOUND: each round takes a record.
        while let topic = rows.indices.filter({ !rows[$0].isEmpty }).min(by: { left, right in
            rows[left][rows[left].count - 1].time < rows[right][rows[right].count - 1].time
        }) {
            apply(rows[topic].removeLast().record, topic, &emitted)
        }
    }

    /// The records of a range, which must begin where the one before ended and be as many as it says.
    private func candidates(_ topic: Int, _ range: InputRange) throws(Violation) -> [Candidate] {
        let log = inputs[topic]
        let countMax = Int(max(range.end - positions[topic], 0))
        let all = log.read(from: positions[topic], countMax: countMax).records
        guard all.count == Int(range.count), range.count == 0 || all.first?.offset == range.start else {
            throw Violation(
                "\(log.partition): the journal has \(range.count) records from \(range.start) to \(range.end) "
                    + "after \(positions[topic]), the topic has \(all.count)")
        }
        if range.count > 0 {
            let place = firstOffsets.count - 1
            firstOffsets[place][topic] = firstOffsets[place][topic] ?? range.start
        }
        positions[topic] = max(positions[topic], range.end)
        inputCount += all.count
        return all.map { Candidate(time: time(of: $0, topic), record: $0) }
    }

    private func withEvent(_ record: SteppedRecord, _ topic: Int, _ body: (borrowing EventBatch) -> Void) {
        let value = record.value
        let byteCount = value?.count ?? 0
        withUnsafeTemporaryAllocation(byteCount: byteCount + 64, alignment: 64) { buffer in
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            guard let base = buffer.baseAddress else { return }
            var batch = EventBatch(source: UnsafeRawPointer(base))
            if let value {
                buffer.copyMemory(from: value)
                decoding(topic, at: record.offset).decoder.decodeValue(
                    UnsafeRawBufferPointer(start: base, count: byteCount), key: record.key,
                    recordTimestamp: record.timestampMilliseconds.map { EventTime(milliseconds: $0) },
                    partition: record.partition, line: 0, into: &batch)
            }
            body(batch)
        }
    }

    private func time(of record: SteppedRecord, _ topic: Int) -> EventTime {
        var time = EventTime(milliseconds: record.timestampMilliseconds ?? 0)
        withEvent(record, topic) { batch in if let event = batch.events.first { time = event.timestamp } }
        return time
    }

    private func apply(_ record: SteppedRecord, _ topic: Int, _ emitted: inout Emitted) {
        let name = inputs[topic].partition.topic
        emitted.lines.append(Self.line(record, name))
        var isRejected = false
        withEvent(record, topic) { batch in
            isRejected = !batch.rejected.isEmpty
            guard let event = batch.events.first else { return }
            let reached = max(engine.watermark, event.timestamp - rules.allowedLatenessMilliseconds)
            engine.apply(event, of: batch, watermark: reached, into: &records)
        }
        guard isRejected else { return }
        emitted.outputs.append(
            Emission(
                topic: deadLetterTopic, key: record.key.map { Array($0) } ?? [],
                value: Array("\(name)/\(record.partition)@\(record.offset)".utf8)))
    }

    private static func line(_ record: SteppedRecord, _ topic: String) -> String {
        let key = String(decoding: record.key ?? UnsafeRawBufferPointer(start: nil, count: 0), as: UTF8.self)
        let value = record.value.map { Data($0).base64EncodedString() }
        return "{\"topic\":\"\(topic)\",\"partition\":\(record.partition),\"offset\":\(record.offset),"
            + "\"timestamp\":\(record.timestampMilliseconds ?? 0),\"key\":\"\(key)\","
            + (value.map { "\"value_base64\":\"\($0)\"" } ?? "\"value\":null") + "}"
    }

    private func drain(into emitted: inout Emitted) {
        for entry in records.entries {
            emitted.outputs.append(
                Emission(
                    topic: topicsByKind[Int(entry.kind.rawValue)],
                    key: Array(records.customer(of: entry)), value: Array(records.value(of: entry))))
        }
        records.removeAll()
    }
}

/// A promise that was broken.
package struct Violation: Error, Sendable, CustomStringConvertible {
    /// What is wrong.
    package let description: String

    init(_ description: String) { self.description = description }
}
