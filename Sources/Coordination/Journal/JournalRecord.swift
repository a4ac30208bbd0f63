public import Primitives

/// One record of the journal: what a shard did since the record before.
public struct JournalRecord: Equatable, Sendable {
    /// Version of the format that is written here.
    public static let format: UInt16 = 1

    /// What decides output beside the sequence and the rules; the same on every host, or recovery is refused.
    public struct Machine: Hashable, Sendable {
        /// Version of the engine's meaning.
        public var semanticsVersion: UInt32
        /// A fingerprint of the floating point functions in use.
        public var mathFingerprint: UInt64

        /// Names a machine.
        public init(semanticsVersion: UInt32, mathFingerprint: UInt64) {
            self.semanticsVersion = semanticsVersion
            self.mathFingerprint = mathFingerprint
        }
    }

    /// The shard.
    public var shard: Int32
    /// Counts the shard's records, from 1.
    public var sequenceNumber: UInt64
    /// The chain hash of the record before; 0 before the first.
    public var previousChain: UInt64
    /// Who wrote it: the transactional id.
    public var writer: String
    /// The group's generation at that time.
    public var generation: Int32
    /// The cluster's id, empty if it has none.
    public var clusterID: String
    /// Partitions of the input topics.
    public var partitionCount: Int32
    /// The engine that wrote it.
    public var machine: Machine
    /// The watermark after all steps.
    public var watermark: EventTime
    /// Per topic the next offset to read after all steps; -2 for a topic of which nothing is known yet.
    public var positions: [Int64]
    /// What was done, in order.
    public var steps: [SequenceStep]

    /// Makes a record.
    public init(
        shard: Int32, sequenceNumber: UInt64, previousChain: UInt64, writer: String, generation: Int32,
        clusterID: String, partitionCount: Int32, machine: Machine, watermark: EventTime, positions: [Int64],
        steps: [SequenceStep]
    ) {
        self.shard = shard
        self.sequenceNumber = sequenceNumber
        self.previousChain = previousChain
        self.writer = writer
        self.generation = generation
        self.clusterID = clusterID
        self.partitionCount = partitionCount
        self.machine = machine
        self.watermark = watermark
        self.positions = positions
        self.steps = steps
    }
}

/// Why bytes are no journal record.
public enum JournalError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Not a journal record at all, or cut short.
    case malformed(String)
    /// The bytes do not have the hash they say.
    case damaged
    /// Written by a format of a later version.
    case unknownFormat(UInt16)

    /// What is wrong.
    public var description: String {
        switch self {
        case .malformed(let what): "no journal record: \(what)"
        case .damaged: "a journal record with a wrong hash"
        case .unknownFormat(let format):
            "a journal record of format \(format), which only a newer version of Tetik can read"
        }
    }
}
