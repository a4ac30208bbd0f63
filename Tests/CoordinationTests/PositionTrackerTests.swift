import Coordination
import Primitives
import Testing

struct PositionTrackerTests {
    @Test func `positions become committable once everything they caused is acknowledged`() {
        var tracker = PositionTracker()
        tracker.add(1, recordCount: 2, positions: [5, 7])
        #expect(tracker.takeCommittable() == nil)
        tracker.acknowledge(1)
        #expect(tracker.takeCommittable() == nil)
        #expect(tracker.pendingCount == 1)
        tracker.acknowledge(1)
        #expect(tracker.takeCommittable() == [5, 7])
        #expect(tracker.takeCommittable() == nil, "once only")
        #expect(tracker.pendingCount == 0)
    }

    @Test func `a batch that emitted nothing is committable at once`() {
        var tracker = PositionTracker()
        tracker.add(3, recordCount: 0, positions: [nil, 4])
        #expect(tracker.takeCommittable() == [nil, 4])
        #expect(tracker.pendingCount == 0)
    }

    @Test func `an acknowledged batch waits for an earlier one`() {
        var tracker = PositionTracker()
        tracker.add(1, recordCount: 1, positions: [1])
        tracker.add(2, recordCount: 1, positions: [2])
        tracker.add(4, recordCount: 1, positions: [4])
        tracker.acknowledge(2)
        #expect(tracker.takeCommittable() == nil)
        tracker.acknowledge(1)
        #expect(tracker.takeCommittable() == [2])
        tracker.acknowledge(4)
        #expect(tracker.takeCommittable() == [4])
    }

    @Test func `batches that emit nothing behind one that is under way take no memory`() {
        var tracker = PositionTracker()
        tracker.add(1, recordCount: 1, positions: [1])
        for number in 2..<100_000 as Range<UInt64> {
            tracker.add(number, recordCount: 0, positions: [Int64(number)])
        }
        #expect(tracker.pendingCount == 1)
        tracker.acknowledge(1)
        #expect(tracker.takeCommittable() == [99_999])
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `any order of acknowledgements gives the positions of the plainest tracker`(seed: UInt64) {
        var random = RandomStream(seed: seed)
        var tracker = PositionTracker()
        var naive: [(number: UInt64, left: Int, position: Int64)] = []
        var number: UInt64 = 0
        var settled: Int64?
        var taken: Int64?
        for _ in 0..<600 {
            let underWay = naive.indices.filter { naive[$0].left > 0 }
            if underWay.isEmpty || random.chance(0.4) {
                number += UInt64(random.index(below: 3) + 1)
                let count = random.chance(0.3) ? 0 : random.index(below: 4)
                naive.append((number, count, Int64(number) * 10))
                tracker.add(number, recordCount: count, positions: [Int64(number) * 10, nil])
            } else {
                let index = underWay[random.index(below: min(underWay.count, 8))]
                let count = random.index(below: naive[index].left) + 1
                naive[index].left -= count
                tracker.acknowledge(naive[index].number, count: count)
            }
            while let first = naive.first, first.left == 0 {
                settled = first.position
                naive.removeFirst()
            }
            #expect(tracker.pendingCount <= naive.count, "seed \(seed)")
            #expect((tracker.pendingCount == 0) == naive.isEmpty, "seed \(seed)")
            guard random.chance(0.5) else { continue }
            let committable = tracker.takeCommittable()
            #expect(committable == (settled == taken ? nil : [settled, nil]), "seed \(seed)")
            taken = settled
        }
    }
}
