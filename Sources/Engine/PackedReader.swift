import Primitives

/// Reads the fields of a packed customer, front to back.
///
/// Numbers are little-endian; times and prices are 48 bits wide: milliseconds up to the year 10,889, and the
/// largest price (10^14 ten-thousandths), fit. The bytes come from our own arena or a verified snapshot, so
/// running over the end is our own bug and stops the program.
struct PackedReader {
    private var next: UnsafeRawPointer
    private let end: UnsafeRawPointer

    /// SAFETY: `bytes` is followed by at least 8 readable bytes, and outlives the reader.
    init(_ bytes: UnsafeRawBufferPointer) {
        next = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 8).unsafelyUnwrapped
        end = next + bytes.count
    }

    var isAtEnd: Bool { next >= end }

    /// What has not been read yet.
    var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: next, count: end - next) }

    @inline(__always)
    private mutating func take(_ count: Int) -> UnsafeRawPointer {
        let start = next
        next += count
        precondition(next <= end, "a packed customer ends in the middle of a field")
        return start
    }

    @inline(__always)
    mutating func byte() -> UInt8 { take(1).load(as: UInt8.self) }

    @inline(__always)
    mutating func uint24() -> UInt32 { take(3).loadUnaligned(as: UInt32.self) & 0xFF_FFFF }

    @inline(__always)
    mutating func uint32() -> UInt32 { take(4).loadUnaligned(as: UInt32.self) }

    @inline(__always)
    mutating func int32() -> Int64 { Int64(take(4).loadUnaligned(as: Int32.self)) }

    @inline(__always)
    mutating func int48() -> Int64 {
        Int64(bitPattern: take(6).loadUnaligned(as: UInt64.self) & 0xFFFF_FFFF_FFFF)
    }

    @inline(__always)
    mutating func int64() -> Int64 { take(8).loadUnaligned(as: Int64.self) }

    @inline(__always)
    mutating func uint64() -> UInt64 { take(8).loadUnaligned(as: UInt64.self) }

    @inline(__always)
    mutating func time() -> EventTime { EventTime(milliseconds: int48()) }

    @inline(__always)
    mutating func bytes(_ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: take(count), count: count)
    }
}

extension TextCursor {
    /// Adds the lowest `byteCount` bytes, 1 to 8, of a number that is not negative.
    @inline(__always)
    mutating func append(low value: Int64, byteCount: Int) {
        next.storeBytes(of: value.littleEndian, as: Int64.self)
        skip(byteCount)
    }

    /// Adds a time as 48 bits.
    @inline(__always)
    mutating func append(packed time: EventTime) { append(low: time.milliseconds, byteCount: 6) }
}
