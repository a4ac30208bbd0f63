/// The pending timers of one shard, at most one per slot, ordered by due time.
///
/// A hierarchical timing wheel (Varghese and Lauck 1987, scheme 7) with 64 buckets a level, its lists threaded
/// through one node per slot. Setting, moving and cancelling are O(1); a timer moves down at most once per
/// level before it fires. The wheel needs `floor`, the time up to which everything has fired: nothing is
/// ever set at or before it. Not thread-safe.
public struct TimerQueue: ~Copyable {
    /// Bits of a level's bucket number.
    private static var levelBits: Int { 6 }
    /// 8 levels of 6 bits hold 48 bits of milliseconds, some 8,900 years.
    private static var levelCount: Int { 8 }
    private static var none: UInt32 { .max }

    /// A slot's place: its due time (0 if it has no timer) and its neighbours in the bucket's list.
    ///
    /// Not private: the 6.3.1 compiler fails to emit a module that destroys a value holding such a type.
    public struct Node: BitwiseCopyable, Sendable {
        var due: Int64
        var previous: UInt32
        var next: UInt32
    }

    private var nodes = SegmentedArray<Node>()
    private var heads: [UInt32]
    /// For each level, a bit for each bucket that is not empty.
    private var occupied: [UInt64]
    private var floor: Int64 = 0
    /// No timer is due before this; it may be too early, never too late.
    private var earliest: Int64 = .max
    /// Timers that are pending.
    public private(set) var count = 0

    /// Makes an empty queue; every due time must be after 1970.
    public init() {
        heads = Array(repeating: Self.none, count: Self.levelCount << Self.levelBits)
        occupied = Array(repeating: 0, count: Self.levelCount)
    }

    /// Bytes of memory that are reserved, in use or not.
    public var reservedByteCount: Int { nodes.reservedByteCount + heads.count * 4 }

    /// When the timer of `slot` is due, or `never`.
    public func due(of slot: UInt32) -> EventTime {
        guard Int(slot) < nodes.count, case let due = nodes[Int(slot)].due, due != 0 else { return .never }
        return EventTime(milliseconds: due)
    }

    /// Whether a timer may be due at or before `time`; false is certain, true is not.
    @inline(__always)
    public func mayBeDue(by time: EventTime) -> Bool { earliest <= time.milliseconds }

    /// No timer is due before this time; it may be too early, never too late. `never` if none is pending.
    public var earliestDue: EventTime { count == 0 ? .never : EventTime(milliseconds: earliest) }

    /// Asks for the node of `slot` to be brought near.
    @inline(__always)
    public func prefetch(_ slot: UInt32) { nodes.prefetch(Int(slot)) }

    /// Gives `slot` a timer at `due`, in place of the one it had; `never` takes it away.
    ///
    /// `due` must be after every time that `popDue` was asked for.
    public mutating func set(_ slot: UInt32, due: EventTime) {
        while nodes.count <= Int(slot) {
            nodes.append(Node(due: 0, previous: Self.none, next: Self.none))
        }
        let wanted = due == .never ? 0 : due.milliseconds
        let current = nodes[Int(slot)].due
        if current == wanted { return }
        if current != 0 {
            unlink(slot)
            count -= 1
        }
        if wanted != 0 {
            precondition(wanted > floor, "a timer in the past must fire at once")
            link(slot, due: wanted)
            earliest = min(earliest, wanted)
            count += 1
        } else {
            nodes[Int(slot)].due = 0
        }
    }

    /// Takes all timers of the earliest due time out of the queue, if that is at or before `limit`.
    ///
    /// - Parameter slots: gets the slots, in no particular order; emptied first.
    /// - Returns: their due time; nil if nothing is due, and then `limit` may not be undercut any more.
    public mutating func popDue(by limit: EventTime, into slots: inout [UInt32]) -> EventTime? {
        slots.removeAll(keepingCapacity: true)
        // `floor` enters a bucket's span only by emptying the bucket, and `earliest` may lie within one.
        guard earliest <= limit.milliseconds else { return nil }
        // BOUND: each round empties a bucket of a higher level into lower ones, or returns.
        while earliest <= limit.milliseconds {
            guard let level = occupied.firstIndex(where: { $0 != 0 }) else {
                earliest = .max
                break
            }
            let bucket = occupied[level].trailingZeroBitCount
            let shift = level * Self.levelBits
            let above = (floor >> Int64(shift + Self.levelBits)) << Int64(shift + Self.levelBits)
            let start = above | Int64(bucket) << Int64(shift)
            earliest = start
            guard start <= limit.milliseconds else { break }
            if level == 0 {
                floor = start
                drain(bucket, into: &slots)
                return EventTime(milliseconds: start)
            }
            floor = start
            cascade(level: level, bucket: bucket)
        }
        floor = max(floor, min(limit.milliseconds, earliest - 1))
        return nil
    }
}

extension TimerQueue {
    /// Bucket of `due` seen from `floor`: the level of the highest differing digit, and that digit.
    ///
    /// A timer's bucket stays the same until `floor` enters the bucket's span, and then it is emptied first;
    /// so the place can be computed again when the timer is taken out.
    private func place(_ due: Int64) -> (level: Int, bucket: Int) {
        let difference = UInt64(bitPattern: due ^ floor)
        let level = (63 - difference.leadingZeroBitCount) / Self.levelBits
        precondition(level < Self.levelCount, "a due time beyond 48 bits of milliseconds")
        return (level, Int(due >> Int64(level * Self.levelBits)) & (1 << Self.levelBits - 1))
    }

    private mutating func link(_ slot: UInt32, due: Int64) {
        let (level, bucket) = place(due)
        let head = level << Self.levelBits | bucket
        let next = heads[head]
        nodes[Int(slot)] = Node(due: due, previous: Self.none, next: next)
        if next != Self.none { nodes[Int(next)].previous = slot }
        heads[head] = slot
        occupied[level] |= 1 << UInt64(bucket)
    }

    private mutating func unlink(_ slot: UInt32) {
        let node = nodes[Int(slot)]
        if node.next != Self.none { nodes[Int(node.next)].previous = node.previous }
        if node.previous != Self.none {
            nodes[Int(node.previous)].next = node.next
            return
        }
        let (level, bucket) = place(node.due)
        let head = level << Self.levelBits | bucket
        heads[head] = node.next
        if node.next == Self.none { occupied[level] &= ~(1 << UInt64(bucket)) }
    }

    /// Empties a bucket of level 0, whose timers are all due at the same millisecond.
    private mutating func drain(_ bucket: Int, into slots: inout [UInt32]) {
        var slot = heads[bucket]
        heads[bucket] = Self.none
        occupied[0] &= ~(1 << UInt64(bucket))
        while slot != Self.none {
            let next = nodes[Int(slot)].next
            nodes[Int(slot)].due = 0
            slots.append(slot)
            count -= 1
            slot = next
        }
    }

    /// Moves the timers of a bucket to lower levels; `floor` stands at the bucket's first millisecond.
    private mutating func cascade(level: Int, bucket: Int) {
        let head = level << Self.levelBits | bucket
        var slot = heads[head]
        heads[head] = Self.none
        occupied[level] &= ~(1 << UInt64(bucket))
        while slot != Self.none {
            let node = nodes[Int(slot)]
            link(slot, due: node.due)
            slot = node.next
        }
    }
}
