import Model
public import Primitives

/// What a replay read and emitted. Source: contract, section 8, `--summary`.
public struct ReplaySummary: Sendable, Equatable {
    /// Lines that were neither blank nor ticks.
    public var eventCount: Int64 = 0
    /// Events that were applied.
    public var appliedCount: Int64 = 0
    /// Lines that went to the dead letters.
    public var rejectedCount: Int64 = 0
    /// Lines of an unknown type or without a value.
    public var ignoredCount: Int64 = 0
    /// Events that repeated an id or an order.
    public var duplicateCount: Int64 = 0
    /// Events older than the watermark.
    public var lateCount: Int64 = 0
    /// Customers with an accepted event since their last erasure, in each sequence its own.
    public var customerCount: Int64 = 0
    /// Records emitted, by `RecordKind.rawValue`.
    public var triggerCounts = [Int64](repeating: 0, count: RecordKind.allCases.count)
    /// The lowest of the sequences' watermarks.
    public var watermark: EventTime?
    /// How long it took, in seconds of wall time.
    public var seconds: Double = 0

    /// Makes a summary of nothing.
    public init() {}

    /// The summary as one JSON object and a line feed.
    public var json: String {
        let triggers = RecordKind.allCases
            .map { "\"\($0.name)\":\(triggerCounts[Int($0.rawValue)])" }.joined(separator: ",")
        let watermark = self.watermark.map { "\"\($0.description)\"" } ?? "null"
        let milliseconds = Int64((seconds * 1_000).rounded())
        let fraction = String(String(1_000 + milliseconds % 1_000).dropFirst())
        return "{\"events\":\(eventCount),\"applied\":\(appliedCount),\"rejected\":\(rejectedCount),"
            + "\"ignored\":\(ignoredCount),\"duplicates\":\(duplicateCount),\"late\":\(lateCount),"
            + "\"customers\":\(customerCount),\"triggers\":{\(triggers)},\"watermark\":\(watermark),"
            + "\"seconds\":\(milliseconds / 1_000).\(fraction)}\n"
    }
}
