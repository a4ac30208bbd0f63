/// The few timers of the span of time at hand, in the order in which they wake.
///
/// Where there are few, putting each one straight into its place costs less than moving it down the wheel's last
/// levels. Not thread-safe: it belongs to the timer queue.
struct NearTimers {
    /// BOUND: timers that are held; more of them are the wheel's.
    static var countMax: Int { 64 }

    /// A time of the span above the slot, the earliest one last.
    private var entries = InlineArray<64, UInt64>(repeating: 0)
    private(set) var count = 0

    @inline(__always)
    var isEmpty: Bool { count == 0 }

    @inline(__always)
    var isFull: Bool { count == Self.countMax }

    /// Milliseconds into the span at which the first one wakes; there must be one.
    @inline(__always)
    var first: Int64 { Int64(truncatingIfNeeded: entries[count &- 1] &>> 32) }

    /// Adds a slot, which may be there already; there must be room.
    ///
    /// - Parameter time: milliseconds into the span, less than 2^31. Complexity: O(countMax).
    @inline(__always)
    mutating func insert(_ slot: UInt32, at time: Int64) {
        let entry = UInt64(truncatingIfNeeded: time) &<< 32 | UInt64(slot)
        var place = count
        while place > 0, entries[place &- 1] < entry {
            entries[place] = entries[place &- 1]
            place &-= 1
        }
        entries[place] = entry
        count &+= 1
    }

    /// Takes the first one out; there must be one.
    @inline(__always)
    mutating func removeFirst() -> UInt32 {
        count &-= 1
        return UInt32(truncatingIfNeeded: entries[count])
    }
}
