internal import CRdKafka
internal import Glibc
internal import Synchronization

/// How many records and queues of one consumer are alive.
internal struct LiveCount: @unchecked Sendable {
    // SAFETY: the counter is atomic, and its memory is given back only at close, when the count is zero.
    private let counter: UnsafeMutablePointer<Atomic<Int>>

    init() {
        counter = .allocate(capacity: 1)
        counter.initialize(to: Atomic(0))
    }

    // Relaxed: the count is read after the threads that held records were joined, which orders it.
    func increment() { counter.pointee.wrappingAdd(1, ordering: .relaxed) }
    func decrement() { counter.pointee.wrappingSubtract(1, ordering: .relaxed) }
    var value: Int { counter.pointee.load(ordering: .relaxed) }

    func deallocate() {
        counter.deinitialize(count: 1)
        counter.deallocate()
    }
}

/// One record read from Kafka: the owner of its memory.
///
/// It may be handed to another thread, and must be gone before its consumer is closed. It keeps the whole fetch
/// response it came in alive, so copy what must stay, and let it go early. Bytes handed out live as long as it.
public struct ConsumerRecord: ~Copyable, @unchecked Sendable {
    // SAFETY: the message is owned by this value alone, and librdkafka allows to destroy it on any thread.
    private let message: UnsafeMutablePointer<rd_kafka_message_t>
    private let live: LiveCount
    /// The number its queue was opened with for the topic.
    public let topicIndex: Int

    internal init(
        message: UnsafeMutablePointer<rd_kafka_message_t>, topicIndex: Int, live: LiveCount
    ) {
        self.message = message
        self.topicIndex = topicIndex
        self.live = live
        live.increment()
    }

    deinit {
        rd_kafka_message_destroy(message)
        live.decrement()
    }

    /// The partition's number.
    public var partition: Int32 { message.pointee.partition }

    /// The record's offset in its partition.
    public var offset: Int64 { message.pointee.offset }

    /// Milliseconds since 1970 UTC, or nil if the record has no timestamp.
    public var timestampMilliseconds: Int64? {
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let time = rd_kafka_message_timestamp(message, &kind)
        // -1 is the protocol's own word for none.
        return kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || time == -1 ? nil : time
    }

    /// The key's bytes, valid while the record lives; nil if the key is null, which is not empty.
    public var key: UnsafeRawBufferPointer? {
        guard let start = message.pointee.key else { return nil }
        return UnsafeRawBufferPointer(start: start, count: message.pointee.key_len)
    }

    /// The value's bytes, valid while the record lives; nil if the value is null, which is not empty.
    public var value: UnsafeRawBufferPointer? {
        guard let start = message.pointee.payload else { return nil }
        return UnsafeRawBufferPointer(start: start, count: message.pointee.len)
    }

    /// Calls `body` for each header, in order, with its name and its value, which may be null.
    ///
    /// Headers are parsed at the first call only. The bytes are valid while the record lives. Throws
    /// `.corruptData` if they do not parse; none has been visited then.
    public func forEachHeader(
        _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) -> Void
    ) throws(KafkaError) {
        var headers: OpaquePointer?
        let result = rd_kafka_message_headers(message, &headers)
        if result == RD_KAFKA_RESP_ERR__NOENT { return }
        try check(result, "read headers")
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var byteCount = 0
        var index = 0
        // BOUND: the number of headers in one record.
        while rd_kafka_header_get_all(headers, index, &name, &value, &byteCount) == RD_KAFKA_RESP_ERR_NO_ERROR
        {
            index += 1
            guard let name else { continue }
            body(
                UnsafeRawBufferPointer(start: name, count: strlen(name)),
                value.map { UnsafeRawBufferPointer(start: $0, count: byteCount) })
        }
    }
}
