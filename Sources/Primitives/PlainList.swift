/// A growing list of plain values that has one owner, so that nothing is counted or copied when it changes.
///
/// `removeAll` keeps the memory, so a list that is reused stops allocating. Not thread-safe: it belongs to whoever
/// holds it.
public struct PlainList<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
    // SAFETY: the memory is owned by this non-copyable value alone, so moving it to another thread is safe.
    @usableFromInline internal var storage: UnsafeMutablePointer<Element>
    @usableFromInline internal var room: Int
    @usableFromInline internal var length = 0

    /// Makes an empty list with room for `capacity` elements, at least 1.
    public init(capacity: Int = 16) {
        room = max(capacity, 1)
        storage = .allocate(capacity: room)
    }

    deinit { storage.deallocate() }

    /// Number of elements.
    @inlinable
    public var count: Int { length }

    /// Whether there are none.
    @inlinable
    public var isEmpty: Bool { length == 0 }

    /// The indices of the elements.
    @inlinable
    public var indices: Range<Int> { 0..<length }

    /// All elements; valid until the next change.
    @inlinable
    public var elements: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: storage, count: length) }

    /// The element at `index`, which there must be.
    @inlinable
    public subscript(index: Int) -> Element {
        @inline(__always) get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: length))
            return storage[index]
        }
        @inline(__always) _modify {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: length))
            yield &storage[index]
        }
    }

    /// Adds an element at the end.
    @inlinable @inline(__always)
    public mutating func append(_ element: Element) {
        if length == room { grow(1) }
        (storage + length).initialize(to: element)
        length &+= 1
    }

    /// Makes sure that `additional` more elements fit without moving the memory.
    @inlinable @inline(__always)
    public mutating func reserve(_ additional: Int) {
        if additional > room &- length { grow(additional) }
    }

    /// Takes out the element at `index`, which there must be; those behind it move up.
    public mutating func remove(at index: Int) {
        precondition(index >= 0 && index < length)
        (storage + index).update(from: storage + index + 1, count: length - index - 1)
        length -= 1
    }

    /// Takes out the elements for which `isUnwanted` holds; the others keep their order.
    public mutating func removeAll(where isUnwanted: (Element) -> Bool) {
        var kept = 0
        for index in 0..<length where !isUnwanted(storage[index]) {
            storage[kept] = storage[index]
            kept += 1
        }
        length = kept
    }

    /// Puts the elements into order.
    public mutating func sort(by areInIncreasingOrder: (Element, Element) -> Bool) {
        var all = UnsafeMutableBufferPointer(start: storage, count: length)
        all.sort(by: areInIncreasingOrder)
    }

    /// Drops everything after the first `count` elements.
    @inlinable @inline(__always)
    public mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= length)
        length = count
    }

    /// Forgets the elements and keeps the memory.
    @inlinable @inline(__always)
    public mutating func removeAll() { length = 0 }

    @inline(never)
    @usableFromInline
    internal mutating func grow(_ additional: Int) {
        room = max(room * 2, length + additional)
        let moved = UnsafeMutablePointer<Element>.allocate(capacity: room)
        moved.update(from: storage, count: length)
        storage.deallocate()
        storage = moved
    }
}
