/// What charts of the last hour are drawn from: one sample every 5 s, the oldest forgotten.
///
/// A value that its owner guards. BOUND: `sampleCountMax` samples of about 150 bytes.
public struct StatusHistory: Sendable, Codable, Equatable {
    /// Between two samples, in milliseconds.
    public static let intervalMilliseconds: Int64 = 5_000
    /// One hour.
    public static let sampleCountMax = 720

    /// One moment. Counts are of the time since the sample before.
    public struct Sample: Sendable, Codable, Equatable {
        /// Wall clock, in milliseconds since 1970.
        public var atMilliseconds: Int64
        /// How long the counts were gathered.
        public var seconds: Double
        /// Records read.
        public var eventCount: Int64
        /// Records acknowledged, in the order of `DaemonStatus.triggers`.
        public var triggerCounts: [Int64]
        /// Records that wait to be read; nil while unknown.
        public var lagCount: Int64?
        /// The largest of the shards' watermark delays.
        public var watermarkDelaySeconds: Double?
        /// Half of the records were acknowledged within this time after they were emitted; nil without records.
        public var latencyP50Seconds: Double?
        /// 99 % were.
        public var latencyP99Seconds: Double?
        /// Customers in memory.
        public var customerCount: Int64
        /// Memory reserved for customers and timers.
        public var memoryByteCount: Int64
    }

    /// The samples, oldest first.
    public private(set) var samples: [Sample] = []
    private var last: DaemonStatus?
    private var lastAtMilliseconds: Int64 = 0

    /// Makes a history of nothing.
    public init() {}

    private enum CodingKeys: String, CodingKey { case samples }

    /// Whether it is time for another sample.
    public func isDue(monotonicMilliseconds: Int64) -> Bool {
        last == nil || monotonicMilliseconds - lastAtMilliseconds >= Self.intervalMilliseconds
    }

    /// Takes what happened since the call before; the first call only remembers where counting begins.
    public mutating func add(
        _ status: DaemonStatus, wallClockMilliseconds: Int64, monotonicMilliseconds: Int64
    ) {
        defer {
            last = status
            lastAtMilliseconds = monotonicMilliseconds
        }
        guard let last else { return }
        let latency = status.triggerLatency.since(last.triggerLatency)
        let sample = Sample(
            atMilliseconds: wallClockMilliseconds,
            seconds: Double(max(monotonicMilliseconds - lastAtMilliseconds, 1)) / 1_000,
            eventCount: status.totals.eventCount - last.totals.eventCount,
            triggerCounts: zip(status.triggers, last.triggers).map { $0.count - $1.count },
            lagCount: status.totals.lagCount,
            watermarkDelaySeconds: status.shards.compactMap(\.watermarkDelaySeconds).max(),
            latencyP50Seconds: latency.quantileSeconds(0.5), latencyP99Seconds: latency.quantileSeconds(0.99),
            customerCount: status.totals.customerCount, memoryByteCount: status.totals.memoryByteCount)
        if samples.count >= Self.sampleCountMax {
            samples.removeFirst(samples.count - Self.sampleCountMax + 1)
        }
        samples.append(sample)
    }

    /// The history with only the samples after `milliseconds`, a wall-clock time.
    public func after(milliseconds: Int64) -> StatusHistory {
        var rest = StatusHistory()
        rest.samples = samples.filter { $0.atMilliseconds > milliseconds }
        return rest
    }
}
