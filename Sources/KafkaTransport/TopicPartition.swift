internal import CRdKafka

/// A partition of a topic.
public struct TopicPartition: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The topic's name.
    public let topic: String
    /// The partition's number, from 0.
    public let partition: Int32

    /// Names a partition.
    public init(_ topic: String, _ partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    /// `topic/partition`.
    public var description: String { "\(topic)/\(partition)" }

    /// Orders by topic, byte for byte, then partition.
    public static func < (left: TopicPartition, right: TopicPartition) -> Bool {
        if left.topic == right.topic { return left.partition < right.partition }
        return left.topic.utf8.lexicographicallyPrecedes(right.topic.utf8)
    }
}

/// A place in a partition, or one of Kafka's names for a place.
public struct KafkaOffset: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The offset of a record from 0, or a negative number with a meaning of its own.
    public let rawValue: Int64

    /// Wraps a number.
    public init(rawValue: Int64) { self.rawValue = rawValue }

    /// The offset of a record.
    public init(_ value: Int64) { rawValue = value }

    /// The oldest record there is.
    public static let beginning = KafkaOffset(-2)
    /// The next record that will be written.
    public static let end = KafkaOffset(-1)
    /// The group's committed offset.
    public static let stored = KafkaOffset(-1_000)
    /// No offset at all.
    public static let none = KafkaOffset(-1_001)

    /// The number, unless it is one of the names.
    public var value: Int64? { rawValue >= 0 ? rawValue : nil }

    /// The number or the name.
    public var description: String {
        switch self {
        case .beginning: "beginning"
        case .end: "end"
        case .stored: "stored"
        case .none: "none"
        default: String(rawValue)
        }
    }
}

/// A partition with an offset and the text committed with it.
public struct PartitionOffset: Hashable, Sendable {
    /// Which partition.
    public var partition: TopicPartition
    /// Where in it; when committing, the next offset to read.
    public var offset: KafkaOffset
    /// Text kept with a committed offset, ASCII; the broker's limit is 4,096 bytes by default.
    public var metadata: String?

    /// Makes a place in a partition.
    public init(_ partition: TopicPartition, _ offset: KafkaOffset, metadata: String? = nil) {
        self.partition = partition
        self.offset = offset
        self.metadata = metadata
    }
}

/// Owns a partition list of librdkafka.
internal struct PartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(_ partitions: [TopicPartition]) {
        pointer = rd_kafka_topic_partition_list_new(Int32(partitions.count))
        for entry in partitions {
            rd_kafka_topic_partition_list_add(pointer, entry.topic, entry.partition)
        }
    }

    init(_ offsets: [PartitionOffset]) {
        pointer = rd_kafka_topic_partition_list_new(Int32(offsets.count))
        for entry in offsets {
            let element = rd_kafka_topic_partition_list_add(
                pointer, entry.partition.topic, entry.partition.partition)
            element?.pointee.offset = entry.offset.rawValue
            guard let metadata = entry.metadata else { continue }
            var bytes = Array(metadata.utf8)
            // SAFETY: librdkafka frees the copy with the list, using its own allocator's free.
            let copy = rd_kafka_mem_malloc(nil, max(bytes.count, 1))
            copy?.copyMemory(from: &bytes, byteCount: bytes.count)
            element?.pointee.metadata = copy
            element?.pointee.metadata_size = bytes.count
        }
    }

    deinit { rd_kafka_topic_partition_list_destroy(pointer) }

    /// The first error that librdkafka put on one of the partitions.
    func checkEach(_ operation: String) throws(KafkaError) {
        for element in Self.elements(of: pointer) where element.err != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw KafkaError(
                element.err, operation,
                message: "\(String(cString: element.topic))/\(element.partition): "
                    + KafkaErrorCode(element.err).explanation)
        }
    }

    var offsets: [PartitionOffset] { Self.offsets(of: pointer) }

    static func elements(
        of list: UnsafePointer<rd_kafka_topic_partition_list_t>?
    ) -> UnsafeBufferPointer<rd_kafka_topic_partition_t> {
        guard let list else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt))
    }

    static func offsets(of list: UnsafePointer<rd_kafka_topic_partition_list_t>?) -> [PartitionOffset] {
        elements(of: list).map { element in
            let bytes = UnsafeRawBufferPointer(start: element.metadata, count: element.metadata_size)
            return PartitionOffset(
                TopicPartition(String(cString: element.topic), element.partition),
                KafkaOffset(element.offset),
                metadata: element.metadata == nil ? nil : String(decoding: bytes, as: UTF8.self))
        }
    }

    static func partitions(of list: UnsafePointer<rd_kafka_topic_partition_list_t>?) -> [TopicPartition] {
        elements(of: list).map { TopicPartition(String(cString: $0.topic), $0.partition) }
    }
}
