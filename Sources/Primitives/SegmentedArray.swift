internal import CSupport

/// A growing array of plain values in segments that never move, so that growth copies nothing and costs
/// the same at any size.
///
/// Not thread-safe: it belongs to whoever holds it. `Element` must be a plain value, since memory is reused
/// without running initialisers; its stride must be a power of two.
public struct SegmentedArray<Element: BitwiseCopyable>: ~Copyable {
    /// Elements of one segment; a power of two.
    @usableFromInline static var segmentCount: Int { 1 << segmentShift }
    @inlinable static var segmentShift: Int {
        LargeMemory.segmentByteCount.trailingZeroBitCount - MemoryLayout<Element>.stride.trailingZeroBitCount
    }
    /// Elements from which on the first segment becomes a huge page: a small array stays small.
    private static var hugeCountMin: Int { segmentCount / 8 }

    @usableFromInline internal var segments: UnsafeMutablePointer<UnsafeMutablePointer<Element>>
    @usableFromInline internal var segmentsUsed = 0
    @usableFromInline internal var segmentsRoom = 16
    @usableFromInline internal var length = 0
    /// Elements that fit until `makeRoom` is needed.
    @usableFromInline internal var room = 0

    /// Makes an empty array; the first segment is allocated with the first element.
    public init() {
        precondition(MemoryLayout<Element>.stride.nonzeroBitCount == 1)
        segments = .allocate(capacity: segmentsRoom)
    }

    deinit {
        for index in 0..<segmentsUsed { LargeMemory.deallocate(segments[index]) }
        segments.deallocate()
    }

    /// Number of elements.
    @inlinable
    public var count: Int { length }

    /// Bytes of memory that the elements take, with what is reserved in huge pages.
    public var reservedByteCount: Int {
        segmentsUsed < 2 && length <= Self.hugeCountMin
            ? length * MemoryLayout<Element>.stride : segmentsUsed * LargeMemory.segmentByteCount
    }

    /// Appends `element` and returns its index. Complexity: O(1), never a copy of the other elements.
    @inlinable
    @discardableResult
    public mutating func append(_ element: Element) -> Int {
        if length == room { makeRoom() }
        let index = length
        segments[index >> Self.segmentShift][index & (Self.segmentCount - 1)] = element
        length += 1
        return index
    }

    /// Appends `filler` until there are `count` elements; more stay as they are.
    public mutating func grow(to count: Int, filler: Element) {
        while length < count { append(filler) }
    }

    @inline(never)
    @usableFromInline
    internal mutating func makeRoom() {
        if segmentsUsed == 1, room < Self.segmentCount {
            LargeMemory.makeHuge(segments[0], isUsed: true)
            room = Self.segmentCount
            return
        }
        if segmentsUsed == segmentsRoom {
            let moved = UnsafeMutablePointer<UnsafeMutablePointer<Element>>.allocate(
                capacity: segmentsRoom * 2)
            moved.update(from: segments, count: segmentsUsed)
            segments.deallocate()
            segments = moved
            segmentsRoom *= 2
        }
        let segment = LargeMemory.allocate()
        if segmentsUsed > 0 { LargeMemory.makeHuge(segment, isUsed: false) }
        segments[segmentsUsed] = segment.bindMemory(to: Element.self, capacity: Self.segmentCount)
        segmentsUsed += 1
        room = segmentsUsed == 1 ? Self.hugeCountMin : segmentsUsed * Self.segmentCount
    }

    /// The element at `index`, which must be below `count`.
    @inlinable
    public subscript(index: Int) -> Element {
        @inline(__always)
        get {
            precondition(index >= 0 && index < length)
            return segments[index >> Self.segmentShift][index & (Self.segmentCount - 1)]
        }
        @inline(__always)
        set {
            precondition(index >= 0 && index < length)
            segments[index >> Self.segmentShift][index & (Self.segmentCount - 1)] = newValue
        }
    }

    /// Asks for the element at `index` to be brought near; nothing happens beyond the end.
    @inline(__always)
    public func prefetch(_ index: Int) {
        guard index >= 0, index < length else { return }
        tetik_prefetch(segments[index >> Self.segmentShift] + (index & (Self.segmentCount - 1)))
    }
}
