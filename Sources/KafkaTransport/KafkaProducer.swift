internal import CRdKafka

/// What became of a call to `produce`.
public enum ProduceOutcome: Sendable {
    /// The record was copied and will be reported on.
    case queued
    /// The send queue is full, nothing was taken: `poll`, then try again.
    case queueFull
}

/// A topic opened at a producer, for `produce`.
public struct ProducerTopic: Hashable, Sendable {
    internal let index: Int
}

/// An idempotent, and with a transactional id transactional, producer.
///
/// One thread owns it: the first that calls anything; callbacks of librdkafka come inside its calls. It must be
/// closed explicitly. Records are partitioned like the Java client does: murmur2 of the key, at random without one.
public final class KafkaProducer {
    internal let client: OpaquePointer
    private let inbox = ProducerInbox()
    private var topics: [(name: String, handle: OpaquePointer)] = []
    private let values: UnsafeMutablePointer<rd_kafka_vu_t>
    internal var owner = ThreadOwner()
    private var isClosed = false
    /// The most values one `produce` passes to librdkafka: topic, partition, flags, opaque, time, key, value, headers.
    private static let valueCountMax = 8

    /// Makes a producer, which begins to connect at once. Throws `.configuration`.
    public init(_ configuration: ProducerConfiguration) throws(KafkaError) {
        let operation = "make producer"
        let properties = try configuration.effectiveProperties()
        let settings = try ClientHandle.configuration(properties, operation: operation)
        inbox.receive(from: settings)
        client = try ClientHandle.make(RD_KAFKA_PRODUCER, settings, operation: operation)
        values = .allocate(capacity: Self.valueCountMax)
        values.initialize(repeating: rd_kafka_vu_t(), count: Self.valueCountMax)
    }

    deinit {
        precondition(isClosed, "a producer must be closed before it is let go")
        values.deallocate()
    }

    internal func enter() {
        owner.check()
        precondition(!isClosed, "the producer is closed")
    }

    /// Lets the next thread that uses the producer own it. The caller sees to it that it is the only one.
    public func releaseThread() { owner.release() }

    /// Opens a topic, once per name; the same name gives the same topic. Asks no broker.
    public func topic(named name: String) throws(KafkaError) -> ProducerTopic {
        enter()
        if let index = topics.firstIndex(where: { $0.name == name }) { return ProducerTopic(index: index) }
        guard let handle = rd_kafka_topic_new(client, name, nil) else {
            throw KafkaError(rd_kafka_last_error(), "open topic \(name)")
        }
        topics.append((name, handle))
        return ProducerTopic(index: topics.count - 1)
    }

    /// Copies a record into the send queue.
    ///
    /// - Parameters:
    ///   - topic: Where to.
    ///   - partition: The partition, or nil for the one of the key's hash.
    ///   - key: The key's bytes, or nil for null, which is not empty.
    ///   - value: The value's bytes, or nil for null, which is not empty.
    ///   - headers: Copied as well.
    ///   - timestampMilliseconds: Since 1970 UTC; nil, and to librdkafka 0 as well, for now.
    ///   - token: Comes back in the delivery report.
    /// - Throws: `.messageTooLarge`, `.unknownTopic` and what else librdkafka refuses at once, also `.fatal`.
    public func produce(
        to topic: ProducerTopic, partition: Int32? = nil, key: UnsafeRawBufferPointer?,
        value: UnsafeRawBufferPointer?, headers: borrowing RecordHeaders = RecordHeaders(),
        timestampMilliseconds: Int64? = nil, token: UInt64 = 0
    ) throws(KafkaError) -> ProduceOutcome {
        var copy = headers.copied()
        return try produce(
            to: topic, partition: partition, key: key, value: value, handingOver: &copy,
            timestampMilliseconds: timestampMilliseconds, token: token)
    }

    /// Copies a record into the send queue and hands its headers over, which are empty after it was queued.
    ///
    /// Otherwise they are as they were, for the next try. See the other form for the rest.
    public func produce(
        to topic: ProducerTopic, partition: Int32? = nil, key: UnsafeRawBufferPointer?,
        value: UnsafeRawBufferPointer?, handingOver headers: inout RecordHeaders,
        timestampMilliseconds: Int64? = nil, token: UInt64 = 0
    ) throws(KafkaError) -> ProduceOutcome {
        enter()
        var count = 0
        func add(_ type: rd_kafka_vtype_t, _ set: (inout rd_kafka_vu_t) -> Void) {
            values[count].vtype = type
            set(&values[count])
            count += 1
        }
        add(RD_KAFKA_VTYPE_RKT) { $0.u.rkt = topics[topic.index].handle }
        add(RD_KAFKA_VTYPE_PARTITION) { $0.u.i32 = partition ?? RD_KAFKA_PARTITION_UA }
        add(RD_KAFKA_VTYPE_MSGFLAGS) { $0.u.i = RD_KAFKA_MSG_F_COPY }
        add(RD_KAFKA_VTYPE_OPAQUE) { $0.u.ptr = UnsafeMutableRawPointer(bitPattern: UInt(token)) }
        if let key { add(RD_KAFKA_VTYPE_KEY) { Self.set(&$0, key) } }
        if let value { add(RD_KAFKA_VTYPE_VALUE) { Self.set(&$0, value) } }
        if let timestampMilliseconds {
            add(RD_KAFKA_VTYPE_TIMESTAMP) { $0.u.i64 = timestampMilliseconds }
        }
        let list = headers.list
        if let list { add(RD_KAFKA_VTYPE_HEADERS) { $0.u.headers = list } }
        guard let refusal = rd_kafka_produceva(client, values, count) else {
            headers.list = nil
            return .queued
        }
        let error = KafkaError(consuming: refusal, "produce")
        if error.kind == .queueFull { return .queueFull }
        throw error
    }

    private static func set(_ value: inout rd_kafka_vu_t, _ bytes: UnsafeRawBufferPointer) {
        // A null pointer would mean a null key or value, so an empty one needs an address, which is not read.
        value.u.mem.ptr =
            bytes.baseAddress.map { UnsafeMutableRawPointer(mutating: $0) }
            ?? RecordHeaders.emptyValue
        value.u.mem.size = bytes.count
    }

    /// Serves deliveries, errors, logs and statistics, waiting up to `timeoutMilliseconds` for the first.
    ///
    /// Returns the number of events served; take them with `takeReports` and `takeEvents`.
    @discardableResult
    public func poll(timeoutMilliseconds: Int32) -> Int {
        enter()
        return Int(rd_kafka_poll(client, timeoutMilliseconds))
    }

    /// Appends the delivery reports that came since the last time, in order of arrival, to `reports`.
    ///
    /// At most `queue.buffering.max.messages` records are outstanding, which bounds them.
    public func takeReports(into reports: inout [DeliveryReport]) {
        enter()
        reports.append(contentsOf: inbox.reports)
        inbox.reports.removeAll(keepingCapacity: true)
    }

    /// The errors, log lines and statistics that came since the last time; the oldest beyond 1,000 are lost.
    public func takeEvents() -> [KafkaEvent] {
        enter()
        return inbox.takeEvents()
    }

    /// Records and reports not yet delivered or served.
    public var queueLength: Int {
        enter()
        return Int(rd_kafka_outq_len(client))
    }

    /// Sends everything and waits until all is delivered and reported. Throws `.timedOut` if some is left.
    public func flush(timeoutMilliseconds: Int32) throws(KafkaError) {
        enter()
        try check(rd_kafka_flush(client, timeoutMilliseconds), "flush")
    }

    /// Drops every record not yet delivered; reports say `.cancelled`. What was in flight may yet be written.
    public func purge() throws(KafkaError) {
        enter()
        try check(rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT), "purge")
    }

    /// The error that ended the producer for good, if there was one.
    public var fatalError: KafkaError? {
        enter()
        return ClientHandle.fatalError(of: client)
    }

    /// Drops what was not delivered and destroys the client. Blocks until librdkafka's threads ended.
    ///
    /// `flush` or `commitTransaction` first if the records matter. Reports not yet taken are lost.
    public func close() {
        enter()
        // What is left in the queue would keep the topic handles, and destroying would wait for it.
        rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        rd_kafka_poll(client, 0)
        isClosed = true
        for topic in topics { rd_kafka_topic_destroy(topic.handle) }
        topics = []
        rd_kafka_destroy(client)
    }
}
