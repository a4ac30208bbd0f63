import Fitting
import Foundation
import Model
import Primitives
import Testing

@testable import Runtime

/// The log side of `tetik fit`.
@Suite struct OrderScanTests {
    private static let day: Int64 = 86_400_000
    private static let start: Int64 = 1_767_225_600_000

    /// Files in a folder that goes with it.
    final class Logs {
        let folder = FileManager.default.temporaryDirectory.appending(path: "scan-\(UUID().uuidString)")
        private(set) var paths: [String] = []

        init(_ texts: [String]) throws {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for (index, text) in texts.enumerated() {
                let file = folder.appending(path: "\(index).jsonl")
                try Data(text.utf8).write(to: file)
                paths.append(file.path)
            }
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func scan(threads: Int = 1, until: EventTime? = nil) throws -> OrderHistories {
            try OrderScan(
                OrderScan.Options(
                    logs: paths, rules: Rules(), threadCount: threads, timeUnitMilliseconds: 7 * day,
                    mergeMilliseconds: day, until: until)
            ).run()
        }
    }

    private static func order(
        _ customer: String, _ day: Double, _ order: String, _ value: Int, _ more: String = ""
    ) -> String {
        #"{"type":"order.placed","customer":"\#(customer)","ts":\#(time(day).milliseconds),"#
            + #""order":"\#(order)","value":\#(value)\#(more)}"# + "\n"
    }

    private static func time(_ day: Double) -> EventTime {
        EventTime(milliseconds: start + Int64(day * Double(self.day)))
    }

    @Test func `repeats, recency and age are in time units, customers in order of their first order`() throws
    {
        let text =
            Self.order("b", 7, "b1", 10) + Self.order("a", 0, "a1", 10) + Self.order("a", 14, "a2", 20)
            + Self.order("b", 7.5, "b2", 5)
            + #"{"type":"click.page","customer":"c","ts":\#(Self.time(70).milliseconds)}"#
        let found = try Logs([text]).scan()
        #expect(found.purchases.repeats == [1, 0])
        #expect(found.purchases.recencies == [2, 0])
        #expect(found.purchases.ages == [10, 9])
        #expect(found.spend.count == 1 && found.spend.mean == 20)
        #expect(found.orderCount == 4 && found.duplicateCount == 0 && found.rejectedCount == 0)
        #expect(found.logStart == Self.time(0) && found.logEnd == Self.time(70))
        #expect(found.calibrationEnd == Self.time(70) && found.holdoutLength == 0)
    }

    @Test func `the calibration ends with until, itself included`() throws {
        let text =
            Self.order("a", 0, "1", 1) + Self.order("a", 14, "2", 1) + Self.order("a", 21, "3", 1)
            + Self.order("b", 20, "4", 1) + Self.order("b", 28, "5", 1)
        let found = try Logs([text]).scan(until: Self.time(14))
        #expect(found.purchases.repeats == [1] && found.purchases.ages == [2])
        #expect(found.holdoutOrders == [1])
        #expect(found.laterCustomerCount == 1)
        #expect(found.holdoutLength == 2 && found.calibrationEnd == Self.time(14))
        let beyond = try Logs([text]).scan(until: Self.time(56))
        #expect(beyond.purchases.ages == [8, Double(36) / 7])
        #expect(beyond.holdoutLength == 0)
    }

    @Test func `repeats of an id or an order are left out, bad lines counted, an erasure starts afresh`()
        throws
    {
        let erased = #"{"type":"customer.erased","customer":"a","ts":\#(Self.time(15).milliseconds)}"# + "\n"
        let text =
            Self.order("a", 0, "1", 1, #","id":"x""#) + Self.order("a", 7, "1", 1) + "no event\n"
            + Self.order("a", 14, "2", 1, #","id":"x""#)
            + Self.order("b", 14, "2", 1, #","id":"x""#)
        let found = try Logs([text]).scan()
        #expect(found.purchases.repeats == [0, 0])
        #expect(found.orderCount == 2 && found.duplicateCount == 2 && found.rejectedCount == 1)
        let afresh = try Logs([text + erased + Self.order("a", 21, "1", 1)]).scan()
        #expect(afresh.purchases.repeats == [0, 0])
        #expect(afresh.purchases.ages == [1, 0])
        #expect(try Logs([text + erased]).scan().purchases.count == 1)
    }

    @Test func `a log without events has no times`() throws {
        let found = try Logs(["", "\n\nno\n"]).scan(threads: 2)
        #expect(found.logStart == nil && found.calibrationEnd == nil && found.purchases.count == 0)
        #expect(found.rejectedCount == 1)
    }

    @Test func `recorded records are scanned as plain events are`() throws {
        let plain = Self.order("a", 0, "1", 10) + Self.order("a", 9, "2", 20) + Self.order("b", 3, "3", 5)
        let lines = plain.split(separator: "\n").enumerated().map { index, line in
            #"{"topic":"carts","partition":\#(index % 2),"offset":\#(index),"#
                + #""timestamp":4000000000000,"key":"k","value":\#(line)}"# + "\n"
        }
        let ticks = #"{"partition":0,"tick":\#(Self.time(500).milliseconds)}"# + "\n"
        let found = try Logs([lines.joined() + ticks]).scan(threads: 2)
        let wanted = try Logs([plain]).scan()
        #expect(found.purchases.repeats == wanted.purchases.repeats)
        #expect(found.purchases.ages == wanted.purchases.ages)
        #expect(found.logEnd == wanted.logEnd)
    }
}

extension OrderScanTests {
    /// An order as the plainest reading of the contract keeps it.
    private struct PlainOrder {
        var customer: Int
        var time: EventTime
        var id: Int?
        var order: Int
        var value: Int
        var isForeign: Bool
    }

    private static func randomOrders(seed: UInt64) -> [PlainOrder] {
        var random = RandomStream(seed: seed)
        var clock = 0.0
        return (0..<4_000).map { _ in
            clock += random.unit() * 0.05
            // One in eight comes late by up to twenty days.
            let time = clock - (random.chance(0.125) ? random.unit() * 20 : 0)
            return PlainOrder(
                customer: random.index(below: 300), time: Self.time(30 + time),
                id: random.chance(0.5) ? random.index(below: 40) : nil, order: random.index(below: 30),
                value: random.index(below: 500), isForeign: random.chance(0.03))
        }
    }

    /// What the orders of one customer come to: lists instead of rings, sums over all instead of running ones.
    private static func plainly(_ orders: [PlainOrder], until: EventTime) -> (
        repeats: Int32, first: EventTime, last: EventTime, holdout: Int32, mean: Double?, duplicates: Int
    ) {
        var (ids, names): ([Int], [Int]) = ([], [])
        var kept: [PlainOrder] = []
        for order in orders {
            let isKnownID = order.id.map { ids.suffix(8).contains($0) } ?? false
            if let id = order.id, !isKnownID { ids.append(id) }
            if isKnownID || names.suffix(4).contains(order.order) { continue }
            names.append(order.order)
            kept.append(order)
        }
        func period(_ time: EventTime) -> Int64 { time.milliseconds / day }
        func ends(_ orders: [PlainOrder]) -> [Int64] {
            [orders.map(\.time).min(), orders.map(\.time).max()].compactMap { $0.map(period) }
        }
        var (before, after): ([PlainOrder], [PlainOrder]) = ([], [])
        var (count, holdout): (Int32, Int32) = (0, 0)
        for order in kept {
            if order.time <= until {
                if !ends(before).contains(period(order.time)) { count += 1 }
                before.append(order)
            } else if !(ends(after) + ends(before).suffix(1)).contains(period(order.time)) {
                holdout += 1
                after.append(order)
            }
        }
        let first = before.map(\.time).min() ?? .never
        let repeats = before.filter { period($0.time) != period(first) }
        let sum = repeats.reduce(0) { $0 + $1.value }
        let isKnown = count > 1 && sum > 0 && !before.contains { $0.isForeign }
        return (
            count - 1, first, before.map(\.time).max() ?? .never, holdout,
            isKnown ? Double(sum) / Double(count - 1) : nil, orders.count - kept.count
        )
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `random logs come out as the plainest reading says, on any number of threads`(seed: UInt64) throws {
        let orders = Self.randomOrders(seed: seed)
        let lines = orders.map { order in
            let id = order.id.map { #","id":"i\#($0)""# } ?? ""
            let currency = order.isForeign ? #","currency":"EUR""# : ""
            return
                #"{"type":"order.placed","customer":"c\#(order.customer)","ts":\#(order.time.milliseconds),"#
                + #""order":"o\#(order.order)","value":\#(order.value)\#(id)\#(currency)}"# + "\n"
        }
        let until = Self.time(90)
        let all = Dictionary(grouping: orders, by: \.customer).values.map { Self.plainly($0, until: until) }
        let wanted = all.filter { $0.repeats >= 0 }.sorted { $0.first < $1.first }
        try #require(Set(wanted.map(\.first)).count == wanted.count, "seed \(seed): equal first times")
        let logs = try Logs([lines[..<1_000].joined(), lines[1_000...].joined()])
        for threads in [1, 2, 5] {
            let found = try logs.scan(threads: threads, until: until)
            #expect(found.purchases.repeats == wanted.map(\.repeats), "seed \(seed), \(threads) threads")
            #expect(found.holdoutOrders == wanted.map(\.holdout), "seed \(seed), \(threads) threads")
            let unit = Double(7 * Self.day)
            #expect(
                found.purchases.recencies
                    == wanted.map { $0.repeats == 0 ? 0 : Double($0.last - $0.first) / unit })
            #expect(found.purchases.ages == wanted.map { Double(until - $0.first) / unit })
            let means = wanted.compactMap(\.mean)
            #expect(found.spend.count == means.count)
            #expect(abs(found.spend.mean - means.reduce(0, +) / Double(means.count)) < 1e-9)
            #expect(Int(found.duplicateCount) == all.reduce(0) { $0 + $1.duplicates })
            #expect(found.laterCustomerCount == all.count { $0.repeats < 0 && $0.holdout > 0 })
        }
        #expect(
            wanted.count > 200 && wanted.contains { $0.holdout > 2 } && wanted.contains { $0.repeats > 3 })
    }
}
