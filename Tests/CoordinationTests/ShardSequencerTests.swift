import Coordination
import Primitives
import Testing

struct ShardSequencerTests {
    typealias Head = ShardSequencer.Head

    private static func record(_ milliseconds: Int64) -> Head {
        .record(EventTime(milliseconds: milliseconds))
    }

    private static func next(_ heads: [Head]) -> ShardSequencer.Decision {
        var sequencer = ShardSequencer(topicCount: heads.count)
        for (topic, head) in heads.enumerated() { sequencer.set(topic, head) }
        return sequencer.next()
    }

    @Test(arguments: [
        ([record(1), record(2), record(3)], ShardSequencer.Decision.take(0)),
        ([record(3), record(2), record(1)], .take(2)),
        ([record(2), record(1), record(1)], .take(1)),
        ([.end, record(9), .end], .take(1)),
        ([record(0), record(-5)], .take(1)),
        ([.unknown, record(1), record(1)], .wait),
        ([record(1), .end, .unknown], .wait),
        ([.end, .end, .unknown], .wait),
        ([.end, .end, .end], .idle),
        ([record(7)], .take(0)),
        ([.end], .idle),
        ([.unknown], .wait),
    ])
    func `the lowest event time comes next, an unknown head is waited for, ends are not`(
        heads: [Head], decision: ShardSequencer.Decision
    ) {
        #expect(Self.next(heads) == decision)
    }

    @Test func `nothing is known of a topic before it is told`() {
        var sequencer = ShardSequencer(topicCount: 2)
        #expect(sequencer.next() == .wait)
        sequencer.set(0, Self.record(1))
        #expect(sequencer.next() == .wait)
        sequencer.set(1, .end)
        #expect(sequencer.next() == .take(0))
    }

    @Test(arguments: [Int64.min, .max])
    func `a record with the most extreme timestamp is still a record`(time: Int64) {
        let isFirst = Self.next([Self.record(time)]) == .take(0)
        let isSecond = Self.next([.end, Self.record(time)]) == .take(1)
        let isHeldBack = Self.next([Self.record(time), .unknown]) == .wait
        #expect(isFirst && isSecond && isHeldBack)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `topics that come in pieces are merged like topics that are there at once`(seed: UInt64) {
        var random = RandomStream(seed: seed)
        let topics = (0..<random.index(below: 5) + 1).map { _ in
            (0..<random.index(below: 30)).map { _ in Int64(random.index(below: 20)) }
        }
        var arrived = topics.map { _ in 0 }
        var next = topics.map { _ in 0 }
        var sequencer = ShardSequencer(topicCount: topics.count)
        var merged: [Int] = []
        // BOUND: each round takes a record, or has one more arrive.
        while true {
            for topic in topics.indices {
                let isAtHand = next[topic] < arrived[topic]
                let isOver = next[topic] == topics[topic].count
                sequencer.set(
                    topic, isAtHand ? Self.record(topics[topic][next[topic]]) : isOver ? .end : .unknown)
            }
            switch sequencer.next() {
            case .take(let topic):
                #expect(next[topic] < arrived[topic], "seed \(seed)")
                merged.append(topic)
                next[topic] += 1
            case .wait:
                let waiting = topics.indices.filter { arrived[$0] < topics[$0].count }
                let topic = waiting[random.index(below: waiting.count)]
                arrived[topic] += random.index(below: topics[topic].count - arrived[topic]) + 1
            case .idle:
                #expect(merged == Self.mergeAtOnce(topics), "seed \(seed)")
                return
            }
        }
    }

    /// The plainest merge: of all topics that are not used up, the one whose first time is lowest.
    private static func mergeAtOnce(_ topics: [[Int64]]) -> [Int] {
        var rest = topics.map { $0[...] }
        var merged: [Int] = []
        while let topic = rest.indices.filter({ !rest[$0].isEmpty }).min(by: { left, right in
            (rest[left].first ?? 0, left) < (rest[right].first ?? 0, right)
        }) {
            merged.append(topic)
            rest[topic].removeFirst()
        }
        return merged
    }
}
