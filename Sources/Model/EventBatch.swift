public import Primitives

/// Decoded events in their order, with the memory that their slices point into.
///
/// The source bytes belong to whoever fills the batch and must stay where they are until the batch has been
/// applied. One thread at a time.
public struct EventBatch: ~Copyable, @unchecked Sendable {
    private let pinned = Pinned()
    // SAFETY: the source pointer is only read, and outlives the batch's use by the filler's promise.
    /// Where slices without the unescaped flag are counted from.
    public var source: UnsafeRawPointer
    /// Accepted events and ticks, in the order of their lines; valid until the batch is changed.
    public var events: UnsafeBufferPointer<Event> { eventList.elements }
    /// The items of all `cart.set` events; valid until the batch is changed.
    public var items: UnsafeBufferPointer<EventItem> { itemList.elements }
    var eventList = PlainList<Event>()
    var itemList = PlainList<EventItem>()
    /// Strings that had escapes, values that were base64.
    public var unescaped = ByteWriter(capacity: 4_096)
    /// Lines for the dead letters, in order.
    public var rejected: [RejectedLine] = []
    /// Lines that are counted and otherwise ignored: unknown types and null values.
    public var ignoredCount = 0

    /// Makes an empty batch over `source`.
    public init(source: UnsafeRawPointer) { self.source = source }

    /// Forgets everything and keeps the memory; slices will count from `source`.
    public mutating func reset(source: UnsafeRawPointer) {
        self.source = source
        eventList.removeAll()
        itemList.removeAll()
        rejected.removeAll(keepingCapacity: true)
        unescaped.removeAll()
        ignoredCount = 0
    }

    /// Asks for the text at `slice`, and what follows it, to be brought near.
    @inlinable @inline(__always)
    public func prefetch(_ slice: Slice) {
        if slice.location & Slice.unescapedFlag == 0 { Prefetch.twoLines(from: source + Int(slice.location)) }
    }

    /// The bytes of `slice`; valid until the batch is changed.
    @inlinable
    public func bytes(of slice: Slice) -> UnsafeRawBufferPointer {
        let count = Int(slice.count)
        if slice.location & Slice.unescapedFlag == 0 {
            return UnsafeRawBufferPointer(start: source + Int(slice.location), count: count)
        }
        let start = Int(slice.location & ~Slice.unescapedFlag)
        return UnsafeRawBufferPointer(rebasing: unescaped.bytes[start..<start + count])
    }
}

/// One line that was rejected, with what the dead letters say of it.
public struct RejectedLine: Sendable {
    /// Number of the line within the batch, from 0.
    public var line: UInt32
    /// The partition of a recorded or live record; `Event.plainSequence` for a plain line.
    public var partition: Int32
    /// Why.
    public var rejection: Rejection
    /// The value as it came: the line, or the value of a recorded record.
    public var value: Slice

    /// Makes an entry.
    public init(line: UInt32, partition: Int32, rejection: Rejection, value: Slice) {
        self.line = line
        self.partition = partition
        self.rejection = rejection
        self.value = value
    }
}
