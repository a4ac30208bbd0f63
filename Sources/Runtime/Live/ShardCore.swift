import Coordination
import Engine
import Model
import Primitives
import SnapshotStore

/// What lives on in a shard over an assignment: its engine, and where in the sequence it stands.
///
/// Isolation: one thread at a time, the shard's while it runs, the poll thread's while it is put aside.
final class ShardCore: @unchecked Sendable {
    // SAFETY: handed between threads through monitors; one has it at a time.
    let partition: Int32
    var engine: Engine
    /// What the engine goes by.
    private(set) var rules: SequenceRules
    /// Per input topic the next offset to read, in the order of `rules.inputs`.
    var positions: [Int64]
    /// The journal record after which the state is this; only while it is put aside.
    var sequenceNumber: UInt64
    var chain: UInt64
    var journalOffset: Int64?
    /// What is on disk of it.
    var policy = SnapshotPolicy()
    /// Whether anything was done since the latest snapshot was cut.
    var isChangedSinceSnapshot = true

    /// Whether the journal says of records behind `positions` that earlier rules than these decode them; only while it
    /// is put aside.
    var isDecodedAhead = false

    /// A shard that knows nobody yet.
    init(partition: Int32, rules: SequenceRules, positions: [Int64]) {
        self.partition = partition
        self.rules = rules
        self.positions = positions
        engine = Engine(rules: rules.rules)
        engine.enableTracking()
        sequenceNumber = 0
        chain = 0
    }

    /// A shard whose memory was on disk.
    init(partition: Int32, engine: consuming Engine, rules: SequenceRules, positions: [Int64]) {
        self.partition = partition
        self.rules = rules
        self.positions = positions
        self.engine = engine
        self.engine.enableTracking()
        sequenceNumber = 0
        chain = 0
        isChangedSinceSnapshot = false
    }

    /// Lets other rules take over, between two events.
    func adopt(_ newRules: SequenceRules, into records: inout RecordBuffer) {
        if newRules.rules != rules.rules { engine.adopt(newRules.rules, into: &records) }
        rules = newRules
    }
}
