internal import CRdKafka
internal import Synchronization

/// What to do with partitions the group assigned.
public enum AssignDecision: Sendable {
    /// Read these, from these explicit offsets.
    case start([PartitionOffset])
    /// Read nothing; the group believes they are ours until the consumer is closed.
    case refuse
}

/// The other side of the rebalance conversation: called inside `KafkaConsumer.poll` and `close`, on their thread.
public protocol RebalanceHandler {
    /// Says from where to read. Queues for the partitions must be opened in here, before they are assigned.
    ///
    /// May block and use the consumer, except for `poll` and `close`.
    mutating func assigned(_ partitions: [TopicPartition], consumer: KafkaConsumer) -> AssignDecision

    /// Finishes work on the partitions; when it returns, they are given up.
    ///
    /// With `isLost` others may own them already: discard instead of finishing. May block (the group waits, up to
    /// the session timeout) and use the consumer, except for `poll` and `close`.
    mutating func revoked(_ partitions: [TopicPartition], isLost: Bool, consumer: KafkaConsumer)
}

/// A consumer, either a member of a group (`subscribe`) or of explicit partitions only (`assign`).
///
/// One thread owns it: the first that calls anything but `signal`. It must be closed explicitly, after every
/// record and partition queue is gone.
public final class KafkaConsumer {
    internal private(set) var client: OpaquePointer
    private let mainQueue: OpaquePointer
    internal let live = LiveCount()
    internal var owner = ThreadOwner()
    internal private(set) var isClosed = false
    /// What the handler was given and not yet asked to give up.
    internal var held: [TopicPartition] = []
    /// Wakes or waits for the main queue, and for partition queues opened without a signal of their own.
    public let signal: QueueSignal

    /// Makes a consumer, which begins to connect at once. Throws `.configuration`.
    public init(_ configuration: ConsumerConfiguration) throws(KafkaError) {
        let operation = "make consumer"
        signal = try QueueSignal()
        let properties = try configuration.effectiveProperties()
        let settings = try ClientHandle.configuration(properties, operation: operation)
        rd_kafka_conf_set_events(
            settings,
            RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT | RD_KAFKA_EVENT_ERROR
                | RD_KAFKA_EVENT_STATS | RD_KAFKA_EVENT_LOG)
        client = try ClientHandle.make(RD_KAFKA_CONSUMER, settings, operation: operation)
        rd_kafka_poll_set_consumer(client)
        guard let queue = rd_kafka_queue_get_consumer(client) else {
            rd_kafka_destroy(client)
            live.deallocate()
            throw KafkaError(code: .wrongState, operation: operation, message: "there is no consumer queue")
        }
        mainQueue = queue
        waker = ConsumerWaker(queue: queue, signal: signal)
        signal.enable(on: queue)
    }

    deinit { precondition(isClosed, "a consumer must be closed before it is let go") }

    /// Checks the thread and that the consumer is open.
    internal func enter() {
        owner.check()
        precondition(!isClosed, "the consumer is closed")
    }

    /// Lets the next thread that uses the consumer own it. The caller sees to it that it is the only one.
    public func releaseThread() { owner.release() }

    /// Joins the group for `topics`, replacing an earlier subscription. Returns at once; `poll` does the rest.
    public func subscribe(to topics: [String]) throws(KafkaError) {
        enter()
        let list = PartitionList(topics.map { TopicPartition($0, RD_KAFKA_PARTITION_UA) })
        try check(rd_kafka_subscribe(client, list.pointer), "subscribe")
    }

    /// Reads exactly `offsets`, replacing what was assigned; an empty list stops reading. Only without
    /// `subscribe`. Open queues for the partitions first.
    public func assign(_ offsets: [PartitionOffset]) throws(KafkaError) {
        enter()
        let list = PartitionList(offsets)
        try check(rd_kafka_assign(client, offsets.isEmpty ? nil : list.pointer), "assign")
    }

    /// Opens the queue of a partition, before the partition is assigned.
    ///
    /// Records carry `topicIndex`. News is told to `signal`, by default to the consumer's own.
    public func openQueue(
        for partition: TopicPartition, topicIndex: Int, signal: QueueSignal? = nil
    ) throws(KafkaError) -> PartitionQueue {
        enter()
        return try PartitionQueue(
            client: client, partition: partition, topicIndex: topicIndex, signal: signal ?? self.signal,
            live: live)
    }

    /// Serves the main queue until it gives an event, or nil after `timeoutMilliseconds`.
    ///
    /// Must be called at least every `max.poll.interval.ms`, also while partition queues are left unread. Throws
    /// what a failed assign or unassign gave. To wait for partition queues as well, poll with 0 until nil and
    /// then wait on `signal`.
    public func poll<Handler: RebalanceHandler>(
        timeoutMilliseconds: Int32, handler: inout Handler
    ) throws(KafkaError) -> KafkaEvent? {
        enter()
        return try serve(mainQueue, timeoutMilliseconds, &handler)
    }

    /// Serves the main queue of a consumer without a subscription.
    public func poll(timeoutMilliseconds: Int32) throws(KafkaError) -> KafkaEvent? {
        var handler = NoRebalance()
        return try poll(timeoutMilliseconds: timeoutMilliseconds, handler: &handler)
    }

    /// Ends a `poll` or `signal.wait` of this consumer from any thread; harmless after it was closed.
    public let waker: ConsumerWaker

    /// Leaves the group, with a last `revoked` conversation if anything is assigned, and destroys the client.
    ///
    /// All records and queues must be gone by then: our bug otherwise. `revoked` still runs before, so the
    /// handler may let go of its queues in it. After `timeoutMilliseconds`, or a fatal error, `isLost` is true and
    /// the group is left to find out by its session timeout. Blocks until then, plus what `revoked` takes.
    public func close<Handler: RebalanceHandler>(timeoutMilliseconds: Int32, handler: inout Handler) {
        enter()
        let deadline = Deadline(milliseconds: timeoutMilliseconds)
        let closing = rd_kafka_queue_new(client)
        QueueSignal.disable(on: mainQueue)
        let refusal = rd_kafka_consumer_close_queue(client, closing)
        if let refusal {
            rd_kafka_error_destroy(refusal)
        } else if let closing {
            // BOUND: the deadline.
            while rd_kafka_consumer_closed(client) == 0, deadline.remainingMilliseconds() > 0 {
                _ = try? serve(closing, min(100, deadline.remainingMilliseconds()), &handler)
            }
        }
        let isClean = rd_kafka_consumer_closed(client) != 0
        // A client that is beyond repair, or whose brokers are away, does not ask for it.
        if !held.isEmpty { handler.revoked(held, isLost: true, consumer: self) }
        held = []
        isClosed = true
        precondition(live.value == 0, "\(live.value) records or queues outlive their consumer")
        live.deallocate()
        waker.invalidate()
        rd_kafka_queue_destroy(mainQueue)
        if let closing { rd_kafka_queue_destroy(closing) }
        if isClean {
            rd_kafka_destroy(client)
        } else {
            ClientHandle.abandon(client)
        }
    }

    /// Closes a consumer without a subscription.
    public func close(timeoutMilliseconds: Int32 = 10_000) {
        var handler = NoRebalance()
        close(timeoutMilliseconds: timeoutMilliseconds, handler: &handler)
    }
}

/// Ends a `KafkaConsumer.poll` from another thread.
public final class ConsumerWaker: Sendable {
    private struct Queue: @unchecked Sendable {
        // SAFETY: librdkafka locks the queue, and it is used under the mutex only until the consumer closes.
        let pointer: OpaquePointer
    }

    private let queue: Mutex<Queue?>
    private let signal: QueueSignal

    internal init(queue: OpaquePointer, signal: QueueSignal) {
        self.queue = Mutex(Queue(pointer: queue))
        self.signal = signal
    }

    /// Ends the current `poll` or `signal.wait`, or else the next one.
    public func wake() {
        queue.withLock { if let queue = $0 { rd_kafka_queue_yield(queue.pointer) } }
        signal.wake()
    }

    /// Forgets the queue, before it is destroyed.
    internal func invalidate() { queue.withLock { $0 = nil } }
}

/// For consumers that are told their partitions.
private struct NoRebalance: RebalanceHandler {
    func assigned(_ partitions: [TopicPartition], consumer: KafkaConsumer) -> AssignDecision { .refuse }
    func revoked(_ partitions: [TopicPartition], isLost: Bool, consumer: KafkaConsumer) {}
}
