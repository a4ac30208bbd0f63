/// Puts the records that were read of one shard's journal into a row without gaps.
///
/// A record may be there more than once, with at least once or after a failed attempt; what counts is the row that
/// ends in the committed mark, since each record names the hash of the one before. Pure.
public struct JournalTail: Sendable {
    /// A record with its place in the journal.
    public struct Entry: Sendable {
        /// What it says.
        public var record: JournalRecord
        /// Its chain hash.
        public var chain: UInt64
        /// Its offset in the journal's partition.
        public var offset: Int64
    }

    /// Why no row could be made.
    public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// The record that was committed last is not there.
        case missingEnd(sequenceNumber: UInt64)
        /// A record in between is missing.
        case hole(sequenceNumber: UInt64)
        /// The row does not begin where the snapshot ends.
        case foreignStart(sequenceNumber: UInt64)

        /// What is missing.
        public var description: String {
            switch self {
            case .missingEnd(let number):
                "record \(number), the last that was committed, is not in the journal"
            case .hole(let number): "record \(number) is missing in the journal"
            case .foreignStart(let number):
                "record \(number) of the journal does not follow what the snapshot holds"
            }
        }
    }

    private var entries: [UInt64: [Entry]] = [:]
    /// The entry that was read last.
    public private(set) var last: Entry?

    /// Makes an empty tail.
    public init() {}

    /// Takes on a record, in the order of offsets.
    public mutating func add(_ record: JournalRecord, chain: UInt64, offset: Int64) {
        let entry = Entry(record: record, chain: chain, offset: offset)
        entries[record.sequenceNumber, default: []].append(entry)
        last = entry
    }

    /// Whether the record of this mark was read.
    public func contains(sequenceNumber: UInt64, chain: UInt64) -> Bool {
        entries[sequenceNumber]?.contains { $0.chain == chain } ?? false
    }

    /// The records after `start` up to `end`, in order; both are sequence numbers with their chain hashes.
    ///
    /// A chain hash of 0 is the beginning of a journal: of its first record, or where one was begun anew.
    public func row(
        after start: (sequenceNumber: UInt64, chain: UInt64), to end: (sequenceNumber: UInt64, chain: UInt64)
    ) throws(Failure) -> [Entry] {
        var row: [Entry] = []
        var chain = end.chain
        var number = end.sequenceNumber
        while number > start.sequenceNumber, chain != 0 {
            guard let entry = entries[number]?.last(where: { $0.chain == chain }) else {
                throw row.isEmpty ? .missingEnd(sequenceNumber: number) : .hole(sequenceNumber: number)
            }
            row.append(entry)
            chain = entry.record.previousChain
            number -= 1
        }
        guard chain == start.chain else { throw .foreignStart(sequenceNumber: start.sequenceNumber + 1) }
        return row.reversed()
    }
}
