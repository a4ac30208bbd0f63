/// When the next transaction begins and ends, from what the last ones took: so that a record is committed about
/// `commit_interval` after its event came, whatever the brokers need, and no more often than that takes.
///
/// Isolation: the thread that commits.
public struct CommitPace: Sendable {
    /// How long an event is on its way from the broker to its record, about: the longest wait of a fetch.
    private static let arrivalMilliseconds: Int64 = 10
    /// A commit that takes longer than this is worth to be begun ahead. Source: measured, one broker: 24 partitions
    /// written at once 5 to 8 ms when it is idle, 25 ms when its processors are busy, 10 ms of them if begun ahead.
    private static let aheadFromMicroseconds: Int64 = 10_000
    /// A transaction begins at most so long before it ends: readers of its topics wait for it, whoever else writes.
    private static let aheadMillisecondsMax: Int64 = 25

    private let intervalMilliseconds: Int64
    /// The longest of the last commits; each commit makes it count 2 % less.
    private var slowestMicroseconds: Int64 = 0

    /// Makes the pace of an interval, at least 1 ms.
    public init(intervalMilliseconds: Int64) {
        precondition(intervalMilliseconds > 0, "nothing can be committed all the time")
        self.intervalMilliseconds = intervalMilliseconds
    }

    /// A commit took so long, without what was begun ahead of it.
    public mutating func note(microseconds: Int64) {
        // One that waited for a broker to come back says nothing of the next.
        let bounded = min(max(microseconds, 0), intervalMilliseconds * 1_000)
        slowestMicroseconds = max(slowestMicroseconds - slowestMicroseconds / 50, bounded)
    }

    /// Milliseconds from one commit's begin to that of the next: at least half of the interval, and what is left of it
    /// once an event's way, the commit, and as much again for one that takes longer are taken off.
    public var collectingMilliseconds: Int64 {
        let rest = intervalMilliseconds - Self.arrivalMilliseconds - 2 * slowestMicroseconds / 1_000
        return max(rest, intervalMilliseconds / 2, 1)
    }

    /// How many milliseconds before a commit its transaction begins; 0: with it.
    public var aheadMilliseconds: Int64 {
        guard slowestMicroseconds > Self.aheadFromMicroseconds else { return 0 }
        return min(collectingMilliseconds / 2, Self.aheadMillisecondsMax)
    }
}
