extension KafkaErrorCode {
    /// A broker or connection is gone; given to a mock broker, it drops the connection at that request.
    public static let transport = KafkaErrorCode(rawValue: -195)
    /// A record was not delivered within its time.
    public static let messageTimedOut = KafkaErrorCode(rawValue: -192)
    /// All of a partition was read.
    public static let partitionEnd = KafkaErrorCode(rawValue: -191)
    /// An argument or property is wrong.
    public static let invalidArgument = KafkaErrorCode(rawValue: -186)
    /// A local call timed out.
    public static let timedOut = KafkaErrorCode(rawValue: -185)
    /// The local send queue is full.
    public static let queueFull = KafkaErrorCode(rawValue: -184)
    /// No broker connection is up.
    public static let allBrokersDown = KafkaErrorCode(rawValue: -187)
    /// A call does not fit the client's state.
    public static let wrongState = KafkaErrorCode(rawValue: -172)
    /// The broker lacks the feature.
    public static let unsupportedFeature = KafkaErrorCode(rawValue: -165)
    /// The record was purged from the local queue.
    public static let purgedInQueue = KafkaErrorCode(rawValue: -152)
    /// The host ran out of something.
    public static let resourceFailed = KafkaErrorCode(rawValue: -194)
    /// The client is beyond repair.
    public static let fatal = KafkaErrorCode(rawValue: -150)
    /// Another producer took over the transactional id, as the client says it.
    public static let fenced = KafkaErrorCode(rawValue: -144)
    /// `auto.offset.reset` is `error` and the offset is not there.
    public static let autoOffsetReset = KafkaErrorCode(rawValue: -140)
    /// Success.
    public static let none = KafkaErrorCode(rawValue: 0)
    /// The topic or partition does not exist.
    public static let unknownTopicOrPartition = KafkaErrorCode(rawValue: 3)
    /// The broker refuses the record's size.
    public static let messageTooLarge = KafkaErrorCode(rawValue: 10)
    /// The coordinator is loading its state.
    public static let coordinatorLoading = KafkaErrorCode(rawValue: 14)
    /// The coordinator is elsewhere.
    public static let notCoordinator = KafkaErrorCode(rawValue: 16)
    /// The group generation is over.
    public static let illegalGeneration = KafkaErrorCode(rawValue: 22)
    /// The group does not know the member.
    public static let unknownMember = KafkaErrorCode(rawValue: 25)
    /// The identity may not use the topic.
    public static let topicAuthorizationFailed = KafkaErrorCode(rawValue: 29)
    /// The producer's epoch is over.
    public static let invalidProducerEpoch = KafkaErrorCode(rawValue: 47)
    /// The transaction is in another state at the coordinator.
    public static let invalidTransactionState = KafkaErrorCode(rawValue: 48)
    /// The producer id does not belong to the transactional id.
    public static let invalidProducerIDMapping = KafkaErrorCode(rawValue: 49)
    /// The previous transaction is still being completed.
    public static let concurrentTransactions = KafkaErrorCode(rawValue: 51)
    /// Committed offsets are hidden by an open transaction.
    public static let unstableOffsets = KafkaErrorCode(rawValue: 88)
    /// Another producer took over the transactional id, as the broker says it.
    public static let producerFenced = KafkaErrorCode(rawValue: 90)
}
