/// A growing array of plain values in segments that never move, so that growth copies nothing and costs
/// the same at any size.
///
/// Not thread-safe: it belongs to whoever holds it. `Element` must be a plain value, since memory is reused
/// without running initialisers.
public struct SegmentedArray<Element: BitwiseCopyable>: ~Copyable {
    /// Elements of one segment; a power of two. 65,536 of 16 bytes are 1 MiB.
    @usableFromInline static var segmentCount: Int { 1 << segmentShift }
    @usableFromInline static var segmentShift: Int { 16 }

    @usableFromInline internal var segments: UnsafeMutablePointer<UnsafeMutablePointer<Element>>
    @usableFromInline internal var segmentsUsed = 0
    @usableFromInline internal var segmentsRoom = 16
    @usableFromInline internal var length = 0

    /// Makes an empty array; the first segment is allocated with the first element.
    public init() { segments = .allocate(capacity: segmentsRoom) }

    deinit {
        for index in 0..<segmentsUsed { segments[index].deallocate() }
        segments.deallocate()
    }

    /// Number of elements.
    @inlinable
    public var count: Int { length }

    /// Bytes of memory that are reserved, in use or not.
    public var reservedByteCount: Int { segmentsUsed * Self.segmentCount * MemoryLayout<Element>.stride }

    /// Appends `element` and returns its index. Complexity: O(1), never a copy of the other elements.
    @inlinable
    @discardableResult
    public mutating func append(_ element: Element) -> Int {
        if length == segmentsUsed << Self.segmentShift { addSegment() }
        let index = length
        segments[index >> Self.segmentShift][index & (Self.segmentCount - 1)] = element
        length += 1
        return index
    }

    @inline(never)
    @usableFromInline
    internal mutating func addSegment() {
        if segmentsUsed == segmentsRoom {
            let moved = UnsafeMutablePointer<UnsafeMutablePointer<Element>>.allocate(
                capacity: segmentsRoom * 2)
            moved.update(from: segments, count: segmentsUsed)
            segments.deallocate()
            segments = moved
            segmentsRoom *= 2
        }
        segments[segmentsUsed] = .allocate(capacity: Self.segmentCount)
        segmentsUsed += 1
    }

    /// The element at `index`, which must be below `count`.
    @inlinable
    public subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < length)
            return segments[index >> Self.segmentShift][index & (Self.segmentCount - 1)]
        }
        set {
            precondition(index >= 0 && index < length)
            segments[index >> Self.segmentShift][index & (Self.segmentCount - 1)] = newValue
        }
    }

    /// Where the element at `index` stands, for prefetching; nil beyond the end.
    @inlinable
    public func address(of index: Int) -> UnsafeRawPointer? {
        guard index >= 0, index < length else { return nil }
        return UnsafeRawPointer(segments[index >> Self.segmentShift] + (index & (Self.segmentCount - 1)))
    }
}
