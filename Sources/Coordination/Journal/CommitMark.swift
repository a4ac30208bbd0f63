/// What a shard's committed offsets say about the journal: its last record, and who wrote it.
///
/// It is committed in the same transaction as the journal record, as the offsets' metadata, in ASCII:
/// `seq:chain:transactional.id`, the chain in 16 hex digits.
public struct CommitMark: Hashable, Sendable {
    /// Sequence number of the journal record, from 1; 0 before the first.
    public var sequenceNumber: UInt64
    /// The chain hash up to it.
    public var chain: UInt64
    /// The transactional id of the writer.
    public var writer: String

    /// Makes a mark.
    public init(sequenceNumber: UInt64, chain: UInt64, writer: String) {
        self.sequenceNumber = sequenceNumber
        self.chain = chain
        self.writer = writer
    }

    /// Reads a mark; nil if `text` is none.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let number = UInt64(parts[0]), parts[1].utf8.count == 16,
            let chain = UInt64(parts[1], radix: 16)
        else { return nil }
        self.init(sequenceNumber: number, chain: chain, writer: String(parts[2]))
    }

    /// The mark as text.
    public var text: String {
        let digits = String(chain, radix: 16)
        return "\(sequenceNumber):\(String(repeating: "0", count: 16 - digits.utf8.count))\(digits):\(writer)"
    }
}
