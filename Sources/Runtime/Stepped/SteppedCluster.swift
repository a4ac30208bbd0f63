import Coordination
import KafkaTransport

/// What is committed at once, for a model of a broker.
package struct SteppedUnit {
    /// A record that goes to the broker.
    package struct Output {
        /// Where to; without a partition the key decides.
        package var topic: String
        /// The partition, or nil.
        package var partition: Int32?
        /// The key.
        package var key: [UInt8]
        /// The value.
        package var value: [UInt8]
    }

    /// A digest of the state after the steps of a journal record.
    package struct Place {
        /// The shard.
        package var partition: Int32
        /// The mark of the journal record.
        package var mark: CommitMark
        /// `Engine.stateDigest` of the state when the last of its steps was taken.
        package var digest: UInt64
    }

    /// Records, dead letters and journal records, in the order they are written.
    package var outputs: [Output]
    /// The offsets, with their marks.
    package var offsets: [PartitionOffset]
    /// Who commits.
    package var group: GroupMetadata
    /// The states it leads to.
    package var places: [Place]
}

/// What a member needs of a cluster; a model in simulation.
///
/// Isolation: the thread that turns the member.
package protocol SteppedCluster: AnyObject {
    /// Begins a transaction.
    func begin() throws(TransactionTrouble)
    /// Writes a unit, or a part of one, into the open transaction; returns where its journal records are, in the
    /// order of its places.
    func produce(_ unit: SteppedUnit) throws(TransactionTrouble) -> [Int64]
    /// Adds the offsets of a unit.
    func sendOffsets(_ unit: SteppedUnit) throws(TransactionTrouble)
    /// Commits.
    func commit() throws(TransactionTrouble)
    /// Aborts.
    func abort() throws(TransactionTrouble)
    /// Replaces the producer, and settles what it left open.
    func renew() throws(TransactionTrouble)
    /// Committed offsets, once none of them is pending.
    func committed(_ partitions: [TopicPartition]) throws(TransactionTrouble) -> [PartitionOffset]
    /// Ends the open transactions of whoever committed for these partitions last; returns false if nobody did.
    func fence(_ partitions: [TopicPartition]) -> Bool
    /// Writes the records of a unit, or its journal records, without a transaction; returns where journal records are,
    /// by partition, once everything is acknowledged.
    func write(_ unit: SteppedUnit, isJournal: Bool) throws(TransactionTrouble) -> [Int32: Int64]
    /// Commits offsets outside of transactions. Returns whether it is known to be done.
    func commit(_ offsets: [PartitionOffset], group: GroupMetadata) -> Bool
    /// A shard is about to look for its state, with everything that may still change it settled.
    func willPrepare(_ partition: Int32)
    /// Says what happens, for whoever looks for the cause of a failure.
    func trace(_ what: @autoclosure () -> String)
    /// Lets time pass.
    func backOff()
    /// Whether there is no time left.
    var mustGiveUp: Bool { get }
    /// The end of a partition, or nil if nobody answers.
    func confirmedEnd(_ partition: TopicPartition) -> Int64?
    /// The records of a partition of the journal that readers of committed data see, from `offset` on.
    func journal(_ partition: Int32, from offset: Int64) -> [SteppedRecord]
}
