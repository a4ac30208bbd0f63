import Coordination
import Primitives
import Testing

private func time(_ milliseconds: Int64) -> EventTime { EventTime(milliseconds: milliseconds) }

private func counts(_ steps: [SequenceStep]) -> [[UInt32]] {
    steps.map { step in
        if case .input(let ranges) = step { return ranges.map(\.count) }
        return []
    }
}

@Suite struct StepLogTests {
    @Test func `rounds in the order of time become one step`() {
        var log = StepLog(positions: [0, 5])
        for round in 0..<3 {
            log.beginRound(heads: [time(Int64(round) * 10 + 1)])
            log.add(topic: round % 2, time: time(Int64(round) * 10 + 1), offset: 10 + Int64(round), digest: 1)
        }
        let steps = log.takeSteps()
        #expect(counts(steps) == [[2, 1]])
    }

    @Test(arguments: [5, 10])
    func `a head that a merge would have taken before begins a new step`(_ milliseconds: Int64) {
        var log = StepLog(positions: [0, 0])
        log.beginRound(heads: [time(10)])
        log.add(topic: 0, time: time(10), offset: 0, digest: 1)
        log.beginRound(heads: [time(milliseconds)])
        log.add(topic: 1, time: time(milliseconds), offset: 0, digest: 1)
        #expect(counts(log.takeSteps()) == [[1, 0], [0, 1]])
    }

    @Test func `ticks in a row are one, and alone they are silent`() {
        var log = StepLog(positions: [0])
        #expect(log.isEmpty && log.isSilent)
        log.advance(to: time(5))
        log.advance(to: time(9))
        #expect(log.isSilent && !log.isEmpty)
        #expect(log.takeSteps() == [.advance(time(9))])
        #expect(log.isEmpty)
    }

    @Test func `a tick between two records keeps them apart`() {
        var log = StepLog(positions: [0])
        log.add(topic: 0, time: time(1), offset: 0, digest: 1)
        log.advance(to: time(5))
        log.add(topic: 0, time: time(6), offset: 1, digest: 1)
        #expect(!log.isSilent)
        let steps = log.takeSteps()
        #expect(steps.count == 3)
        #expect(steps[1] == .advance(time(5)))
    }

    @Test func `a range goes on where the one before ended`() {
        var log = StepLog(positions: [3])
        log.add(topic: 0, time: time(1), offset: 4, digest: 1)
        _ = log.takeSteps()
        log.add(topic: 0, time: time(2), offset: 7, digest: 1)
        guard case .input(let ranges) = log.takeSteps()[0] else { return #expect(Bool(false)) }
        #expect(ranges[0].start == 7 && ranges[0].end == 8 && ranges[0].count == 1)
    }

    @Test func `digests tell null from empty, and notice any change and order`() {
        func digest(_ offset: Int64, _ timestamp: Int64?, _ key: [UInt8]?, _ value: [UInt8]?) -> UInt64 {
            func with(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> UInt64) -> UInt64 {
                bytes.map { $0.withUnsafeBytes { body($0) } } ?? body(nil)
            }
            return with(key) { key in
                with(value) { InputDigest.of(offset: offset, timestamp: timestamp, key: key, value: $0) }
            }
        }
        let all = [
            digest(1, 2, [3], [4]), digest(2, 2, [3], [4]), digest(1, 3, [3], [4]), digest(1, nil, [3], [4]),
            digest(1, 2, nil, [4]), digest(1, 2, [], [4]), digest(1, 2, [3], nil), digest(1, 2, [3], []),
            digest(1, 2, [4], [3]),
        ]
        #expect(Set(all).count == all.count)
        #expect(InputDigest.combine(all[0], all[1]) != InputDigest.combine(all[1], all[0]))
    }
}
