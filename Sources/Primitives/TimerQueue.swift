/// The pending timers of one shard, at most one per slot, ordered by due time.
///
/// A hierarchical timing wheel (Varghese and Lauck 1987, scheme 7) with 64 buckets a level. Setting, moving and
/// cancelling are O(1); a timer moves down at most once per level before it fires.
///
/// Most timers are moved to a later time again and again before they fire. So a bucket's entry only says when
/// to look at a slot (`wake`), and what is due is written at the slot: moving to later leaves the entry where
/// it is, and when the entry comes up it is filed again. An entry that has been overtaken by an earlier one is
/// dropped when it comes up. The wheel needs `floor`, the time up to which everything has fired: nothing is
/// ever set at or before it.
///
/// As long as there are few, what wakes within the 4,096 milliseconds in which `floor` stands is not in the buckets of
/// the last two levels but in `NearTimers`; it is in one or the other, never in both. Not thread-safe.
public struct TimerQueue: ~Copyable {
    /// Bits of a level's bucket number.
    private static var levelBits: Int { 6 }
    /// 8 levels of 6 bits hold 48 bits of milliseconds, some 8,900 years.
    private static var levelCount: Int { 8 }
    /// No due time reaches this, in milliseconds.
    public static var dueEnd: Int64 { 1 << Int64(levelCount * levelBits) }
    /// The highest level whose slots are announced in `upcoming` when they come down: 64 x 64 milliseconds.
    private static var upcomingLevelMax: Int { 2 }
    /// Bits of the span of time whose timers `near` may hold: those of the last two levels.
    private static var nearBits: Int64 { Int64(2 * levelBits) }
    /// BOUND: slots that are announced at once.
    private static var upcomingCountMax: Int { 64 }

    /// When the timer of a slot is due, and when the wheel looks at the slot, 0 for never; and what else its owner
    /// keeps of it, so that looking at a customer and its timer is one look at memory.
    ///
    /// Two words of 48 bits of milliseconds and half of the note. Not private: the 6.3.1 compiler fails to emit a
    /// module that destroys a value holding such a type.
    public struct Node: BitwiseCopyable, Sendable {
        private static var timeMask: UInt64 { 0xFFFF_FFFF_FFFF }

        @usableFromInline var dueWord: UInt64
        @usableFromInline var wakeWord: UInt64

        init(note: UInt32) {
            dueWord = UInt64(note) << 48
            wakeWord = UInt64(note >> 16) << 48
        }

        @inline(__always)
        var due: Int64 {
            get { Int64(bitPattern: dueWord & Self.timeMask) }
            set { dueWord = dueWord & ~Self.timeMask | UInt64(bitPattern: newValue) }
        }

        @inline(__always)
        var wake: Int64 {
            get { Int64(bitPattern: wakeWord & Self.timeMask) }
            set { wakeWord = wakeWord & ~Self.timeMask | UInt64(bitPattern: newValue) }
        }

        @inlinable @inline(__always)
        var note: UInt32 {
            get { UInt32(truncatingIfNeeded: dueWord >> 48 | (wakeWord >> 48) << 16) }
            set {
                dueWord = (dueWord << 16) >> 16 | UInt64(newValue) << 48
                wakeWord = (wakeWord << 16) >> 16 | UInt64(newValue >> 16) << 48
            }
        }
    }

    private let pinned = Pinned()
    @usableFromInline internal var nodes = SegmentedArray<Node>()
    private var buckets = SlotBuckets(count: TimerQueue.levelCount << TimerQueue.levelBits)
    /// For each level, a bit for each bucket that is not empty.
    private var occupied = InlineArray<8, UInt64>(repeating: 0)
    private var near = NearTimers()
    private var floor: Int64 = 0
    /// No timer is due before this; it may be too early, never too late.
    private var earliest: Int64 = .max
    /// Timers that are pending.
    public private(set) var count = 0
    /// Notes of slots that will probably fire soon, for prefetching.
    private var upcoming = InlineArray<64, UInt32>(repeating: 0)

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

    /// Slots that there are; those from 0 up to here can be asked for.
    @inline(__always)
    public var slotCount: Int { nodes.count }

    /// Makes a slot without a timer, and returns it.
    public mutating func addSlot(note: UInt32) -> UInt32 { UInt32(nodes.append(Node(note: note))) }

    /// Makes slots up to `count` in number, all with the same note and no timer.
    public mutating func growSlots(to count: Int, note: UInt32) {
        nodes.grow(to: count, filler: Node(note: note))
    }

    /// What the owner noted of `slot`, which there must be.
    @inlinable @inline(__always)
    public func note(of slot: UInt32) -> UInt32 { nodes[Int(slot)].note }

    /// Notes something of `slot`, which there must be.
    @inline(__always)
    public mutating func setNote(of slot: UInt32, to note: UInt32) {
        var node = nodes[Int(slot)]
        node.note = note
        nodes[Int(slot)] = node
    }

    /// How many slots will probably fire soon that nobody has asked for yet, at most 64.
    public private(set) var upcomingCount = 0

    /// The note of the last of them; it does not count any more.
    @inline(__always)
    public mutating func takeUpcoming() -> UInt32 {
        upcomingCount -= 1
        return upcoming[upcomingCount]
    }

    /// Asks for the node of `slot` to be brought near.
    @inline(__always)
    public func prefetch(_ slot: UInt32) { nodes.prefetch(Int(slot)) }

    /// Gives `slot` a timer at `due`, in place of the one it had; `never` takes it away.
    ///
    /// `due` must be after 1970 and every time that `popDue` was asked for, and before `dueEnd`.
    public mutating func set(_ slot: UInt32, due: EventTime) {
        while nodes.count <= Int(slot) { nodes.append(Node(note: 0)) }
        var node = nodes[Int(slot)]
        precondition(due.milliseconds > 0, "a timer in the past must fire at once")
        let wanted = due == .never ? 0 : due.milliseconds
        if node.due == wanted { return }
        if node.due == 0 { count += 1 }
        if wanted == 0 { count -= 1 }
        node.due = wanted
        if wanted != 0 {
            precondition(wanted > floor, "a timer in the past must fire at once")
            precondition(wanted < Self.dueEnd, "a due time beyond 48 bits of milliseconds")
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
    public mutating func popDue(by limit: EventTime, into slots: inout PlainList<UInt32>) -> EventTime? {
        slots.removeAll()
        // `floor` enters a bucket's span only by emptying the bucket, and `earliest` may lie within one.
        guard earliest <= limit.milliseconds else { return nil }
        // BOUND: each round empties a bucket of a higher level into lower ones, or returns.
        while earliest <= limit.milliseconds {
            if !near.isEmpty {
                earliest = nearStart | near.first
                guard earliest <= limit.milliseconds else { break }
                floor = earliest
                drainNear(into: &slots)
                if !slots.isEmpty { return EventTime(milliseconds: floor) }
                continue
            }
            guard let next = nextBucket() else {
                earliest = .max
                break
            }
            earliest = next.start
            guard next.start <= limit.milliseconds else { break }
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
    /// - Parameter due: when it is due, after 1970 and before `dueEnd`, or `never`; it replaces what was noted before.
    public mutating func restore(_ slot: UInt32, due: EventTime) {
        while nodes.count <= Int(slot) { nodes.append(Node(note: 0)) }
        precondition(
            due == .never || due.milliseconds < Self.dueEnd, "a due time beyond 48 bits of milliseconds")
        var node = nodes[Int(slot)]
        node.due = due == .never ? 0 : due.milliseconds
        nodes[Int(slot)] = node
    }

    /// Puts the timers in force that `restore` noted, in a queue that was empty before.
    ///
    /// - Parameter time: up to which everything has fired.
    /// - Returns: nil, or a slot whose timer is due no later than that; then the queue is not to be used.
    public mutating func startRestored(after time: EventTime) -> UInt32? {
        precondition(count == 0, "the queue has timers already")
        floor = max(time.milliseconds, 0)
        for index in 0..<nodes.count {
            var node = nodes[index]
            let due = node.due
            if due == 0 { continue }
            guard due > floor else { return UInt32(index) }
            node.wake = due
            nodes[index] = node
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
        if level < 2, occupied[0] | occupied[1] == 0 {
            if !near.isFull { return near.insert(slot, at: wake & (1 << Self.nearBits - 1)) }
            leaveNear()
        }
        file(slot, at: wake, level: level)
    }

    @inline(__always)
    private mutating func file(_ slot: UInt32, at wake: Int64, level: Int) {
        let index = Int(wake >> Int64(level * Self.levelBits)) & (1 << Self.levelBits - 1)
        buckets.append(slot, to: level << Self.levelBits | index)
        occupied[level] |= 1 << UInt64(index)
    }

    /// The first millisecond of the span whose timers `near` may hold.
    private var nearStart: Int64 { (floor >> Self.nearBits) << Self.nearBits }

    /// Moves what is in `near` into buckets, since there are too many.
    @inline(never)
    private mutating func leaveNear() {
        while !near.isEmpty {
            let wake = nearStart | near.first
            let level = (63 - UInt64(bitPattern: wake ^ floor).leadingZeroBitCount) / Self.levelBits
            file(near.removeFirst(), at: wake, level: level)
        }
    }

    /// Takes out of `near` what wakes at `floor`.
    private mutating func drainNear(into slots: inout PlainList<UInt32>) {
        let time = near.first
        while !near.isEmpty, near.first == time { wake(near.removeFirst(), into: &slots) }
    }

    /// Empties a bucket of level 0, whose entries all wake at the same millisecond.
    private mutating func drain(_ bucket: Bucket, into slots: inout PlainList<UInt32>) {
        occupied[0] &= ~(1 << UInt64(bucket.index))
        var chain = buckets.take(bucket.index)
        while let slot = buckets.next(of: &chain) { wake(slot, into: &slots) }
    }

    /// Looks at `slot`, whose entry says that it wakes at `floor`.
    @inline(__always)
    private mutating func wake(_ slot: UInt32, into slots: inout PlainList<UInt32>) {
        var node = nodes[Int(slot)]
        guard node.wake == floor else { return }
        if node.due == floor {
            slots.append(slot)
            count -= 1
            node.due = 0
        }
        refile(slot, node)
    }

    /// Moves the entries of a bucket to where they belong, now that `floor` stands at its first millisecond.
    private mutating func cascade(_ bucket: Bucket) {
        occupied[bucket.level] &= ~(1 << UInt64(bucket.index))
        let shift = Int64(bucket.level * Self.levelBits)
        var chain = buckets.take(bucket.level << Self.levelBits | bucket.index)
        let isSoon = bucket.level <= Self.upcomingLevelMax
        while let slot = buckets.next(of: &chain) {
            if chain.isAtStartOfChunk { buckets.forEachInNextChunk(of: chain) { nodes.prefetch(Int($0)) } }
            let node = nodes[Int(slot)]
            guard node.wake >> shift == bucket.start >> shift else { continue }
            if isSoon, node.due >> shift == bucket.start >> shift { announce(node.note) }
            refile(slot, node)
        }
        prefetchBuckets(after: bucket)
    }

    /// Brings near what the next cascades of the level will look at.
    private func prefetchBuckets(after bucket: Bucket) {
        let first = bucket.level << Self.levelBits
        let last = 1 << Self.levelBits - 1
        if bucket.index + 1 <= last {
            buckets.forEachInFirstChunk(of: first + bucket.index + 1) { nodes.prefetch(Int($0)) }
        }
        if bucket.index + 2 <= last { buckets.prefetchFirstChunk(of: first + bucket.index + 2) }
    }

    /// Files the entry of `slot`, which has come up, at the time that is due.
    @inline(__always)
    private mutating func refile(_ slot: UInt32, _ node: Node) {
        if node.due != 0 { file(slot, at: node.due) }
        var node = node
        node.wake = node.due
        nodes[Int(slot)] = node
    }

    @inline(__always)
    private mutating func announce(_ note: UInt32) {
        guard upcomingCount < Self.upcomingCountMax else { return }
        upcoming[upcomingCount] = note
        upcomingCount += 1
    }
}
