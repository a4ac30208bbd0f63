internal import CRdKafka

/// Proof of membership in a consumer group, for `KafkaProducer.sendOffsets`.
///
/// The only fence between two owners of a partition is the broker's check of member and generation, so take it
/// once, in the assign conversation, and use it for all work of that assignment. A plain value.
public struct GroupMetadata: Hashable, Sendable {
    /// The group.
    public let groupID: String
    /// The member's id, never empty: with an empty one the broker checks nothing.
    public let memberID: String
    /// The generation, counted up by each rebalance.
    public let generation: Int32
    private let serialized: [UInt8]

    /// librdkafka 2.0.2 to 2.x write: these bytes, generation (native Int32), group, member, both 0-terminated.
    /// Source: rd_kafka_consumer_group_metadata_write in rdkafka_cgrp.c. The format is private to librdkafka:
    /// any other magic is refused.
    private static let magic = Array("CGMDv2:".utf8)

    internal init(client: OpaquePointer) throws(KafkaError) {
        guard let metadata = rd_kafka_consumer_group_metadata(client) else {
            throw KafkaError(code: .wrongState, operation: "read group metadata", message: "not in a group")
        }
        defer { rd_kafka_consumer_group_metadata_destroy(metadata) }
        try self.init(metadata: metadata)
    }

    /// Makes metadata for tests of fencing: whatever it says, no membership stands behind it.
    public init(groupID: String, generation: Int32, memberID: String) throws(KafkaError) {
        guard
            let metadata = rd_kafka_consumer_group_metadata_new_with_genid(groupID, generation, memberID, nil)
        else { throw KafkaError(code: .invalidArgument, operation: "make group metadata") }
        defer { rd_kafka_consumer_group_metadata_destroy(metadata) }
        try self.init(metadata: metadata)
    }

    private init(metadata: OpaquePointer) throws(KafkaError) {
        let operation = "read group metadata"
        var start: UnsafeMutableRawPointer?
        var byteCount = 0
        try check(rd_kafka_consumer_group_metadata_write(metadata, &start, &byteCount), operation)
        let bytes = Array(UnsafeRawBufferPointer(start: start, count: byteCount))
        rd_kafka_mem_free(nil, start)

        let texts = Self.magic.count + MemoryLayout<Int32>.size
        guard bytes.count > texts, bytes.starts(with: Self.magic) else {
            throw KafkaError(
                code: .unsupportedFeature, operation: operation,
                message: "librdkafka \(LibraryVersion.linked) writes it in a way not known here")
        }
        let fields = bytes[texts...].split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        let generation = bytes[Self.magic.count..<texts].withUnsafeBytes { $0.loadUnaligned(as: Int32.self) }
        guard fields.count == 3, !fields[1].isEmpty, generation >= 0 else {
            throw KafkaError(
                code: .unknownMember, operation: operation,
                message: "not a member now: an empty member would not be fenced by the broker")
        }
        groupID = String(decoding: fields[0], as: UTF8.self)
        memberID = String(decoding: fields[1], as: UTF8.self)
        self.generation = generation
        serialized = bytes
    }

    /// Calls `body` with an object of librdkafka that lives as long as the call.
    internal func withObject<Result>(_ body: (OpaquePointer) -> Result) throws(KafkaError) -> Result {
        var object: OpaquePointer?
        try check(
            rd_kafka_consumer_group_metadata_read(&object, serialized, serialized.count), "use group metadata"
        )
        guard let object else { throw KafkaError(code: .resourceFailed, operation: "use group metadata") }
        defer { rd_kafka_consumer_group_metadata_destroy(object) }
        return body(object)
    }
}
