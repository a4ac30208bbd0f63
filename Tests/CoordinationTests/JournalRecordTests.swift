import Coordination
import Primitives
import Testing

/// A record that has a step of every kind.
func sampleRecord(number: UInt64 = 7, previousChain: UInt64 = 0xfeed, steps: [SequenceStep]? = nil)
    -> JournalRecord
{
    var range = InputRange(at: 10)
    range.add(offset: 10, digest: 1)
    range.add(offset: 12, digest: 2)
    return JournalRecord(
        shard: 3, sequenceNumber: number, previousChain: previousChain, writer: "tetik/shop/a", generation: 5,
        clusterID: "c-1", partitionCount: 12, machine: .init(semanticsVersion: 1, mathFingerprint: 99),
        watermark: EventTime(milliseconds: 1_767_225_600_000), positions: [13, -2, 0],
        steps: steps ?? [
            .rules(text: "currency=TRY\n", decodeFrom: [0, -2, 0]),
            .input([range, InputRange(at: -2), InputRange(at: 0)]),
            .advance(EventTime(milliseconds: 1_767_225_600_000)),
        ])
}

private func decode(_ bytes: [UInt8]) throws -> (JournalRecord, UInt64) {
    // A copy of its own, so that a read past the end is one past an allocation.
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyBytes(from: bytes)
    let (record, chain) = try JournalRecord.decode(UnsafeRawBufferPointer(copy))
    return (record, chain)
}

@Suite struct JournalRecordTests {
    @Test func `a record is read back as it was written, with its chain hash`() throws {
        let record = sampleRecord()
        let (bytes, chain) = record.encoded()
        let (read, readChain) = try decode(bytes)
        #expect(read == record)
        #expect(readChain == chain)
    }

    @Test func `the chain hash depends on the record before`() {
        let (_, one) = sampleRecord(previousChain: 1).encoded()
        let (_, other) = sampleRecord(previousChain: 2).encoded()
        #expect(one != other)
    }

    @Test func `a record that is cut short anywhere is refused`() {
        let (bytes, _) = sampleRecord().encoded()
        for count in 0..<bytes.count {
            #expect(throws: JournalError.self) { try decode(Array(bytes[..<count])) }
        }
    }

    @Test func `a record with any bit flipped is refused, but for the unused two bytes`() {
        let (bytes, _) = sampleRecord().encoded()
        for bit in 0..<bytes.count * 8 where !(6..<8).contains(bit / 8) {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: JournalError.self) { try decode(damaged) }
        }
    }

    @Test func `a record of a later format is named as such`() {
        var (bytes, _) = sampleRecord().encoded()
        bytes[4] = 2
        #expect(throws: JournalError.unknownFormat(2)) { try decode(bytes) }
    }

    @Test func `something behind a record is refused`() {
        let (bytes, _) = sampleRecord().encoded()
        #expect(throws: JournalError.self) { try decode(bytes + [0]) }
    }

    @Test func `a record takes about 100 bytes a batch`() {
        let ranges = [InputRange(at: 1), InputRange(at: 2), InputRange(at: 3)]
        let (one, _) = sampleRecord(steps: [.input(ranges)]).encoded()
        let (two, _) = sampleRecord(steps: [.input(ranges), .input(ranges)]).encoded()
        #expect(two.count - one.count < 100)
    }

    @Test func `a mark is read back as it was written`() throws {
        let mark = CommitMark(sequenceNumber: 12, chain: 0xbeef, writer: "tetik/g:x/1")
        #expect(mark.text == "12:000000000000beef:tetik/g:x/1")
        #expect(CommitMark(mark.text) == mark)
    }

    @Test(arguments: ["", "12", "12:beef:x", "x:000000000000beef:t", "12:00000000000zbeef:t"])
    func `other metadata is no mark`(_ text: String) { #expect(CommitMark(text) == nil) }
}

@Suite struct JournalTailTests {
    /// Adds records `numbers` in a row, at offsets of twice their numbers; returns the chain hashes.
    private func fill(
        _ tail: inout JournalTail, _ numbers: ClosedRange<UInt64>, after chain: UInt64 = 0
    ) -> [UInt64: UInt64] {
        var chains: [UInt64: UInt64] = [:]
        var last = chain
        for number in numbers {
            let record = sampleRecord(number: number, previousChain: last)
            last = record.encoded().chain
            chains[number] = last
            tail.add(record, chain: last, offset: Int64(number) * 2)
        }
        return chains
    }

    @Test func `records come in a row from the snapshot to the mark`() throws {
        var tail = JournalTail()
        let chains = fill(&tail, 1...9)
        let row = try tail.row(after: (4, chains[4] ?? 0), to: (8, chains[8] ?? 0))
        #expect(row.map(\.record.sequenceNumber) == [5, 6, 7, 8])
        #expect(row.first?.offset == 10)
    }

    @Test func `of two records of one number the one that leads to the mark counts`() throws {
        var tail = JournalTail()
        let chains = fill(&tail, 1...3)
        var stray = sampleRecord(number: 3, previousChain: chains[2] ?? 0)
        stray.generation = 99
        tail.add(stray, chain: stray.encoded().chain, offset: 20)
        let row = try tail.row(after: (0, 0), to: (3, chains[3] ?? 0))
        #expect(row.last?.record.generation == 5)
    }

    @Test func `a hole, a missing end and a snapshot of another history are told apart`() throws {
        var tail = JournalTail()
        let first = fill(&tail, 1...2)
        #expect(throws: JournalTail.Failure.missingEnd(sequenceNumber: 3)) {
            try tail.row(after: (0, 0), to: (3, 77))
        }
        #expect(throws: JournalTail.Failure.foreignStart(sequenceNumber: 2)) {
            try tail.row(after: (1, 42), to: (2, first[2] ?? 0))
        }
        let late = fill(&tail, 4...5, after: 123)
        #expect(throws: JournalTail.Failure.hole(sequenceNumber: 3)) {
            try tail.row(after: (0, 0), to: (5, late[5] ?? 0))
        }
    }

    @Test func `a journal that was begun anew is read from there`() throws {
        var tail = JournalTail()
        _ = fill(&tail, 1...3)
        let anew = fill(&tail, 10...12)
        let row = try tail.row(after: (0, 0), to: (12, anew[12] ?? 0))
        #expect(row.map(\.record.sequenceNumber) == [10, 11, 12])
    }
}
