import Model
import Primitives

/// What one shard made of some input: records, dead letters, and how far it has read.
///
/// Filled by the shard's thread, handed to the output thread, and handed back empty.
final class OutputBatch: @unchecked Sendable {
    // SAFETY: one thread has it at a time; it is passed on through a Monitor.
    /// The partition that the shard is.
    var partition: Int32 = 0
    /// Given by the position board; greater than that of any batch before.
    var number: UInt64 = 0
    /// Which assignment the shard belongs to; what an earlier one made is dropped.
    var epoch: UInt64 = 0
    var records = RecordBuffer()
    private(set) var deadLetters: [DeadLetter] = []
    private var deadLetterByteCount = 0
    /// Per input topic the next offset to read; nil where nothing was read yet.
    var positions: [Int64?] = []

    /// BOUND: records, and bytes of values and dead letters, that a batch holds before it is handed on; what one
    /// event or one record emits at once comes on top.
    static let recordCountMax = 4_096
    static let byteCountMax = 1 << 20

    var recordCount: Int { records.count + deadLetters.count }

    var isFull: Bool {
        recordCount >= Self.recordCountMax
            || records.values.count + deadLetterByteCount >= Self.byteCountMax
    }

    func append(_ letter: DeadLetter) {
        deadLetters.append(letter)
        deadLetterByteCount += letter.byteCount
    }

    func removeAll() {
        records.removeAll()
        deadLetters.removeAll(keepingCapacity: true)
        deadLetterByteCount = 0
        positions.removeAll(keepingCapacity: true)
    }
}

/// The bounded way from the shards to the output thread. BOUND: `batchCountMax` batches; a shard that finds no
/// empty one waits, and so stops reading.
final class OutputQueue: @unchecked Sendable {
    // SAFETY: everything is inside the monitor.
    private struct State {
        var empty: [OutputBatch]
        var filled: [OutputBatch] = []
        var isClosed = false
    }

    /// Enough for the output thread never to run dry, few enough that little is in flight.
    private static let batchCountMax = 32

    private let state = Monitor(State(empty: (0..<OutputQueue.batchCountMax).map { _ in OutputBatch() }))

    /// Waits up to `milliseconds` for an empty batch; nil if there is none by then.
    func takeEmpty(milliseconds: Int64) -> OutputBatch? {
        state.wait(milliseconds: milliseconds) { $0.empty.popLast() }
    }

    func put(_ batch: OutputBatch) { state.change { $0.filled.append(batch) } }

    func giveBack(_ batch: OutputBatch) {
        batch.removeAll()
        state.change { $0.empty.append(batch) }
    }

    /// All batches that are waiting, in order; waits up to `milliseconds` for the first.
    func takeFilled(milliseconds: Int64) -> [OutputBatch] {
        state.wait(milliseconds: milliseconds) { state in
            if state.filled.isEmpty { return state.isClosed ? [] : nil }
            defer { state.filled.removeAll() }
            return state.filled
        } ?? []
    }

    /// Says that nothing more is put in; `takeFilled` does not wait any longer.
    func close() { state.change { $0.isClosed = true } }

    /// Whether it is closed and everything was taken.
    var isFinished: Bool { state.read { $0.isClosed && $0.filled.isEmpty } }
}
