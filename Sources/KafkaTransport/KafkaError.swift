internal import CRdKafka

/// The number librdkafka or a broker gives an error: negative inside the client, positive from the broker.
///
/// Source: `rd_kafka_resp_err_t` in librdkafka 2.0.2's `rdkafka.h`, and the error codes of the Kafka protocol.
public struct KafkaErrorCode: RawRepresentable, Hashable, Sendable {
    /// The number itself.
    public let rawValue: Int32

    /// Wraps any number, known or not.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    internal init(_ code: rd_kafka_resp_err_t) { rawValue = code.rawValue }

    internal var response: rd_kafka_resp_err_t { rd_kafka_resp_err_t(rawValue: rawValue) }

    /// librdkafka's short name without its prefix, such as `UNKNOWN_TOPIC_OR_PART`.
    public var name: String { rd_kafka_err2name(response).map { String(cString: $0) } ?? "UNKNOWN" }

    /// librdkafka's sentence for the code.
    public var explanation: String {
        rd_kafka_err2str(response).map { String(cString: $0) } ?? "unknown error"
    }
}

/// What kind of trouble a Kafka error is: what a caller decides by.
public enum KafkaErrorKind: String, Sendable, CaseIterable {
    /// No broker can be reached, or the connection broke.
    case brokerUnreachable
    /// Nothing happened within the time allowed; whether it was done is not known.
    case timedOut
    /// Another process took over this transactional id or group membership.
    case fenced
    /// The topic or partition does not exist, or is not visible.
    case unknownTopic
    /// A topic of that name already exists.
    case alreadyExists
    /// The local send queue is full: serve deliveries, then try again.
    case queueFull
    /// The record or batch is over a limit of the client, topic or broker.
    case messageTooLarge
    /// The offset asked for is not, or no longer, in the partition.
    case offsetOutOfRange
    /// There is no offset to begin from.
    case noOffset
    /// TLS or SASL refused the identity.
    case authentication
    /// The identity is known, but may not do this.
    case authorization
    /// A property or argument is wrong, here or at the broker.
    case configuration
    /// All of a partition was read; not a failure.
    case endOfPartition
    /// The group is rebalancing, or this member or generation is over.
    case groupChanged
    /// The assignment is gone without a revoke: others may own the partitions already.
    case assignmentLost
    /// The consumer did not poll within `max.poll.interval.ms` and left the group.
    case pollTooLate
    /// The coordinator is moving or loading.
    case coordinatorMoving
    /// The partition's leader is moving, or too few replicas are in sync.
    case leaderMoving
    /// The previous transaction's markers are still being written.
    case transactionBusy
    /// The transaction or producer is in a state in which this cannot be done.
    case transactionState
    /// Offsets of an open transaction hide what is committed.
    case unstableOffsets
    /// Bytes from a broker or to a broker do not check out.
    case corruptData
    /// The broker or library does not have the feature.
    case unsupported
    /// The broker asks to slow down.
    case throttled
    /// The broker has trouble with its own disks or state.
    case brokerTrouble
    /// The client was closed, or the record was taken out of the queue unsent.
    case cancelled
    /// A resource of this host ran out or failed.
    case hostTrouble
    /// A call does not fit the client's state: a mistake of ours.
    case misuse
    /// The client is beyond repair: destroy it and make another one.
    case fatal
    /// Anything else.
    case other
}

/// When it makes sense to try again.
public enum KafkaRetryHint: String, Sendable {
    /// The same call will fail again.
    case never
    /// The same call may succeed after a short wait.
    case afterBackoff
    /// It will go on failing until somebody changes a setting, a right, a topic or a broker.
    case afterOperatorActs
}

/// An operating error of Kafka or of the client, classified.
///
/// A plain value: it may cross threads and outlive the client that gave it.
public struct KafkaError: Error, Equatable, Sendable, CustomStringConvertible {
    /// librdkafka's or the broker's number.
    public let code: KafkaErrorCode
    /// What was tried, in a word or two, such as `commit transaction`.
    public let operation: String
    /// The detail, from librdkafka where it gave one.
    public let message: String
    /// Whether the client that gave the error can never work again.
    public let isFatal: Bool
    /// Whether calling the same function again is allowed and may succeed.
    public let isRetriable: Bool
    /// Whether the current transaction must be aborted before anything else.
    public let requiresAbort: Bool
    /// What kind of trouble it is.
    public let kind: KafkaErrorKind
    /// When to try again, judged from the code alone; `isRetriable` and `requiresAbort` come first.
    public let retryHint: KafkaRetryHint

    /// librdkafka's short name of the code.
    public var name: String { code.name }

    /// What failed, the detail, and the code's name.
    public var description: String { "\(operation): \(message) (\(name), \(kind.rawValue))" }

    /// Makes an error from a bare code. Without `message` librdkafka's sentence for the code is used.
    public init(code: KafkaErrorCode, operation: String, message: String? = nil, isFatal: Bool = false) {
        let row = KafkaErrorTable.row(of: code)
        self.code = code
        self.operation = operation
        self.message = message ?? code.explanation
        self.isFatal = isFatal || row.kind == .fatal
        isRetriable = row.hint == .afterBackoff && !self.isFatal
        requiresAbort = false
        kind = row.kind
        retryHint = row.hint
    }

    internal init(_ code: rd_kafka_resp_err_t, _ operation: String, message: String? = nil) {
        self.init(code: KafkaErrorCode(code), operation: operation, message: message)
    }

    /// Takes over and destroys an error object of librdkafka, with the three marks of its transactional API.
    internal init(consuming error: OpaquePointer, _ operation: String) {
        let code = KafkaErrorCode(rd_kafka_error_code(error))
        let row = KafkaErrorTable.row(of: code)
        self.code = code
        self.operation = operation
        message = rd_kafka_error_string(error).map { String(cString: $0) } ?? code.explanation
        isFatal = rd_kafka_error_is_fatal(error) != 0 || row.kind == .fatal
        isRetriable = rd_kafka_error_is_retriable(error) != 0
        requiresAbort = rd_kafka_error_txn_requires_abort(error) != 0
        kind = row.kind
        retryHint = row.hint
        rd_kafka_error_destroy(error)
    }
}

/// Throws unless `code` is success.
internal func check(_ code: rd_kafka_resp_err_t, _ operation: String) throws(KafkaError) {
    if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(code, operation) }
}

/// Throws, and destroys, an error object if there is one.
internal func check(_ error: OpaquePointer?, _ operation: String) throws(KafkaError) {
    if let error { throw KafkaError(consuming: error, operation) }
}
