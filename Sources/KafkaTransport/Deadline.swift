internal import Glibc

/// A point in monotonic time.
internal struct Deadline {
    private let end: Int64

    init(milliseconds: Int32) { end = Self.now() + Int64(max(milliseconds, 0)) }

    /// Milliseconds left, at least 0.
    func remainingMilliseconds() -> Int32 { Int32(clamping: max(end - Self.now(), 0)) }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
