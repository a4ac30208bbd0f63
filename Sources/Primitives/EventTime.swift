/// A point in event time: whole milliseconds since 1970-01-01T00:00Z.
///
/// The engine knows no other clock. Arithmetic takes plain milliseconds, so a duration is never mistaken
/// for a time.
public struct EventTime: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// Milliseconds since 1970-01-01T00:00Z; negative before.
    public var milliseconds: Int64

    /// Makes the time that lies `milliseconds` after 1970-01-01T00:00Z.
    @inlinable
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Before every event: where a watermark starts.
    public static let distantPast = EventTime(milliseconds: .min)
    /// After every event: where a timer stands that never fires.
    public static let never = EventTime(milliseconds: .max)
    /// 2000-01-01T00:00Z, the earliest `ts`. Source: contract, section 1.
    public static let earliest = EventTime(milliseconds: 946_684_800_000)
    /// 2100-01-01T00:00Z, the latest `ts` and the last churn crossing. Source: contract, sections 1 and 4.
    public static let latest = EventTime(milliseconds: 4_102_444_800_000)

    /// Earlier times come first.
    @inlinable
    public static func < (left: EventTime, right: EventTime) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The time `milliseconds` later; stays at the ends of the range instead of wrapping.
    @inlinable
    public static func + (time: EventTime, milliseconds: Int64) -> EventTime {
        let (sum, overflow) = time.milliseconds.addingReportingOverflow(milliseconds)
        return EventTime(milliseconds: overflow ? (milliseconds > 0 ? .max : .min) : sum)
    }

    /// The time `milliseconds` earlier; stays at the ends of the range instead of wrapping.
    @inlinable
    public static func - (time: EventTime, milliseconds: Int64) -> EventTime {
        let (difference, overflow) = time.milliseconds.subtractingReportingOverflow(milliseconds)
        return EventTime(milliseconds: overflow ? (milliseconds > 0 ? .min : .max) : difference)
    }

    /// Milliseconds from `earlier` to `later`; both must be real times, not `distantPast` or `never`.
    @inlinable
    public static func - (later: EventTime, earlier: EventTime) -> Int64 {
        later.milliseconds - earlier.milliseconds
    }
}
