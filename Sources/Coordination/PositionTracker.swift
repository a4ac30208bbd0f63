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

    /// Pending batches by number, those before `head` settled already.
    private var batches: [Batch] = []
    private var head = 0
    private var lastNumber: UInt64 = 0
    private var committable: [Int64?]?

    /// Makes a tracker that knows of no batch.
    public init() {}

    /// Batches that are not acknowledged yet, or wait for one that is not.
    ///
    /// BOUND: no more than records are under way, as a batch that emitted nothing takes no place of its own.
    public var pendingCount: Int { batches.count - head }

    /// Takes on a batch.
    ///
    /// - Parameters:
    ///   - number: greater than any number before.
    ///   - recordCount: how many acknowledgements it takes; 0 for a batch that emitted nothing.
    ///   - positions: per topic the next offset to read after the batch; nil where nothing was read yet.
    public mutating func add(_ number: UInt64, recordCount: Int, positions: [Int64?]) {
        precondition(number > lastNumber)
        lastNumber = number
        if recordCount > 0 {
            batches.append(Batch(number: number, unacknowledgedCount: recordCount, positions: positions))
        } else if pendingCount > 0 {
            batches[batches.count - 1].positions = positions
        } else {
            committable = positions
        }
    }

    /// Notes that `count` records of a batch were acknowledged; a number that is not pending is our own bug.
    public mutating func acknowledge(_ number: UInt64, count: Int = 1) {
        let index = index(of: number)
        batches[index].unacknowledgedCount -= count
        precondition(batches[index].unacknowledgedCount >= 0)
        if index == head { settle() }
    }

    private func index(of number: UInt64) -> Int {
        var low = head
        var high = batches.count
        while low < high {
            let middle = (low + high) / 2
            if batches[middle].number < number { low = middle + 1 } else { high = middle }
        }
        guard low < batches.count, batches[low].number == number else {
            preconditionFailure("acknowledged batch \(number), which is not pending")
        }
        return low
    }

    private mutating func settle() {
        while head < batches.count, batches[head].unacknowledgedCount == 0 {
            committable = batches[head].positions
            head += 1
        }
        // Removing at the front moves what is left: only once it is the smaller part.
        if head * 2 >= batches.count {
            batches.removeFirst(head)
            head = 0
        }
    }

    /// The positions that have become committable since the last call, or nil if none.
    public mutating func takeCommittable() -> [Int64?]? {
        defer { committable = nil }
        return committable
    }
}
