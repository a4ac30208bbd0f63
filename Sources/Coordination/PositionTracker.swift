/// Knows which input positions may be committed: those up to which everything they caused is acknowledged.
///
/// Batches of a shard are numbered by whoever sends them and end at a position of each topic. A batch may be
/// acknowledged before an earlier one; positions advance in order all the same. Pure.
public struct PositionTracker: Sendable {
    private struct Batch: Sendable {
        var number: UInt64
        var unacknowledgedCount: Int
        var positions: [Int64?]
    }

    private var batches: [Batch] = []
    private var committable: [Int64?]?

    /// Makes a tracker that knows of no batch.
    public init() {}

    /// Batches that are not acknowledged yet, or wait for one that is not.
    public var pendingCount: Int { batches.count }

    /// Takes on a batch.
    ///
    /// - Parameters:
    ///   - number: greater than any number before.
    ///   - recordCount: how many acknowledgements it takes; 0 for a batch that emitted nothing.
    ///   - positions: per topic the next offset to read after the batch; nil where nothing was read yet.
    public mutating func add(_ number: UInt64, recordCount: Int, positions: [Int64?]) {
        precondition(number > batches.last?.number ?? 0)
        batches.append(Batch(number: number, unacknowledgedCount: recordCount, positions: positions))
        settle()
    }

    /// Notes that `count` records of a batch were acknowledged; a number that is not pending is our own bug.
    public mutating func acknowledge(_ number: UInt64, count: Int = 1) {
        guard let index = batches.firstIndex(where: { $0.number == number }) else {
            preconditionFailure("acknowledged batch \(number), which is not pending")
        }
        batches[index].unacknowledgedCount -= count
        precondition(batches[index].unacknowledgedCount >= 0)
        if index == 0 { settle() }
    }

    private mutating func settle() {
        while let first = batches.first, first.unacknowledgedCount == 0 {
            committable = first.positions
            batches.removeFirst()
        }
    }

    /// The positions that have become committable since the last call, or nil if none.
    public mutating func takeCommittable() -> [Int64?]? {
        defer { committable = nil }
        return committable
    }
}
