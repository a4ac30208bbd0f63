public import Primitives

/// One step of a shard's sequence, as the journal keeps it: whoever takes the same steps gets the same state.
public enum SequenceStep: Hashable, Sendable {
    /// The records of these ranges, one range a topic in the order of the inputs, merged by event time.
    case input([InputRange])
    /// The watermark rises to this time, by the wall clock or because a batch was full in between.
    case advance(EventTime)
    /// These rules take over. Records from `decodeFrom` on, one offset a topic, are decoded by them.
    case rules(text: String, decodeFrom: [Int64])
}

/// Collects the steps of a shard between two commits, as few as say the same.
///
/// Pure. Isolation: the shard's thread.
public struct StepLog: Sendable {
    /// Steps that are over.
    public private(set) var closed: [SequenceStep] = []
    private var ranges: [InputRange]
    private var isOpen = false
    /// The highest event time taken in the step at hand.
    private var highest = EventTime.distantPast

    /// Makes an empty log of a shard that stands at these offsets, one a topic.
    public init(positions: [Int64]) { ranges = positions.map { InputRange(at: $0) } }

    /// Whether there is nothing to tell but the watermark, or rules that nothing has been done by.
    public var isSilent: Bool {
        !isOpen
            && closed.allSatisfy { step in
                if case .input = step { return false }
                return true
            }
    }

    /// Whether there is nothing to tell at all.
    public var isEmpty: Bool { !isOpen && closed.isEmpty }

    /// Says that topics may have records now that had none at hand before; `heads` are the event times of what is
    /// at hand.
    ///
    /// A merge of the whole range would take a new head at once, so unless all of them are newer than everything
    /// taken, what was taken so far is a step of its own.
    public mutating func beginRound(heads: some Sequence<EventTime>) {
        guard isOpen, heads.contains(where: { $0 <= highest }) else { return }
        closeInput()
    }

    /// Takes on a record of a topic.
    @inline(__always)
    public mutating func add(topic: Int, time: EventTime, offset: Int64, digest: UInt64) {
        ranges[topic].add(offset: offset, digest: digest)
        highest = max(highest, time)
        isOpen = true
    }

    /// Takes on a rise of the watermark that no record explains.
    public mutating func advance(to watermark: EventTime) {
        closeInput()
        if case .advance(let earlier) = closed.last {
            closed[closed.count - 1] = .advance(max(earlier, watermark))
        } else {
            closed.append(.advance(watermark))
        }
    }

    /// Takes on a change of rules.
    public mutating func change(rules: String, decodeFrom: [Int64]) {
        closeInput()
        closed.append(.rules(text: rules, decodeFrom: decodeFrom))
    }

    /// Moves past offsets that hold no records for us; only between steps.
    public mutating func skip(topic: Int, to offset: Int64) {
        guard ranges[topic].count == 0, offset > ranges[topic].end else { return }
        ranges[topic] = InputRange(at: offset)
    }

    /// Gives the steps since the last time, in order, and begins anew.
    public mutating func takeSteps() -> [SequenceStep] {
        closeInput()
        defer { closed = [] }
        return closed
    }

    private mutating func closeInput() {
        guard isOpen else { return }
        closed.append(.input(ranges))
        ranges = ranges.map { InputRange(at: $0.end) }
        isOpen = false
        highest = .distantPast
    }
}
