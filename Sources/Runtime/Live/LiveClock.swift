package import Primitives

/// The clocks that shards and snapshots go by, so that a simulation can have its own.
package struct LiveClock: Sendable {
    /// Milliseconds of a clock that never goes back.
    package var monotonicMilliseconds: @Sendable () -> Int64
    /// The wall clock.
    package var wallClock: @Sendable () -> EventTime

    /// Makes clocks of two functions.
    package init(
        monotonicMilliseconds: @escaping @Sendable () -> Int64, wallClock: @escaping @Sendable () -> EventTime
    ) {
        self.monotonicMilliseconds = monotonicMilliseconds
        self.wallClock = wallClock
    }

    /// The clocks of the host.
    package static let system = LiveClock(
        monotonicMilliseconds: { SystemClock.monotonicMilliseconds() },
        wallClock: { SystemClock.wallClock() })
}
