/// Memory for many small blocks of different sizes: size classes in steps of 8 bytes, freed blocks reused.
///
/// A block is named by a 32-bit reference, not by a pointer, and never moves while it lives. Which block an
/// allocation gets depends on the calls before it and on nothing else. Not thread-safe.
public struct BlockArena: ~Copyable {
    /// The name of one block: its place in units of 8 bytes. 0 names none.
    public typealias Reference = UInt32

    /// Bytes of a unit; every block is a whole number of them and is aligned to it.
    public static var unitByteCount: Int { 8 }
    /// BOUND: the largest block, one segment's 2 MiB divided by 32, so that little is wasted at its end.
    public static var blockByteCountMax: Int { 65_536 }

    /// Bytes that may be read, not written, past a block's end: wide loads of narrow fields need no care.
    public static var readSlackByteCount: Int { 64 }

    /// Bits that a reference takes; the others are 0, so that whoever keeps one can use them.
    public static var referenceBitCount: Int { 31 }

    private static var segmentUnitShift: UInt32 { 18 }
    private static var segmentUnits: UInt32 { 1 << segmentUnitShift }
    /// Units of a segment that blocks may take; the rest is the slack behind the last one.
    private static var usableUnits: UInt32 { segmentUnits - UInt32(readSlackByteCount / unitByteCount) }
    /// Units from which on the first segment becomes a huge page: a small arena stays small.
    private static var hugeUnitsMin: UInt32 { segmentUnits / 8 }

    private var segments: [UnsafeMutableRawPointer] = []
    /// Next free unit of the last segment.
    private var nextUnit: UInt32 = 0
    /// Where the free units of the last segment end, for now.
    private var endUnit: UInt32 = 0
    /// First free block of each class, by units; the next one stands in the block's first bytes.
    private var firstFree: [Reference]
    /// Bytes of blocks that are in use.
    public private(set) var usedByteCount = 0

    /// Makes an empty arena, which reserves no memory yet.
    public init() {
        firstFree = Array(repeating: 0, count: Self.blockByteCountMax / Self.unitByteCount + 1)
    }

    deinit { for segment in segments { LargeMemory.deallocate(segment) } }

    /// Bytes of memory that are reserved, in use or not.
    public var reservedByteCount: Int {
        segments.count == 1 && endUnit == Self.hugeUnitsMin
            ? Int(nextUnit) * Self.unitByteCount : segments.count * LargeMemory.segmentByteCount
    }

    /// Units that a block of `byteCount` bytes takes.
    @inlinable
    public static func unitCount(_ byteCount: Int) -> Int { (byteCount + 7) / 8 }

    /// A block of at least `byteCount` bytes, from 1 to `blockByteCountMax`; its content is undefined.
    public mutating func allocate(byteCount: Int) -> Reference {
        precondition(byteCount > 0 && byteCount <= Self.blockByteCountMax)
        let units = Self.unitCount(byteCount)
        usedByteCount += units * Self.unitByteCount
        let free = firstFree[units]
        if free != 0 {
            firstFree[units] = pointer(free).load(as: UInt32.self)
            return free
        }
        while nextUnit + UInt32(units) > endUnit { makeRoom() }
        let reference = UInt32(segments.count - 1) << Self.segmentUnitShift | nextUnit
        nextUnit += UInt32(units)
        return reference
    }

    /// Gives back a block of `byteCount` bytes; the reference is not to be used again.
    public mutating func free(_ reference: Reference, byteCount: Int) {
        let units = Self.unitCount(byteCount)
        usedByteCount -= units * Self.unitByteCount
        pointer(reference).storeBytes(of: firstFree[units], as: UInt32.self)
        firstFree[units] = reference
    }

    /// Makes use of the rest of the first segment, or begins a new one, after the rest of the last has become
    /// a free block.
    private mutating func makeRoom() {
        if segments.count == 1, endUnit < Self.usableUnits {
            LargeMemory.makeHuge(segments[0], isUsed: true)
            endUnit = Self.usableUnits
            return
        }
        precondition(
            segments.count < 1 << (Self.referenceBitCount - Int(Self.segmentUnitShift)),
            "the arena is full: 16 GiB in one shard")
        let rest = Int(endUnit - nextUnit)
        if rest > 0 {
            let reference = UInt32(segments.count - 1) << Self.segmentUnitShift | nextUnit
            pointer(reference).storeBytes(of: firstFree[rest], as: UInt32.self)
            firstFree[rest] = reference
        }
        let segment = LargeMemory.allocate()
        if !segments.isEmpty { LargeMemory.makeHuge(segment, isUsed: false) }
        segments.append(segment)
        // Unit 0 of the first segment is left out: reference 0 names no block.
        nextUnit = segments.count == 1 ? 1 : 0
        endUnit = segments.count == 1 ? Self.hugeUnitsMin : Self.usableUnits
    }

    /// Where the block lies; valid until it is freed.
    @inline(__always)
    public func pointer(_ reference: Reference) -> UnsafeMutableRawPointer {
        segments[Int(reference >> Self.segmentUnitShift)]
            + Int(reference & (Self.segmentUnits - 1)) &* Self.unitByteCount
    }
}
