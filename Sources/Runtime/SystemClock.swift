import Glibc
public import Primitives

/// The clocks of the host; nothing below Runtime reads them.
public enum SystemClock {
    /// Milliseconds of a clock that never goes back; only differences mean something.
    public static func monotonicMilliseconds() -> Int64 { milliseconds(CLOCK_MONOTONIC) }

    /// Microseconds of the same clock.
    public static func monotonicMicroseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000
    }

    /// The wall clock.
    public static func wallClock() -> EventTime { EventTime(milliseconds: milliseconds(CLOCK_REALTIME)) }

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var now = timespec()
        clock_gettime(clock, &now)
        return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
    }
}

extension SystemClock {
    /// Processors of the host that are online.
    public static var coreCount: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

    /// Waits on this thread. Never for what another thread could announce.
    static func sleep(milliseconds: Int64) {
        var time = timespec(
            tv_sec: Int(milliseconds / 1_000), tv_nsec: Int(milliseconds % 1_000) * 1_000_000)
        nanosleep(&time, nil)
    }
}
