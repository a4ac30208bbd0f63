internal import CRdKafka

/// Every error librdkafka 2.0.2 can give, with what it means to us. The only place where codes are judged.
///
/// `RD_KAFKA_RESP_ERR_` is cut off the front of the names in librdkafka's `rdkafka.h`. The hints follow the
/// "retriable" column of the Kafka protocol's error codes, and for the client's own codes their comments.
internal enum KafkaErrorTable {
    /// What one code means.
    struct Row: Sendable {
        let kind: KafkaErrorKind
        let hint: KafkaRetryHint
    }

    /// The meaning of `code`; a code newer than the table is `.other`.
    static func row(of code: KafkaErrorCode) -> Row {
        rows[code.rawValue] ?? Row(kind: .other, hint: .never)
    }

    /// Whether the table has the code.
    static func contains(_ code: KafkaErrorCode) -> Bool { rows[code.rawValue] != nil }

    /// Every code the linked library knows, to check the table against.
    static func codesOfLibrary() -> [KafkaErrorCode] {
        var descriptions: UnsafePointer<rd_kafka_err_desc>?
        var count = 0
        rd_kafka_get_err_descs(&descriptions, &count)
        return UnsafeBufferPointer(start: descriptions, count: count)
            .filter { $0.desc != nil }
            .map { KafkaErrorCode($0.code) }
    }

    private static let rows: [Int32: Row] = {
        var rows: [Int32: Row] = [:]
        for group in groups {
            for code in group.codes {
                let previous = rows.updateValue(
                    Row(kind: group.kind, hint: group.hint), forKey: code.rawValue)
                precondition(previous == nil, "error code \(code.rawValue) is in the table twice")
            }
        }
        return rows
    }()

    private struct Group {
        let kind: KafkaErrorKind
        let hint: KafkaRetryHint
        let codes: [rd_kafka_resp_err_t]

        init(_ kind: KafkaErrorKind, _ hint: KafkaRetryHint, _ codes: [rd_kafka_resp_err_t]) {
            self.kind = kind
            self.hint = hint
            self.codes = codes
        }
    }

    private static let groups: [Group] = clientGroups + brokerGroups

    private static let clientGroups: [Group] = [
        Group(
            .brokerUnreachable, .afterBackoff,
            [
                RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__RESOLVE,
                RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__NODE_UPDATE,
                RD_KAFKA_RESP_ERR__UNKNOWN_BROKER,
            ]),
        Group(
            .timedOut, .afterBackoff,
            [
                RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT,
                RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
            ]),
        Group(
            .fenced, .never,
            [
                RD_KAFKA_RESP_ERR__FENCED
            ]),
        Group(
            .unknownTopic, .afterOperatorActs,
            [
                RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
            ]),
        Group(
            .queueFull, .afterBackoff,
            [
                RD_KAFKA_RESP_ERR__QUEUE_FULL
            ]),
        Group(
            .offsetOutOfRange, .afterOperatorActs,
            [
                RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET
            ]),
        Group(
            .noOffset, .never,
            [
                RD_KAFKA_RESP_ERR__NO_OFFSET
            ]),
        Group(
            .authentication, .afterOperatorActs,
            [
                RD_KAFKA_RESP_ERR__SSL, RD_KAFKA_RESP_ERR__AUTHENTICATION,
            ]),
        Group(
            .configuration, .afterOperatorActs,
            [
                RD_KAFKA_RESP_ERR__INVALID_ARG, RD_KAFKA_RESP_ERR__NOT_CONFIGURED,
                RD_KAFKA_RESP_ERR__UNKNOWN_GROUP, RD_KAFKA_RESP_ERR__UNKNOWN_PROTOCOL,
                RD_KAFKA_RESP_ERR__INVALID_TYPE,
            ]),
        Group(
            .endOfPartition, .never,
            [
                RD_KAFKA_RESP_ERR__PARTITION_EOF
            ]),
        Group(
            .groupChanged, .afterBackoff,
            [
                RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS,
            ]),
        Group(
            .assignmentLost, .never,
            [
                RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST
            ]),
        Group(
            .pollTooLate, .afterOperatorActs,
            [
                RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED
            ]),
        Group(
            .coordinatorMoving, .afterBackoff,
            [
                RD_KAFKA_RESP_ERR__WAIT_COORD
            ]),
        Group(
            .leaderMoving, .afterBackoff,
            [
                RD_KAFKA_RESP_ERR__ISR_INSUFF
            ]),
        Group(
            .transactionBusy, .afterBackoff,
            [
                RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS, RD_KAFKA_RESP_ERR__IN_PROGRESS,
                RD_KAFKA_RESP_ERR__CONFLICT,
            ]),
        Group(
            .transactionState, .never,
            [
                RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE, RD_KAFKA_RESP_ERR__INCONSISTENT,
            ]),
        Group(
            .corruptData, .never,
            [
                RD_KAFKA_RESP_ERR__BAD_MSG, RD_KAFKA_RESP_ERR__BAD_COMPRESSION,
                RD_KAFKA_RESP_ERR__UNDERFLOW, RD_KAFKA_RESP_ERR__PARTIAL,
                RD_KAFKA_RESP_ERR__KEY_SERIALIZATION, RD_KAFKA_RESP_ERR__VALUE_SERIALIZATION,
                RD_KAFKA_RESP_ERR__KEY_DESERIALIZATION, RD_KAFKA_RESP_ERR__VALUE_DESERIALIZATION,
            ]),
        Group(
            .unsupported, .afterOperatorActs,
            [
                RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE,
            ]),
        Group(
            .brokerTrouble, .afterBackoff,
            [
                RD_KAFKA_RESP_ERR__RETRY, RD_KAFKA_RESP_ERR__WAIT_CACHE, RD_KAFKA_RESP_ERR__OUTDATED,
            ]),
        Group(
            .cancelled, .never,
            [
                RD_KAFKA_RESP_ERR__DESTROY, RD_KAFKA_RESP_ERR__INTR, RD_KAFKA_RESP_ERR__PURGE_QUEUE,
                RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, RD_KAFKA_RESP_ERR__NOOP,
            ]),
        Group(
            .hostTrouble, .afterOperatorActs,
            [
                RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, RD_KAFKA_RESP_ERR__FS,
            ]),
        Group(
            .misuse, .never,
            [
                RD_KAFKA_RESP_ERR__EXISTING_SUBSCRIPTION, RD_KAFKA_RESP_ERR__STATE,
                RD_KAFKA_RESP_ERR__READ_ONLY, RD_KAFKA_RESP_ERR__NOENT, RD_KAFKA_RESP_ERR__APPLICATION,
            ]),
        Group(
            .fatal, .never,
            [
                RD_KAFKA_RESP_ERR__FATAL
            ]),
        Group(
            .other, .never,
            [
                RD_KAFKA_RESP_ERR__FAIL
            ]),
    ]

    private static let brokerGroups: [Group] = [
        Group(
            .brokerUnreachable, .afterBackoff,
            [
                RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
            ]),
        Group(
            .timedOut, .afterBackoff,
            [
                RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT
            ]),
        Group(
            .fenced, .never,
            [
                RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED,
                RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, RD_KAFKA_RESP_ERR_PRODUCER_FENCED,
            ]),
        Group(
            .unknownTopic, .afterOperatorActs,
            [
                RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
            ]),
        Group(
            .alreadyExists, .never,
            [
                RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS
            ]),
        Group(
            .messageTooLarge, .never,
            [
                RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
                RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE,
                RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE,
            ]),
        Group(
            .offsetOutOfRange, .afterOperatorActs,
            [
                RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE
            ]),
        Group(
            .authentication, .afterOperatorActs,
            [
                RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE,
                RD_KAFKA_RESP_ERR_SECURITY_DISABLED, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
                RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_AUTH_DISABLED,
                RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_NOT_FOUND,
                RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_OWNER_MISMATCH,
                RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_REQUEST_NOT_ALLOWED,
                RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_EXPIRED, RD_KAFKA_RESP_ERR_INVALID_PRINCIPAL_TYPE,
                RD_KAFKA_RESP_ERR_UNACCEPTABLE_CREDENTIAL,
                RD_KAFKA_RESP_ERR_PRINCIPAL_DESERIALIZATION_FAILURE,
            ]),
        Group(
            .authorization, .afterOperatorActs,
            [
                RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
                RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
                RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_AUTHORIZATION_FAILED,
            ]),
        Group(
            .configuration, .afterOperatorActs,
            [
                RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS,
                RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, RD_KAFKA_RESP_ERR_INVALID_GROUP_ID,
                RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT, RD_KAFKA_RESP_ERR_INVALID_PARTITIONS,
                RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, RD_KAFKA_RESP_ERR_INVALID_REPLICA_ASSIGNMENT,
                RD_KAFKA_RESP_ERR_INVALID_CONFIG, RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
                RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT, RD_KAFKA_RESP_ERR_LOG_DIR_NOT_FOUND,
                RD_KAFKA_RESP_ERR_TOPIC_DELETION_DISABLED, RD_KAFKA_RESP_ERR_LISTENER_NOT_FOUND,
                RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED, RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP,
            ]),
        Group(
            .groupChanged, .afterBackoff,
            [
                RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
                RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, RD_KAFKA_RESP_ERR_MEMBER_ID_REQUIRED,
                RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND, RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP,
                RD_KAFKA_RESP_ERR_GROUP_SUBSCRIBED_TO_TOPIC,
            ]),
        Group(
            .coordinatorMoving, .afterBackoff,
            [
                RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
                RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_NOT_CONTROLLER,
            ]),
        Group(
            .leaderMoving, .afterBackoff,
            [
                RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
                RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
                RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE,
                RD_KAFKA_RESP_ERR_ELIGIBLE_LEADERS_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_STALE_CTRL_EPOCH,
                RD_KAFKA_RESP_ERR_STALE_BROKER_EPOCH, RD_KAFKA_RESP_ERR_REASSIGNMENT_IN_PROGRESS,
                RD_KAFKA_RESP_ERR_ELECTION_NOT_NEEDED, RD_KAFKA_RESP_ERR_NO_REASSIGNMENT_IN_PROGRESS,
            ]),
        Group(
            .transactionBusy, .afterBackoff,
            [
                RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS
            ]),
        Group(
            .transactionState, .never,
            [
                RD_KAFKA_RESP_ERR_INVALID_TXN_STATE, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING,
                RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER, RD_KAFKA_RESP_ERR_OPERATION_NOT_ATTEMPTED,
            ]),
        Group(
            .unstableOffsets, .afterBackoff,
            [
                RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT
            ]),
        Group(
            .corruptData, .never,
            [
                RD_KAFKA_RESP_ERR_INVALID_MSG, RD_KAFKA_RESP_ERR_INVALID_RECORD,
                RD_KAFKA_RESP_ERR_INCONSISTENT_VOTER_SET,
            ]),
        Group(
            .unsupported, .afterOperatorActs,
            [
                RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT,
                RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE, RD_KAFKA_RESP_ERR_INVALID_UPDATE_VERSION,
                RD_KAFKA_RESP_ERR_FEATURE_UPDATE_FAILED,
            ]),
        Group(
            .throttled, .afterBackoff,
            [
                RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED
            ]),
        Group(
            .brokerTrouble, .afterBackoff,
            [
                RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, RD_KAFKA_RESP_ERR_UNKNOWN,
                RD_KAFKA_RESP_ERR_FETCH_SESSION_ID_NOT_FOUND, RD_KAFKA_RESP_ERR_INVALID_FETCH_SESSION_EPOCH,
            ]),
        Group(
            .misuse, .never,
            [
                RD_KAFKA_RESP_ERR_INVALID_REQUEST, RD_KAFKA_RESP_ERR_RESOURCE_NOT_FOUND,
                RD_KAFKA_RESP_ERR_DUPLICATE_RESOURCE,
            ]),
        Group(
            .other, .never,
            [
                RD_KAFKA_RESP_ERR_NO_ERROR
            ]),
    ]
}
