public import Primitives

/// The input topic that a generated event usually comes from. Source: contract, section 1.
public enum WorkloadTopic: Int, Sendable, CaseIterable, BitwiseCopyable {
    case clicks, carts, emails

    /// The default name of the topic. Source: contract, section 9.
    public var name: StaticString {
        switch self {
        case .clicks: "clicks"
        case .carts: "carts"
        case .emails: "emails"
        }
    }
}

/// Where an event lies that a workload has just appended to a `ByteWriter`, and when it happens.
public struct GeneratedEvent: Sendable {
    /// The event's `ts`.
    public var timestamp: EventTime
    /// When the shop hands the event over: `timestamp`, or up to 8 s later. Never falls along the stream.
    public var deliveredAt: EventTime
    /// The topic to produce to.
    public var topic: WorkloadTopic
    /// The event's JSON, without a line feed, as byte offsets of the writer.
    public var value: Range<Int>
    /// The customer, the key to produce with, as byte offsets of the writer.
    public var customer: Range<Int>
    /// False for a line that was spoiled on purpose so far that it is no JSON or no UTF-8.
    public var isJSON = true
}

/// Something that makes events, one after another, always the same ones for the same settings.
public protocol Workload {
    /// Appends the next event to `writer`.
    /// - Returns: where it lies, or nil (and nothing is appended) when the workload is over.
    mutating func next(into writer: inout ByteWriter) -> GeneratedEvent?
}

/// 2026-01-01T00:00Z, where workloads begin unless told otherwise.
public let workloadDefaultStart = EventTime(milliseconds: 1_767_225_600_000)

/// One day in milliseconds.
let dayMilliseconds: Int64 = 86_400_000
/// One hour in milliseconds.
let hourMilliseconds: Int64 = 3_600_000
/// How late an event may be delivered, in milliseconds: below the default `allowed_lateness` of 10 s.
let latenessMillisecondsMax: Int64 = 8_000
