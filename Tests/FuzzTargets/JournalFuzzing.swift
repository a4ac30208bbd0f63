import Coordination
import Primitives

/// Records of the journal.
enum JournalFuzzing {
    private static let hashEnd = 16

    /// Bytes are refused, or a record that comes back from what is written of it; a right hash alone proves nothing.
    static func check(_ bytes: [UInt8]) throws(FuzzFailure) {
        _ = decode(bytes)
        guard bytes.count >= hashEnd else { return }
        var repaired = bytes
        let hash = bytes[hashEnd...].withUnsafeBytes { StableHash.hash($0) }
        withUnsafeBytes(of: hash.littleEndian) { repaired.replaceSubrange(8..<hashEnd, with: $0) }
        guard let record = decode(repaired) else { return }
        let (written, chain) = record.encoded()
        guard decode(written) == record else { throw FuzzFailure("a record that changes: \(record)") }
        var tail = JournalTail()
        tail.add(record, chain: chain, offset: 0)
        guard tail.contains(sequenceNumber: record.sequenceNumber, chain: chain) else {
            throw FuzzFailure("a record that is not where it was put: \(record)")
        }
        let mark = CommitMark(sequenceNumber: record.sequenceNumber, chain: chain, writer: record.writer)
        guard CommitMark(mark.text) == mark else { throw FuzzFailure("a mark that changes: \(mark.text)") }
    }

    private static func decode(_ bytes: [UInt8]) -> JournalRecord? {
        bytes.withUnsafeBytes { bytes in
            do throws(JournalError) { return try JournalRecord.decode(bytes).0 } catch {
                return nil
            }
        }
    }

    static let seeds: [[UInt8]] = {
        var range = InputRange(at: 5)
        range.add(offset: 7, digest: 3)
        let steps: [SequenceStep] = [
            .input([range, InputRange(at: 0)]), .advance(EventTime(milliseconds: 1_767_225_600_000)),
            .rules(text: "currency=EUR\n", decodeFrom: [8, -2]),
        ]
        return (0...steps.count).map { count in
            JournalRecord(
                shard: 3, sequenceNumber: 9, previousChain: 77, writer: "w", generation: 2, clusterID: "c",
                partitionCount: 4, machine: .init(semanticsVersion: 1, mathFingerprint: 5),
                watermark: .distantPast, positions: [8, -2], steps: Array(steps[..<count])
            ).encoded().bytes
        }
    }()
}
