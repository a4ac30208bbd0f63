import Primitives

/// Layout, little-endian: magic `TTKJ`, format (2), 0 (2), chain hash (8), then the body: shard (4), sequence number
/// (8), previous chain (8), generation (4), partition count (4), semantics version (4), math fingerprint (8),
/// watermark (8), writer, cluster id (2 + bytes each), topic count (2), positions (8 each), step count (4), steps.
///
/// A step is a kind (1) and: 0, of input: per topic start (8), end (8), count (4), hash (8); 1, of the watermark: time
/// (8); 2, of rules: text (4 + bytes), per topic an offset (8). The chain hash is over the body, which holds the hash
/// before.
extension JournalRecord {
    private static let magic: UInt32 = 0x4a4b_5454
    private static let headerByteCount = 16

    /// The bytes of the record, and its chain hash.
    public func encoded() -> (bytes: [UInt8], chain: UInt64) {
        var body = ByteWriter(capacity: 1_024)
        body.appendInteger(shard)
        body.appendInteger(sequenceNumber)
        body.appendInteger(previousChain)
        body.appendInteger(generation)
        body.appendInteger(partitionCount)
        body.appendInteger(machine.semanticsVersion)
        body.appendInteger(machine.mathFingerprint)
        body.appendInteger(watermark.milliseconds)
        body.appendShort(writer)
        body.appendShort(clusterID)
        body.appendInteger(UInt16(positions.count))
        for position in positions { body.appendInteger(position) }
        body.appendInteger(UInt32(steps.count))
        for step in steps { Self.append(step, to: &body) }
        let chain = StableHash.hash(body.bytes)
        var bytes = ByteWriter(capacity: body.count + Self.headerByteCount)
        bytes.appendInteger(Self.magic)
        bytes.appendInteger(Self.format)
        bytes.appendInteger(UInt16(0))
        bytes.appendInteger(chain)
        bytes.append(body.bytes)
        return (Array(bytes.bytes), chain)
    }

    private static func append(_ step: SequenceStep, to body: inout ByteWriter) {
        switch step {
        case .input(let ranges):
            body.append(0)
            for range in ranges {
                body.appendInteger(range.start)
                body.appendInteger(range.end)
                body.appendInteger(range.count)
                body.appendInteger(range.hash)
            }
        case .advance(let time):
            body.append(1)
            body.appendInteger(time.milliseconds)
        case .rules(let text, let offsets):
            body.append(2)
            body.appendInteger(UInt32(text.utf8.count))
            body.append(text: text)
            for offset in offsets { body.appendInteger(offset) }
        }
    }

    /// Reads a record and its chain hash.
    public static func decode(_ bytes: UnsafeRawBufferPointer) throws(JournalError) -> (
        JournalRecord, chain: UInt64
    ) {
        var reader = JournalReader(bytes)
        guard try reader.integer(UInt32.self) == magic else { throw .malformed("it begins otherwise") }
        let format = try reader.integer(UInt16.self)
        guard format == Self.format else { throw .unknownFormat(format) }
        _ = try reader.integer(UInt16.self)
        let chain = try reader.integer(UInt64.self)
        guard StableHash.hash(UnsafeRawBufferPointer(rebasing: bytes[headerByteCount...])) == chain else {
            throw .damaged
        }
        var record = JournalRecord(
            shard: try reader.integer(), sequenceNumber: try reader.integer(),
            previousChain: try reader.integer(), writer: "", generation: try reader.integer(), clusterID: "",
            partitionCount: try reader.integer(),
            machine: Machine(
                semanticsVersion: try reader.integer(), mathFingerprint: try reader.integer()),
            watermark: EventTime(milliseconds: try reader.integer()), positions: [], steps: [])
        record.writer = try reader.text(byteCount: Int(try reader.integer(UInt16.self)))
        record.clusterID = try reader.text(byteCount: Int(try reader.integer(UInt16.self)))
        let topicCount = Int(try reader.integer(UInt16.self))
        record.positions = try reader.offsets(topicCount)
        let stepCount = try reader.integer(UInt32.self)
        for _ in 0..<stepCount { record.steps.append(try step(&reader, topicCount)) }
        guard reader.isAtEnd else { throw .malformed("something follows it") }
        return (record, chain)
    }

    private static func step(
        _ reader: inout JournalReader, _ topicCount: Int
    ) throws(JournalError) -> SequenceStep {
        switch try reader.integer(UInt8.self) {
        case 0:
            var ranges: [InputRange] = []
            for _ in 0..<topicCount {
                var range = InputRange(at: try reader.integer())
                range.end = try reader.integer()
                range.count = try reader.integer()
                range.hash = try reader.integer()
                let (span, isTooLong) = range.end.subtractingReportingOverflow(range.start)
                guard !isTooLong, span >= Int64(range.count) else {
                    throw .malformed("a range that cannot be")
                }
                ranges.append(range)
            }
            return .input(ranges)
        case 1: return .advance(EventTime(milliseconds: try reader.integer()))
        case 2:
            let text = try reader.text(byteCount: Int(try reader.integer(UInt32.self)))
            return .rules(text: text, decodeFrom: try reader.offsets(topicCount))
        case let kind: throw .malformed("an unknown kind of step, \(kind)")
        }
    }
}

/// Reads the parts of a journal record, never past its end.
private struct JournalReader {
    private var rest: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) throws(JournalError)
        -> Value
    {
        let byteCount = MemoryLayout<Value>.size
        guard rest.count >= byteCount else { throw .malformed("it is cut short") }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest[byteCount...]) }
        return Value(littleEndian: rest.loadUnaligned(as: Value.self))
    }

    mutating func text(byteCount: Int) throws(JournalError) -> String {
        guard rest.count >= byteCount else { throw .malformed("it is cut short") }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest[byteCount...]) }
        return String(decoding: rest[..<byteCount], as: UTF8.self)
    }

    /// Offsets of `count` topics: from 0, or -2 for the beginning.
    mutating func offsets(_ count: Int) throws(JournalError) -> [Int64] {
        var offsets: [Int64] = []
        for _ in 0..<count {
            let offset: Int64 = try integer()
            guard offset >= 0 || offset == -2 else { throw .malformed("an offset of \(offset)") }
            offsets.append(offset)
        }
        return offsets
    }
}

extension ByteWriter {
    fileprivate mutating func appendInteger<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { append($0) }
    }

    fileprivate mutating func appendShort(_ text: String) {
        appendInteger(UInt16(min(text.utf8.count, Int(UInt16.max))))
        append(text: text)
    }
}
