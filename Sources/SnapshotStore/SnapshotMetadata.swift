import Primitives

/// What the writer of a snapshot says about it: named values, opaque to the store.
///
/// Stored as count (4), then for each name and value its byte count (4) and bytes, little-endian.
public struct SnapshotMetadata: Equatable, Sendable {
    /// The name of the state's own header, of which `tetik snapshot` reads the counts.
    public static let stateHeader = "state"
    /// The name of the rules' text.
    public static let rules = "rules"
    /// The name of the cluster's id.
    public static let cluster = "cluster"
    /// The name of the consumer group.
    public static let group = "group"

    /// BOUND: bytes of all names and values.
    public static let byteCountMax = 4 << 20

    /// The names and values, in the order they were given.
    public private(set) var entries: [(name: String, value: [UInt8])] = []

    /// Nothing.
    public init() {}

    /// The value of a name: of several the first; nil if there is none.
    public subscript(name: String) -> [UInt8]? { entries.first { $0.name == name }?.value }

    /// The value of a name as text; nil if there is none, or it is no UTF-8.
    public func text(_ name: String) -> String? {
        self[name].flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// Adds a value.
    public mutating func add(_ name: String, _ value: [UInt8]) { entries.append((name, value)) }

    /// Adds a text.
    public mutating func add(_ name: String, text: String) { add(name, Array(text.utf8)) }

    /// Whether names and values are the same, in the same order.
    public static func == (left: SnapshotMetadata, right: SnapshotMetadata) -> Bool {
        left.entries.elementsEqual(right.entries) { $0.name == $1.name && $0.value == $1.value }
    }
}

extension SnapshotMetadata {
    func append(to writer: inout ByteWriter) {
        writer.append(fixed: UInt32(entries.count))
        for (name, value) in entries {
            for bytes in [Array(name.utf8), value] {
                writer.append(fixed: UInt32(bytes.count))
                bytes.withUnsafeBytes { writer.append($0) }
            }
        }
    }

    /// Nil if the bytes make no sense.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var cursor = FixedCursor(bytes)
        guard let count: UInt32 = cursor.next() else { return nil }
        for _ in 0..<count {
            guard let name = cursor.nextBytes(), let value = cursor.nextBytes(),
                let text = String(validating: name, as: UTF8.self)
            else { return nil }
            add(text, Array(value))
        }
        guard cursor.rest == 0 else { return nil }
    }
}

/// Reads numbers of fixed width, as long as there are enough bytes.
struct FixedCursor {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var rest: Int { bytes.count - offset }

    mutating func next<Number: FixedWidthInteger & BitwiseCopyable>() -> Number? {
        let byteCount = MemoryLayout<Number>.size
        guard rest >= byteCount else { return nil }
        defer { offset += byteCount }
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }

    /// Bytes that are preceded by their count.
    mutating func nextBytes() -> UnsafeRawBufferPointer? {
        guard let count: UInt32 = next(), Int(count) <= rest else { return nil }
        defer { offset += Int(count) }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(count)])
    }
}

extension ByteWriter {
    /// Appends a number in its own width, little-endian.
    mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(fixed number: Number) {
        withUnsafeBytes(of: number.littleEndian) { append($0) }
    }
}
