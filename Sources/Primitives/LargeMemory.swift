import Glibc

/// Memory in segments of one huge page each.
///
/// Customers are visited at random, and with pages of 4 KiB nearly every visit misses the translation cache as
/// well as the data cache.
@usableFromInline
enum LargeMemory {
    /// Bytes of a segment: a huge page of x86-64, and of AArch64 with 4 KiB pages.
    @usableFromInline static var segmentByteCount: Int { 2 << 20 }

    /// Advice that makes a huge page of pages in use, at once. Source: Linux 6.1, `madvise(2)`.
    private static var adviceCollapse: Int32 { 25 }

    /// A segment of zeros, aligned to its size. Only what is touched takes memory, until `makeHuge`.
    static func allocate() -> UnsafeMutableRawPointer {
        let byteCount = segmentByteCount
        let start = mmap(
            nil, 2 * byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let start, start != MAP_FAILED else { preconditionFailure("out of memory") }
        let lead = (byteCount - Int(bitPattern: start) % byteCount) % byteCount
        if lead > 0 { munmap(start, lead) }
        munmap(start + lead + byteCount, byteCount - lead)
        return start + lead
    }

    /// Asks for a huge page; a kernel that has none to give leaves everything as it is.
    ///
    /// - Parameter isUsed: whether something has been written to the segment already.
    static func makeHuge(_ segment: UnsafeMutableRawPointer, isUsed: Bool) {
        madvise(segment, segmentByteCount, MADV_HUGEPAGE)
        if isUsed { madvise(segment, segmentByteCount, adviceCollapse) }
    }

    /// Gives back a segment.
    static func deallocate(_ segment: UnsafeMutableRawPointer) { munmap(segment, segmentByteCount) }
}
