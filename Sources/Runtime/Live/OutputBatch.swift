import Coordination
import Model
import Primitives

/// What one shard made of some input: records, dead letters, and the steps of its sequence that led to them.
///
/// Filled by the shard's thread, handed to the output thread, and handed back empty once it is committed.
final class OutputBatch: @unchecked Sendable {
    // SAFETY: one thread has it at a time; it is passed on through a Monitor.
    /// The partition that the shard is.
    var partition: Int32 = 0
    /// Which assignment the shard belongs to; what an earlier one made is dropped.
    var epoch: UInt64 = 0
    var records = RecordBuffer()
    /// Monotonic time at which the step ended that put the first record into it; 0 without one.
    var emittedAtMicroseconds: Int64 = 0
    private(set) var deadLetters: [DeadLetter] = []
    private var deadLetterByteCount = 0
    /// What the shard did, in order.
    var steps: [SequenceStep] = []
    /// Per input topic the next offset to read after the steps.
    var positions: [Int64] = []
    /// The watermark after the steps.
    var watermark = EventTime.distantPast
    /// Which of the shard's snapshots was cut right after the steps, so that nothing may follow in the same journal
    /// record; 0: none was.
    var cutNumber: UInt64 = 0

    /// BOUND: records, and bytes of values and dead letters, that a batch holds before it is handed on; what one
    /// event or one record emits at once comes on top.
    static let recordCountMax = 4_096
    static let byteCountMax = 1 << 20

    var isCut: Bool { cutNumber > 0 }

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
        emittedAtMicroseconds = 0
        steps = []
        positions = []
        cutNumber = 0
    }
}
