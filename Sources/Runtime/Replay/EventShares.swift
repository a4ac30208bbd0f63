import Model
import Primitives

/// Which events of a slice are whose: for each worker the indices of the events of its customers, in order.
///
/// Every worker goes through its own events only. Isolation: as the slice that it is part of.
struct EventShares: ~Copyable {
    private let memberCount: Int
    private var indices: UnsafeMutablePointer<UInt32>
    /// Room for each member.
    private var capacity = 0
    private let counts: UnsafeMutablePointer<Int>

    init(memberCount: Int) {
        self.memberCount = memberCount
        indices = .allocate(capacity: 0)
        counts = .allocate(capacity: memberCount)
        counts.initialize(repeating: 0, count: memberCount)
    }

    deinit {
        indices.deallocate()
        counts.deallocate()
    }

    /// The member, from 0, whose a customer is: by bits that neither the index's part nor the place within the part
    /// depends on alone. Ticks are the first member's.
    @inline(__always)
    static func owner(of hash: UInt64, memberCount: Int) -> Int {
        Int(truncatingIfNeeded: ((hash &>> 8 & 0xFFFF) &* UInt64(truncatingIfNeeded: memberCount)) &>> 16)
    }

    /// Hands out the events; what was handed out before is forgotten.
    mutating func fill(_ events: UnsafeBufferPointer<Event>) {
        if events.count > capacity {
            capacity = max(events.count, 2 * capacity)
            indices.deallocate()
            indices = .allocate(capacity: capacity * memberCount)
        }
        counts.update(repeating: 0, count: memberCount)
        for index in events.indices {
            let owner = Self.owner(of: events[index].customerHash, memberCount: memberCount)
            // Without a branch: whose the next event is cannot be foretold.
            indices[owner &* capacity &+ counts[owner]] = UInt32(truncatingIfNeeded: index)
            (counts + owner).pointee &+= 1
        }
    }

    /// The indices of the events of `member`.
    subscript(member: Int) -> UnsafeBufferPointer<UInt32> {
        UnsafeBufferPointer(start: indices + member * capacity, count: counts[member])
    }
}

/// The events of a slice that are one worker's, with their places. Valid while the slice is not decoded anew.
struct SliceEvents {
    private let events: UnsafeBufferPointer<Event>
    private let placements: UnsafeBufferPointer<DecodedSlice.Placement>
    private let indices: UnsafeBufferPointer<UInt32>

    // SAFETY: the pointers stay valid for the call that this is made for; see `DecodedSlice.withEvents`.
    init(
        _ events: UnsafeBufferPointer<Event>, _ placements: UnsafeBufferPointer<DecodedSlice.Placement>,
        _ indices: UnsafeBufferPointer<UInt32>
    ) {
        self.events = events
        self.placements = placements
        self.indices = indices
    }

    /// How many.
    @inline(__always)
    var count: Int { indices.count }

    /// The event at `place`, from 0 to `count` less one.
    @inline(__always)
    func event(_ place: Int) -> Event { events[Int(indices[place])] }

    @inline(__always)
    func hash(_ place: Int) -> UInt64 { events[Int(indices[place])].customerHash }

    /// Asks for the event at `place` and its placement to be brought near, if there is one.
    @inline(__always)
    func prefetch(_ place: Int) {
        guard place < indices.count, let event = events.baseAddress, let placement = placements.baseAddress
        else { return }
        let index = Int(indices[place])
        Prefetch.twoLines(from: event + index)
        Prefetch.line(at: placement + index)
    }

    @inline(__always)
    func customer(_ place: Int) -> Slice { events[Int(indices[place])].customer }

    @inline(__always)
    func kind(_ place: Int) -> EventKind { events[Int(indices[place])].kind }

    /// Where that event stands.
    @inline(__always)
    func placement(_ place: Int) -> DecodedSlice.Placement { placements[Int(indices[place])] }
}
