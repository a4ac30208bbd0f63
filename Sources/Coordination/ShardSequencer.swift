public import Primitives

/// Decides the order of one shard's events: a merge of its topics by event time. Source: contract, section 2.
///
/// Pure: it is told what stands at the head of each topic partition and says which comes next. Isolation: the
/// shard's thread.
public struct ShardSequencer: Sendable {
    /// What is known of a topic partition's next record.
    public enum Head: Equatable, Sendable {
        /// A record is at hand, with this event time.
        case record(EventTime)
        /// Records are left but none is at hand, or nobody knows: it is waited for.
        case unknown
        /// Read to its end: it is not waited for.
        case end
    }

    /// What to do next.
    public enum Decision: Equatable, Sendable {
        /// Take the head of this topic, by its place in the order of topics.
        case take(Int)
        /// Wait until the unknown heads are known.
        case wait
        /// Everything is read to its end.
        case idle
    }

    /// Milliseconds of each head; the ends of the range stand for `unknown` and `end`, so that the smallest
    /// decides.
    private var heads: [Int64]

    /// Makes a sequencer for `topicCount` topics, in the order that breaks ties; nothing is known of them yet.
    public init(topicCount: Int) {
        precondition(topicCount > 0)
        heads = Array(repeating: .min, count: topicCount)
    }

    /// Says what stands at the head of a topic.
    @inlinable
    public mutating func set(_ topic: Int, _ head: Head) {
        switch head {
        // A record may carry any timestamp; the ends of the range mean something else here.
        case .record(let time): setTime(topic, min(max(time.milliseconds, .min + 1), .max - 1))
        case .unknown: setTime(topic, .min)
        case .end: setTime(topic, .max)
        }
    }

    @usableFromInline
    mutating func setTime(_ topic: Int, _ milliseconds: Int64) { heads[topic] = milliseconds }

    /// The topic whose head comes next: the lowest event time, ties in the order of topics.
    public func next() -> Decision {
        var best = 0
        var lowest = heads[0]
        for topic in 1..<heads.count where heads[topic] < lowest {
            best = topic
            lowest = heads[topic]
        }
        switch lowest {
        case .min: return .wait
        case .max: return .idle
        default: return .take(best)
        }
    }
}
