import Primitives

/// What a sequence knows of the next record of one topic.
enum MergeHead: Equatable {
    /// The topic has records left, and none of them is at hand.
    case waiting
    /// The topic was read to its end.
    case ended
    /// The next record's event time is known.
    case ready(EventTime)
}

/// What a sequence does next.
enum MergeDecision: Equatable {
    /// Take the record of the topic with this index.
    case take(Int)
    /// Wait for a record.
    case wait
    /// There is nothing left.
    case finished
}

/// The order in which the records of all topics' partitions of one number are one sequence.
///
/// Source: contract, section 2: the lowest event time comes first, ties in the order of the topics; a topic
/// that has records left but none at hand is waited for, one read to its end is not.
enum RecordMergeOrder {
    /// Says what comes next, given what is known of `count` topics in the order of `topics.inputs`.
    static func decide(count: Int, head: (Int) -> MergeHead) -> MergeDecision {
        var first: (index: Int, time: EventTime)?
        for index in 0..<count {
            switch head(index) {
            case .waiting: return .wait
            case .ended: continue
            case .ready(let time):
                if let first, first.time <= time { continue }
                first = (index, time)
            }
        }
        return first.map { .take($0.index) } ?? .finished
    }
}
