internal import CRdKafka

/// Transactions. Errors carry the marks of librdkafka's transactional API: `isRetriable` (call the same function
/// again), `requiresAbort` (abort, then begin again), `isFatal` (close, make a new producer, compare what is
/// committed). An error with none of them is to be treated as fatal.
///
/// All block, and serve deliveries meanwhile.
extension KafkaProducer {
    /// Registers the transactional id: fences an earlier owner and settles its open transaction.
    ///
    /// Once, before anything is produced.
    public func initTransactions(timeoutMilliseconds: Int32) throws(KafkaError) {
        enter()
        try check(rd_kafka_init_transactions(client, timeoutMilliseconds), "init transactions")
    }

    /// Begins a transaction. Asks no broker.
    public func beginTransaction() throws(KafkaError) {
        enter()
        try check(rd_kafka_begin_transaction(client), "begin transaction")
    }

    /// Adds consumed offsets to the transaction, fenced by the membership of `group`.
    ///
    /// The list must not be empty: then no request is sent, nothing is fenced, and a former owner's transaction
    /// gets committed. Send an unchanged offset if there is no new one.
    public func sendOffsets(
        _ offsets: [PartitionOffset], group: GroupMetadata, timeoutMilliseconds: Int32
    ) throws(KafkaError) {
        enter()
        precondition(!offsets.isEmpty, "a transaction without offsets is not fenced")
        precondition(offsets.allSatisfy { $0.offset.value != nil }, "only explicit offsets are committed")
        let list = PartitionList(offsets)
        let refusal = try group.withObject { metadata in
            rd_kafka_send_offsets_to_transaction(client, list.pointer, metadata, timeoutMilliseconds)
        }
        try check(refusal, "send offsets to transaction")
    }

    /// Delivers everything and commits. After a timeout (retriable) call it again: it may have been committed.
    public func commitTransaction(timeoutMilliseconds: Int32) throws(KafkaError) {
        enter()
        try check(rd_kafka_commit_transaction(client, timeoutMilliseconds), "commit transaction")
    }

    /// Drops what was not delivered and aborts.
    public func abortTransaction(timeoutMilliseconds: Int32) throws(KafkaError) {
        enter()
        try check(rd_kafka_abort_transaction(client, timeoutMilliseconds), "abort transaction")
    }
}
