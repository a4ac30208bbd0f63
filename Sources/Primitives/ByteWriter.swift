/// A growing run of bytes that one owner writes from front to back.
///
/// `removeAll` keeps the memory, so a writer that is reused stops allocating. Not thread-safe: it belongs to
/// whoever holds it.
public struct ByteWriter: ~Copyable, @unchecked Sendable {
    // SAFETY: the memory is owned by this non-copyable value alone, so moving it to another thread is safe.
    @usableFromInline
    internal var storage: UnsafeMutableRawPointer
    @usableFromInline
    internal var length = 0
    /// Bytes written so far.
    @inlinable
    public var count: Int { length }
    /// Bytes that fit before the memory grows.
    @inlinable
    public var capacity: Int { room }
    @usableFromInline
    internal var room: Int

    /// Makes an empty writer with room for `capacity` bytes, at least 64.
    public init(capacity: Int = 4_096) {
        room = max(capacity, 64)
        storage = .allocate(byteCount: room, alignment: 16)
    }

    deinit { storage.deallocate() }

    /// Forgets the bytes and keeps the memory.
    @inlinable
    public mutating func removeAll() { length = 0 }

    /// Drops everything after the first `count` bytes.
    @inlinable
    public mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count)
        length = count
    }

    /// Makes sure that `additional` more bytes fit without moving the memory.
    @inlinable @inline(__always)
    public mutating func reserve(_ additional: Int) {
        if additional > room &- length { grow(additional) }
    }

    @inline(never)
    @usableFromInline
    internal mutating func grow(_ additional: Int) {
        let wanted = max(capacity * 2, count + additional)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: 16)
        moved.copyMemory(from: storage, byteCount: count)
        storage.deallocate()
        storage = moved
        room = wanted
    }

    /// Appends one byte.
    @inlinable @inline(__always)
    public mutating func append(_ byte: UInt8) {
        reserve(1)
        storage.storeBytes(of: byte, toByteOffset: length, as: UInt8.self)
        length &+= 1
    }

    /// Appends a copy of `bytes`.
    @inlinable
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        (storage + count).copyMemory(from: base, byteCount: bytes.count)
        length += bytes.count
    }

    /// Appends the UTF-8 of a literal. Inlined, it becomes a few stores of constants.
    @inlinable @inline(__always)
    public mutating func append(_ literal: StaticString) {
        let count = literal.utf8CodeUnitCount
        reserve(count)
        (storage + length).copyMemory(from: literal.utf8Start, byteCount: count)
        length &+= count
    }

    /// Appends the UTF-8 of `text`; for what is not on the hot path.
    public mutating func append(text: String) {
        var copy = text
        copy.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Appends `byteCount` bytes that `fill` writes in place.
    @inlinable @inline(__always)
    public mutating func append(byteCount: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
        reserve(byteCount)
        fill(UnsafeMutableRawBufferPointer(start: storage + count, count: byteCount))
        length += byteCount
    }

    /// Appends up to `capacity` bytes; `fill` returns how many it wrote.
    @inlinable @inline(__always)
    public mutating func append<Failure: Error>(
        upTo capacity: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) {
        reserve(capacity)
        let written = try fill(UnsafeMutableRawBufferPointer(start: storage + count, count: capacity))
        precondition(written >= 0 && written <= capacity)
        length += written
    }

    /// A place behind the bytes that takes `byteCount` more without a check; `commit` makes them count. Valid until
    /// the next change.
    @inlinable @inline(__always)
    public mutating func cursor(reserving byteCount: Int) -> TextCursor {
        reserve(byteCount + TextCursor.slackByteCount)
        return TextCursor(storage + length)
    }

    /// Where the byte at `offset` lies; valid until the writer grows.
    @inlinable
    public func place(at offset: Int) -> UnsafeMutableRawPointer {
        precondition(offset >= 0 && offset <= room)
        return storage + offset
    }

    /// Takes in what was written through a cursor of this writer.
    @inlinable @inline(__always)
    public mutating func commit(_ cursor: TextCursor) {
        let end = UnsafeRawPointer(cursor.next) - UnsafeRawPointer(storage)
        precondition(end >= length && end <= room, "more was written than was reserved")
        length = end
    }

    /// The bytes written so far; valid until the next change.
    @inlinable
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage, count: count) }

    /// The bytes written so far, to be changed in place; valid until the next change by another call.
    @inlinable
    public var mutableBytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: storage, count: count)
    }
}
