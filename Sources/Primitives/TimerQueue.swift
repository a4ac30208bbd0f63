/// The pending timers of one shard, at most one per slot, ordered by due time.
///
/// A hierarchical timing wheel (Varghese and Lauck 1987, scheme 7) with 64 buckets a level. Setting, moving and
/// cancelling are O(1); a timer moves down at most once per level before it fires.
///
/// Most timers are moved to a later time again and again before they fire. So a bucket's entry only says when
/// to look at a slot (`wake`), and what is due is written at the slot: moving to later leaves the entry where
/// it is, and when the entry comes up it is filed again. An entry that has been overtaken by an earlier one is
/// dropped when it comes up. The wheel needs `floor`, the time up to which everything has fired: nothing is
/// ever set at or before it. Not thread-safe.
public struct TimerQueue: ~Copyable {
    /// Bits of a level's bucket number.
    private static var levelBits: Int { 6 }
    /// 8 levels of 6 bits hold 48 bits of milliseconds, some 8,900 years.
    private static var levelCount: Int { 8 }
    /// The highest level whose next bucket is announced in `upcoming`: 64 x 64 milliseconds.
    private static var upcomingLevelMax: Int { 2 }

    /// When the timer of a slot is due, and when the wheel looks at the slot; 0 for never.
    ///
    /// Not private: the 6.3.1 compiler fails to emit a module that destroys a value holding such a type.
    public struct Node: BitwiseCopyable, Sendable {
        var due: Int64
        var wake: Int64
    }

    private let pinned = Pinned()
    private var nodes = SegmentedArray<Node>()
    private var buckets = SlotBuckets(count: TimerQueue.levelCount << TimerQueue.levelBits)
    /// For each level, a bit for each bucket that is not empty.
    private var occupied = InlineArray<8, UInt64>(repeating: 0)
    private var floor: Int64 = 0
    /// No timer is due before this; it may be too early, never too late.
    private var earliest: Int64 = .max
    /// Timers that are pending.
    public private(set) var count = 0
    /// Slots that will probably fire soon, for prefetching; set when `popDue` returns nil.
    public private(set) var upcoming: [UInt32] = []

    /// Makes an empty queue; every due time must be after 1970.
    public init() {}

    /// Bytes of memory that are reserved, in use or not.
    public var reservedByteCount: Int { nodes.reservedByteCount + buckets.reservedByteCount }

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
        while nodes.count <= Int(slot) { nodes.append(Node(due: 0, wake: 0)) }
        var node = nodes[Int(slot)]
        let wanted = due == .never ? 0 : due.milliseconds
        if node.due == wanted { return }
        if node.due == 0 { count += 1 }
        if wanted == 0 { count -= 1 }
        node.due = wanted
        if wanted != 0 {
            precondition(wanted > floor, "a timer in the past must fire at once")
            earliest = min(earliest, wanted)
            if node.wake == 0 || node.wake > wanted {
                node.wake = wanted
                file(slot, at: wanted)
            }
        }
        nodes[Int(slot)] = node
    }

    /// Takes all timers of the earliest due time out of the queue, if that is at or before `limit`.
    ///
    /// - Parameter slots: gets the slots, in no particular order; emptied first.
    /// - Returns: their due time; nil if nothing is due, and then `limit` may not be undercut any more.
    public mutating func popDue(by limit: EventTime, into slots: inout [UInt32]) -> EventTime? {
        if !slots.isEmpty { slots.removeAll(keepingCapacity: true) }
        if !upcoming.isEmpty { upcoming.removeAll(keepingCapacity: true) }
        // `floor` enters a bucket's span only by emptying the bucket, and `earliest` may lie within one.
        guard earliest <= limit.milliseconds else { return nil }
        // BOUND: each round empties a bucket of a higher level into lower ones, or returns.
        while earliest <= limit.milliseconds {
            guard let next = nextBucket() else {
                earliest = .max
                break
            }
            earliest = next.start
            guard next.start <= limit.milliseconds else {
                announce(next)
                break
            }
            floor = next.start
            if next.level > 0 {
                cascade(next)
            } else {
                drain(next, into: &slots)
                if !slots.isEmpty { return EventTime(milliseconds: next.start) }
            }
        }
        floor = max(floor, min(limit.milliseconds, earliest - 1))
        return nil
    }
}

extension TimerQueue {
    /// Notes the timer of `slot` in a queue that is being restored; nothing fires before `startRestored`.
    ///
    /// - Parameter due: when it is due, after 1970, or `never`; it replaces what was noted for the slot.
    public mutating func restore(_ slot: UInt32, due: EventTime) {
        while nodes.count <= Int(slot) { nodes.append(Node(due: 0, wake: 0)) }
        nodes[Int(slot)].due = due == .never ? 0 : due.milliseconds
    }

    /// Puts the timers in force that `restore` noted, in a queue that was empty before.
    ///
    /// - Parameter time: up to which everything has fired.
    /// - Returns: nil, or a slot whose timer is due no later than that, or beyond 48 bits of milliseconds; then the
    ///   queue is not to be used.
    public mutating func startRestored(after time: EventTime) -> UInt32? {
        precondition(count == 0, "the queue has timers already")
        floor = max(time.milliseconds, 0)
        for index in 0..<nodes.count {
            let due = nodes[index].due
            if due == 0 { continue }
            guard due > floor, due < 1 << Int64(Self.levelCount * Self.levelBits) else {
                return UInt32(index)
            }
            nodes[index].wake = due
            file(UInt32(index), at: due)
            earliest = min(earliest, due)
            count += 1
        }
        return nil
    }
}

extension TimerQueue {
    /// A bucket that is not empty, and its first millisecond.
    private struct Bucket {
        var level: Int
        var index: Int
        var start: Int64
    }

    private func nextBucket() -> Bucket? {
        for level in 0..<Self.levelCount where occupied[level] != 0 {
            let index = occupied[level].trailingZeroBitCount
            let shift = Int64(level * Self.levelBits)
            let above = shift + Int64(Self.levelBits)
            return Bucket(
                level: level, index: index, start: (floor >> above) << above | Int64(index) << shift)
        }
        return nil
    }

    /// Puts an entry for `slot` into the bucket of `wake`, seen from `floor`: the level of the highest differing
    /// digit, and that digit.
    ///
    /// The bucket stays the right one until `floor` enters its span, and then it is emptied first.
    @inline(__always)
    private mutating func file(_ slot: UInt32, at wake: Int64) {
        let difference = UInt64(bitPattern: wake ^ floor)
        let level = (63 - difference.leadingZeroBitCount) / Self.levelBits
        precondition(level < Self.levelCount, "a due time beyond 48 bits of milliseconds")
        let index = Int(wake >> Int64(level * Self.levelBits)) & (1 << Self.levelBits - 1)
        buckets.append(slot, to: level << Self.levelBits | index)
        occupied[level] |= 1 << UInt64(index)
    }

    /// Empties a bucket of level 0, whose entries all wake at the same millisecond.
    private mutating func drain(_ bucket: Bucket, into slots: inout [UInt32]) {
        occupied[0] &= ~(1 << UInt64(bucket.index))
        var chain = buckets.take(bucket.index)
        while let slot = buckets.next(of: &chain) {
            var node = nodes[Int(slot)]
            guard node.wake == bucket.start else { continue }
            if node.due == bucket.start {
                slots.append(slot)
                count -= 1
                node.due = 0
            }
            refile(slot, node)
        }
    }

    /// Moves the entries of a bucket to where they belong, now that `floor` stands at its first millisecond.
    private mutating func cascade(_ bucket: Bucket) {
        occupied[bucket.level] &= ~(1 << UInt64(bucket.index))
        let shift = Int64(bucket.level * Self.levelBits)
        var chain = buckets.take(bucket.level << Self.levelBits | bucket.index)
        while let slot = buckets.next(of: &chain) {
            if chain.isAtStartOfChunk { buckets.forEachInChunk(of: chain) { nodes.prefetch(Int($0)) } }
            let node = nodes[Int(slot)]
            if node.wake >> shift == bucket.start >> shift { refile(slot, node) }
        }
    }

    /// Files the entry of `slot`, which has come up, at the time that is due.
    @inline(__always)
    private mutating func refile(_ slot: UInt32, _ node: Node) {
        if node.due != 0 { file(slot, at: node.due) }
        nodes[Int(slot)] = Node(due: node.due, wake: node.due)
    }

    /// Fills `upcoming` from the bucket that comes next.
    private mutating func announce(_ bucket: Bucket) {
        guard bucket.level <= Self.upcomingLevelMax else { return }
        buckets.forEachInFirstChunk(of: bucket.level << Self.levelBits | bucket.index) { upcoming.append($0) }
    }
}
