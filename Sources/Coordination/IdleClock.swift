public import Primitives

/// Decides when the wall clock moves a shard's watermark: only once everything is read to its end and nothing
/// has arrived for a while. Source: contract, section 2.
///
/// Pure: time is passed in. Isolation: the shard's thread.
public struct IdleClock: Sendable {
    private let idleAfterMilliseconds: Int64
    private let latenessMilliseconds: Int64
    private var lastArrivalMilliseconds: Int64
    private var lastTickMilliseconds: Int64?

    /// Between two ticks: timers of quiet customers fire this late at most.
    public static let tickIntervalMilliseconds: Int64 = 1_000

    /// Makes a clock; the shard begins at `now`, in milliseconds of a monotonic clock.
    public init(idleAfterMilliseconds: Int64, latenessMilliseconds: Int64, now: Int64) {
        self.idleAfterMilliseconds = idleAfterMilliseconds
        self.latenessMilliseconds = latenessMilliseconds
        lastArrivalMilliseconds = now
    }

    /// Notes that a record arrived.
    public mutating func noteArrival(now: Int64) {
        lastArrivalMilliseconds = now
        lastTickMilliseconds = nil
    }

    /// Milliseconds until a tick may be due, if everything stays read to its end; 0: now.
    public func millisecondsUntilDue(now: Int64) -> Int64 {
        let afterArrival = lastArrivalMilliseconds + idleAfterMilliseconds
        let afterTick = lastTickMilliseconds.map { $0 + Self.tickIntervalMilliseconds } ?? .min
        return max(max(afterArrival, afterTick) - now, 0)
    }

    /// The watermark of a tick at wall time `wallClock`; notes that it was made at `now`.
    public mutating func tick(now: Int64, wallClock: EventTime) -> EventTime {
        lastTickMilliseconds = now
        return wallClock - latenessMilliseconds
    }
}
