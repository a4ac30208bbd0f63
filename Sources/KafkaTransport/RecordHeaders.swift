internal import CRdKafka

/// The headers of a record to be written, in order; names may repeat.
///
/// Belongs to one thread at a time. May be used for any number of records.
public struct RecordHeaders: ~Copyable, @unchecked Sendable {
    // SAFETY: the list is owned by this non-copyable value alone.
    internal var list: OpaquePointer?

    /// Makes an empty list, which costs nothing until the first header.
    public init() {}

    deinit { if let list { rd_kafka_headers_destroy(list) } }

    /// The number of headers.
    public var count: Int { list.map { rd_kafka_header_cnt($0) } ?? 0 }

    /// Appends a header, copying both.
    public mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        if list == nil { list = rd_kafka_headers_new(8) }
        // A null pointer would mean a null value, so an empty one needs an address, which is not read.
        let start = value.map { $0.baseAddress ?? UnsafeRawPointer(Self.emptyValue) }
        _ = withUnsafeBytes(of: UInt8(0)) { terminator in
            rd_kafka_header_add(
                list, (name.baseAddress ?? terminator.baseAddress)?.assumingMemoryBound(to: CChar.self),
                name.count, start, value?.count ?? 0)
        }
    }

    /// Appends a header of text, or of a null value.
    public mutating func append(_ name: String, _ value: String?) {
        var name = name
        guard var value else {
            name.withUTF8 { append(name: UnsafeRawBufferPointer($0), value: nil) }
            return
        }
        name.withUTF8 { name in
            value.withUTF8 { append(name: UnsafeRawBufferPointer(name), value: UnsafeRawBufferPointer($0)) }
        }
    }

    /// A copy, for librdkafka to take over with a record.
    internal borrowing func copied() -> RecordHeaders {
        var copy = RecordHeaders()
        copy.list = list.flatMap { rd_kafka_headers_copy($0) }
        return copy
    }

    // SAFETY: one byte for the life of the process, never read or written.
    nonisolated(unsafe) internal static let emptyValue = UnsafeMutableRawPointer.allocate(
        byteCount: 1, alignment: 1)
}
