import KafkaTransport
import Logging

/// What the clients' own statistics say of them; for the log, and for metrics.
struct KafkaHealth: Sendable {
    /// Input records that are not read yet, over our partitions; nil until the brokers have told.
    var consumerLagCount: Int64?
    /// Records that are written and not acknowledged.
    var unsentCount: Int64 = 0
    /// The slowest broker's 99th percentile of the round trip.
    var roundTripP99Microseconds: Int64 = 0

    /// Takes what one client told: a consumer has partitions with a lag, a producer has a send queue.
    mutating func take(_ statistics: KafkaStatistics) {
        let lags = statistics.partitions.map(\.consumerLag).filter { $0 >= 0 }
        if !lags.isEmpty {
            consumerLagCount = lags.reduce(0, +)
        } else if statistics.partitions.allSatisfy({ $0.fetchQueueCount == 0 }) {
            unsentCount = statistics.queueCount
        }
        roundTripP99Microseconds = statistics.brokers.map(\.roundTripP99Microseconds).max() ?? 0
    }
}

/// Brings what librdkafka tells to our log: each error once when it begins, not each time it comes again.
final class KafkaEventLog: @unchecked Sendable {
    // SAFETY: `lastErrors` is inside the monitor; the logger is a value.
    /// The same error is logged again after so long, with how often it came meanwhile.
    private static let repeatMilliseconds: Int64 = 30_000

    private struct Seen {
        var loggedAtMilliseconds: Int64
        var suppressedCount: Int
        var message: String
        var level: Logger.Level
    }

    private let logger: Logger
    private let seen = Monitor<[String: Seen]>([:])

    private let current = Monitor(KafkaHealth())

    init(_ logger: Logger) { self.logger = logger }

    /// What librdkafka's latest statistics say.
    var health: KafkaHealth { current.read { $0 } }

    func log(_ event: KafkaEvent) {
        switch event {
        case .error(let error): logRepeatable("\(error.kind.rawValue)", "Kafka: \(error.message)", .warning)
        case .log(let line): log(line)
        case .rebalanceFailed(let error):
            logRepeatable("rebalance", "Kafka: the group refused us: \(error.message)", .warning)
        case .statistics(let json):
            if let statistics = KafkaStatistics(json: json) { current.change { $0.take(statistics) } }
        case .assigned, .revoked: break
        }
    }

    private func log(_ line: KafkaLogLine) {
        // 3 and below are errors. Lines about lost connections repeat the error events.
        let isRepetition = line.facility == "FAIL"
        let level: Logger.Level =
            isRepetition ? .debug : line.level <= 3 ? .warning : line.level <= 5 ? .info : .debug
        logRepeatable(line.facility, "librdkafka \(line.facility): \(line.message)", level)
    }

    /// Logs `message`, or counts it if its like was logged a short while ago.
    func logRepeatable(_ key: String, _ message: String, _ level: Logger.Level) {
        let now = SystemClock.monotonicMilliseconds()
        let suppressed: Int? = seen.change { seen in
            if var entry = seen[key], now - entry.loggedAtMilliseconds < Self.repeatMilliseconds {
                entry.suppressedCount += 1
                seen[key] = entry
                return nil
            }
            let count = seen[key]?.suppressedCount ?? 0
            seen[key] = Seen(
                loggedAtMilliseconds: now, suppressedCount: 0, message: message, level: level)
            return count
        }
        guard let suppressed else { return }
        let note: Logger.Metadata = suppressed > 0 ? ["repeated": "\(suppressed)"] : [:]
        logger.log(level: level, "\(message)", metadata: note)
    }

    /// Says how often what has stopped coming came after it was logged last; to be called about once a minute.
    func sumUp() {
        let now = SystemClock.monotonicMilliseconds()
        let over = seen.change { seen -> [Seen] in
            let keys = seen.filter { now - $0.value.loggedAtMilliseconds >= Self.repeatMilliseconds }.keys
            return keys.compactMap { seen.removeValue(forKey: $0) }.filter { $0.suppressedCount > 0 }
        }
        for entry in over {
            logger.log(
                level: entry.level, "\(entry.message)", metadata: ["repeated": "\(entry.suppressedCount)"])
        }
    }
}
