import KafkaTransport
import Settings

/// Something that goes wrong with Kafka while a daemon works, or before it starts.
struct BrokerFault: Sendable {
    static let brokerCount = 2

    /// What happens to the cluster.
    enum Strike: Sendable {
        /// The next requests of a kind fail, at every broker, with these codes one after the other.
        case requests(KafkaRequest, [KafkaErrorCode])
        /// What is asked about topics, by Metadata and AddPartitionsToTxn, fails for a while.
        case topics(KafkaErrorCode)
        /// A broker goes away and comes back.
        case brokerAway(Int32)
        /// Nobody answers for a while.
        case allAway
        /// Leaders of all partitions move, and move back.
        case leadersMove
        /// The coordinators of group and transactions move while commits go on.
        case coordinatorsMove
        /// The coordinator goes away in the middle of commits, and another broker takes over.
        case coordinatorLost
        /// Every answer is late.
        case late(Int32)
    }

    var name: String
    var strike: Strike
    /// Whether it happens before the daemon starts; else when it has worked for a moment.
    var isBeforeStart = false

    /// Whether requests to write records fail.
    var isOfWriting: Bool {
        if case .requests(.produce, _) = strike { return true }
        return false
    }

    /// Codes that the embedded broker gives out. Source: Kafka protocol guide, error codes.
    private enum Code {
        static let leaderNotAvailable = KafkaErrorCode(rawValue: 5)
        static let notLeader = KafkaErrorCode(rawValue: 6)
        static let requestTimedOut = KafkaErrorCode(rawValue: 7)
        static let coordinatorNotAvailable = KafkaErrorCode(rawValue: 15)
        static let notEnoughReplicas = KafkaErrorCode(rawValue: 19)
        static let rebalance = KafkaErrorCode(rawValue: 27)
    }

    /// One table row a request that the daemon uses; both guarantees.
    static let requests: [BrokerFault] = [
        BrokerFault("Metadata without leaders", .topics(Code.leaderNotAvailable)),
        BrokerFault("Metadata without topics", .topics(.unknownTopicOrPartition)),
        BrokerFault("FindCoordinator", .findCoordinator, [Code.coordinatorNotAvailable, .transport]),
        BrokerFault("JoinGroup", .joinGroup, [.coordinatorLoading, Code.rebalance, .transport]),
        BrokerFault("SyncGroup", .syncGroup, [Code.rebalance, .notCoordinator, .transport]),
        BrokerFault("OffsetFetch", .offsetFetch, [.coordinatorLoading, .notCoordinator, .transport]),
        BrokerFault("ListOffsets", .listOffsets, [Code.notLeader, Code.leaderNotAvailable, .transport]),
        BrokerFault("Heartbeat", .heartbeat, [.notCoordinator, Code.rebalance], isBeforeStart: false),
        BrokerFault("Heartbeat of a stranger", .heartbeat, [.unknownMember], isBeforeStart: false),
        BrokerFault("Heartbeat of the past", .heartbeat, [.illegalGeneration], isBeforeStart: false),
        BrokerFault(
            "Fetch", .fetch, [Code.notLeader, .transport, Code.requestTimedOut], isBeforeStart: false),
        BrokerFault(
            "Produce", .produce,
            [Code.notLeader, Code.requestTimedOut, Code.notEnoughReplicas, .transport], isBeforeStart: false),
    ]

    static let commits: [BrokerFault] = [
        BrokerFault(
            "OffsetCommit", .offsetCommit,
            [.coordinatorLoading, .notCoordinator, Code.requestTimedOut, .transport], isBeforeStart: false),
        BrokerFault(
            "OffsetCommit of the past", .offsetCommit, [.illegalGeneration, .unknownMember],
            isBeforeStart: false),
    ]

    static let transactions: [BrokerFault] = [
        BrokerFault(
            "InitProducerId", .initProducerID,
            [.coordinatorLoading, .notCoordinator, .concurrentTransactions, .transport]),
        BrokerFault(
            "AddPartitionsToTxn", .addPartitionsToTransaction,
            [.coordinatorLoading, .concurrentTransactions, .notCoordinator, .transport],
            isBeforeStart: false),
        BrokerFault(
            "AddOffsetsToTxn", .addOffsetsToTransaction,
            [.coordinatorLoading, .notCoordinator, .concurrentTransactions, .transport],
            isBeforeStart: false),
        BrokerFault(
            "TxnOffsetCommit", .transactionOffsetCommit,
            [.coordinatorLoading, .notCoordinator, .transport], isBeforeStart: false),
        BrokerFault(
            "TxnOffsetCommit of the past", .transactionOffsetCommit, [.illegalGeneration],
            isBeforeStart: false),
        BrokerFault(
            "EndTxn", .endTransaction, [.coordinatorLoading, .notCoordinator, .transport],
            isBeforeStart: false),
        BrokerFault(
            "EndTxn of a lost epoch", .endTransaction, [.invalidProducerEpoch], isBeforeStart: false),
        BrokerFault(
            "AddPartitionsToTxn of a lost id", .addPartitionsToTransaction, [.invalidProducerIDMapping],
            isBeforeStart: false),
    ]

    static let network: [BrokerFault] = [
        BrokerFault("a broker away", .brokerAway(1)), BrokerFault("the other broker away", .brokerAway(2)),
        BrokerFault("nobody there", .allAway), BrokerFault("leaders move", .leadersMove),
        BrokerFault("coordinators move", .coordinatorsMove),
        BrokerFault("coordinator lost in a commit", .coordinatorLost),
        BrokerFault("answers late", .late(250)),
    ]

    init(_ name: String, _ strike: Strike) {
        self.name = name
        self.strike = strike
    }

    private init(
        _ name: String, _ request: KafkaRequest, _ errors: [KafkaErrorCode], isBeforeStart: Bool = true
    ) {
        self.name = name
        strike = .requests(request, errors)
        self.isBeforeStart = isBeforeStart
    }

    /// What to do for `delivery`.
    static func all(_ delivery: DeliveryGuarantee) -> [BrokerFault] {
        requests + (delivery == .exactlyOnce ? transactions : commits) + network
    }
}
