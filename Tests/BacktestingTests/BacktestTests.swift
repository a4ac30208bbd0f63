import Backtesting
import Foundation
import Model
import Primitives
import Runtime
import Testing
import Workloads

@Suite struct BacktestTests {
    private static let day: Int64 = 86_400_000

    /// A log in a folder of its own, which goes with it.
    final class TemporaryLog {
        let folder = FileManager.default.temporaryDirectory.appending(path: "backtest-\(UUID().uuidString)")
        var path: String { folder.appending(path: "log.jsonl").path }

        init(_ text: Data) throws {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try text.write(to: URL(filePath: path))
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func backtest(_ rules: Rules, window: Int64, threads: Int = 1) throws -> BacktestResult {
            let options = BacktestObserver.Options(rules: rules, windowMilliseconds: window)
            return try Backtest(logs: [path], options: options, threadCount: threads).run()
        }

        func triggers(_ rules: Rules) throws -> Data {
            let file = folder.appending(path: "triggers.jsonl")
            let options = Replay.Options(
                logs: [path], rules: rules, threadCount: 1, until: nil,
                triggers: try FileOutput(path: file.path), deadLetters: nil)
            _ = try Replay(options).run()
            return try Data(contentsOf: file)
        }
    }

    private static func shopLog(seed: UInt64, days: Int, customers: Int) -> Data {
        var settings = ShopSettings()
        settings.seed = seed
        settings.dayCount = days
        settings.customerCount = customers
        var workload = ShopWorkload(settings)
        var writer = ByteWriter(capacity: 1 << 20)
        while workload.next(into: &writer) != nil { writer.append(0x0A) }
        return Data(writer.bytes)
    }

    @Test func `alerts and carts are judged as one by one from the triggers`() throws {
        let text = Self.shopLog(seed: 5, days: 300, customers: 150)
        let log = try TemporaryLog(text)
        var rules = Rules()
        rules.churnRisk.watchThreshold = 0.6
        rules.churnRisk.atRiskThreshold = 0.45
        let window = 40 * Self.day
        let tally = try log.backtest(rules, window: window).tally
        let naive = try NaiveOutcomes(
            log: text, triggers: log.triggers(rules), rules: rules, window: window)
        for level in 0..<3 {
            #expect(tally.total(BacktestMetric.alerts(level)) == naive.alerts[level])
            #expect(tally.total(BacktestMetric.alertsLapsed(level)) == naive.lapsed[level])
            #expect(tally.total(BacktestMetric.alertsReturned(level)) == naive.returned[level])
        }
        for step in 0..<3 {
            #expect(tally.total(BacktestMetric.cartRecords(step)) == naive.records[step])
            #expect(tally.total(BacktestMetric.cartRecovered(step)) == naive.recovered[step])
        }
        #expect(naive.lapsed[0] > 30 && naive.returned[0] > 5 && naive.recovered[0] > 5)
    }

    @Test func `the number of threads changes nothing`() throws {
        let log = try TemporaryLog(Self.shopLog(seed: 6, days: 120, customers: 200))
        let one = try log.backtest(Rules(), window: 30 * Self.day)
        let three = try log.backtest(Rules(), window: 30 * Self.day, threads: 3)
        #expect(one.tally == three.tally)
        #expect(one.quietDays.map(\.median) == three.quietDays.map(\.median))
        #expect(one.dailyCost.map(\.saved) == three.dailyCost.map(\.saved))
    }

    @Test func `with the true parameters the model's chances are those of the customers`() throws {
        let log = try TemporaryLog(Self.shopLog(seed: 7, days: 400, customers: 1_500))
        let tally = try log.backtest(Rules(), window: 60 * Self.day).tally
        var customers = 0.0
        for place in 0..<BacktestMetric.classCount {
            let count = Double(tally.total(BacktestMetric.classCustomers(place)))
            guard count > 0 else { continue }
            customers += count
            let chances =
                Double(tally.total(BacktestMetric.classChances(place))) / BacktestMetric.probabilityScale
            let ordered = Double(tally.total(BacktestMetric.classReturned(place)))
            // Four standard deviations; a customer's windows are not independent, so a little more.
            let deviation = (chances * (1 - chances / count)).squareRoot()
            #expect(
                abs(ordered - chances) < 5 * deviation + 3,
                "class \(place): \(ordered) of \(count), \(chances)")
        }
        #expect(customers > 2_000)
    }

    @Test func `ad clicks of suppressed customers are saved, the one before an order is held against it`()
        throws
    {
        let start: Int64 = 1_700_000_000_000
        let day = Self.day
        let lines = [
            #"{"type":"click.ad","customer":"a","ts":\#(start),"channel":"x","cost":1.5}"#,
            #"{"type":"order.placed","customer":"a","ts":\#(start + 1_000),"order":"1","value":10}"#,
            #"{"type":"click.ad","customer":"a","ts":\#(start + day),"channel":"x","cost":2.25}"#,
            #"{"type":"click.ad","customer":"a","ts":\#(start + day),"channel":"x","cost":9,"currency":"EUR"}"#,
            #"{"type":"order.placed","customer":"a","ts":\#(start + 2 * day),"order":"2","value":20}"#,
            #"{"type":"order.placed","customer":"a","ts":\#(start + 2 * day),"order":"2","value":20}"#,
            #"{"type":"order.placed","customer":"a","ts":\#(start + 10 * day),"order":"3","value":40}"#,
            #"{"type":"click.ad","customer":"b","ts":\#(start + 40 * day),"channel":"x","cost":4}"#,
            #"{"type":"click.ad","customer":"a","ts":\#(start + 40 * day),"channel":"x","cost":8}"#,
        ]
        let log = try TemporaryLog(Data(lines.joined(separator: "\n").utf8))
        var rules = Rules()
        rules.churnRisk.isEnabled = false
        let tally = try log.backtest(rules, window: 30 * day).tally
        #expect(tally.total(BacktestMetric.clicks) == 5)
        #expect(tally.total(BacktestMetric.savedClicks) == 2)
        #expect(tally.total(BacktestMetric.cost) == 157_500)
        #expect(tally.total(BacktestMetric.savedCost) == 22_500)
        #expect(tally.total(BacktestMetric.otherCurrencyClicks) == 1)
        #expect(tally.total(BacktestMetric.reasonCost(4)) == 22_500)
        #expect(tally.total(BacktestMetric.orders) == 3)
        #expect(tally.total(BacktestMetric.suppressedOrders) == 2)
        #expect(tally.total(BacktestMetric.clickedOrders) == 1)
        #expect(tally.total(BacktestMetric.clickedValue) == 200_000)
    }

    @Test func `intervals hold the share and shrink with the cases`() throws {
        let log = try TemporaryLog(Self.shopLog(seed: 8, days: 200, customers: 600))
        let tally = try log.backtest(Rules(), window: 30 * Self.day).tally
        let share = tally.share(of: [BacktestMetric.savedClicks], in: [BacktestMetric.clicks])
        #expect(share.low < share.value && share.value < share.high)
        #expect(share.high - share.low < 0.1)
        let same = tally.difference(
            of: [BacktestMetric.savedClicks], in: [BacktestMetric.clicks], from: tally)
        #expect(same.low == 0 && same.value == 0 && same.high == 0)
        let nothing = tally.share(
            of: [BacktestMetric.cartRecovered(15)], in: [BacktestMetric.cartRecords(15)])
        #expect(nothing.value.isNaN && nothing.cases == 0)
    }
}
