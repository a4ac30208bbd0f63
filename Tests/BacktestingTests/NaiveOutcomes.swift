import Backtesting
import Foundation
import Model

/// What came of churn alerts and cart records, worked out from the triggers of a replay and the log, one by
/// one.
struct NaiveOutcomes {
    private struct Order {
        var time: Int64
        var value: Int
    }

    private struct Trigger: Decodable {
        var type: String
        var customer: String
        var at: String
        var level: String?
        var previous: String?
        var step: Int?
        var since: String?
    }

    private struct LogEvent: Decodable {
        var type: String
        var customer: String
        var ts: Int64
        var order: String?
    }

    private static let levels = ["none", "watch", "at_risk", "lost"]
    private static let day: Int64 = 86_400_000

    var alerts = [0, 0, 0]
    var lapsed = [0, 0, 0]
    var returned = [0, 0, 0]
    var records = [Int](repeating: 0, count: 16)
    var recovered = [Int](repeating: 0, count: 16)

    private var orders: [String: [Int64]] = [:]
    private var triggers: [String: [Trigger]] = [:]
    private let window: Int64
    private let recovery: Int64
    /// The day that the log has reached.
    private let lastDay: Int64

    init(log: Data, triggers lines: Data, rules: Rules, window: Int64) throws {
        self.window = window
        recovery = rules.abandonedCart.recoveryWindowMilliseconds
        let decoder = JSONDecoder()
        var latest: Int64 = 0
        var seen = Set<String>()
        for line in log.split(separator: 0x0A) {
            let event = try decoder.decode(LogEvent.self, from: line)
            latest = max(latest, event.ts)
            if let order = event.order, event.type == "order.placed", seen.insert(order).inserted {
                orders[event.customer, default: []].append(event.ts)
            }
        }
        lastDay = (latest - rules.allowedLatenessMilliseconds) / Self.day
        for line in lines.split(separator: 0x0A) {
            let trigger = try decoder.decode(Trigger.self, from: line)
            triggers[trigger.customer, default: []].append(trigger)
        }
        for (customer, list) in triggers { try judge(list, orders[customer] ?? []) }
    }

    private func hasMatured(_ time: Int64) -> Bool { time / Self.day < lastDay }

    private mutating func judge(_ triggers: [Trigger], _ orders: [Int64]) throws {
        for (index, trigger) in triggers.enumerated() {
            let at = try Self.milliseconds(trigger.at)
            if trigger.type == "churn_risk" {
                judgeLevel(trigger, at, orders)
            } else if trigger.type == "abandoned_cart", let step = trigger.step {
                guard hasMatured(at + recovery) else { continue }
                records[step - 1] += 1
                let next = triggers[index...].first {
                    $0.type == "abandoned_cart" && $0.since != trigger.since
                }
                let end = try next.map { try Self.milliseconds($0.at) } ?? .max
                if let order = orders.filter({ $0 >= at }).min(), order <= at + recovery, order < end {
                    recovered[step - 1] += 1
                }
            }
        }
    }

    private mutating func judgeLevel(_ trigger: Trigger, _ at: Int64, _ orders: [Int64]) {
        guard let level = Self.levels.firstIndex(of: trigger.level ?? ""),
            let previous = Self.levels.firstIndex(of: trigger.previous ?? ""), level > previous
        else { return }
        for place in previous..<level {
            alerts[place] += 1
            guard hasMatured(at + window) else { continue }
            if orders.contains(where: { $0 > at && $0 <= at + window }) {
                returned[place] += 1
            } else {
                lapsed[place] += 1
            }
        }
    }

    private static func milliseconds(_ text: String) throws -> Int64 {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        guard let date = formatter.date(from: text) else { throw CocoaError(.formatting) }
        return Int64((date.timeIntervalSince1970 * 1_000).rounded())
    }
}
