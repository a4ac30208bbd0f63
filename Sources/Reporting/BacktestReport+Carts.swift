import Backtesting

/// Abandoned carts: what came back by itself, and when.
extension BacktestReport {
    var cartSection: ReportSection {
        let columns = ["step", "records", "ordered by themselves", "value of these orders"]
        var table = ReportTable(columns: columns)
        for step in 0..<BacktestMetric.stepCountMax {
            let part = [BacktestMetric.cartRecovered(step)]
            let whole = [BacktestMetric.cartRecords(step)]
            var presentCount = 0
            for (name, result) in results {
                let steps = result.options.rules.abandonedCart.stepMilliseconds
                guard step < steps.count else { continue }
                presentCount += 1
                let share = result.tally.share(of: part, in: whole)
                let value = result.tally.total(BacktestMetric.cartValue(step))
                table.rows.append([
                    label("\(step + 1), after \(Self.hours(steps[step]))", name),
                    NumberText.whole(share.cases), Self.text(share),
                    "\(NumberText.decimal(Double(value) / 10_000, places: 2)) \(result.options.rules.currency)",
                ])
            }
            if presentCount == results.count {
                table.rows += differenceRow(
                    "\(step + 1)", of: part, in: whole, column: 2, columnCount: columns.count)
            }
        }
        return ReportSection(
            heading: "Abandoned carts",
            introduction:
                "Records whose recovery window is over, and the share that an order followed within it. The "
                + "log does not know of mails that Tetik would have sent: these orders came without them.",
            table: table)
    }

    private static func hours(_ milliseconds: Int64) -> String {
        let hours = Double(milliseconds) / 3_600_000
        return NumberText.decimal(hours, places: hours == hours.rounded() ? 0 : 2) + " h"
    }

    /// Carts of the first step by hour, summed up: at each hour, how many had been ordered.
    private static func recovered(_ result: BacktestResult) -> [Int] {
        var sum = 0
        return (0..<BacktestMetric.hourCount).map { hour in
            sum += result.tally.total(BacktestMetric.cartHours(hour))
            return sum
        }
    }

    var delaySection: ReportSection {
        var table = ReportTable(columns: ["mail after", "carts still open", "of these ordered anyway"])
        var series: [ReportChart.Series] = []
        for (name, result) in results {
            let carts = result.tally.total(BacktestMetric.cartRecords(0))
            let recovered = Self.recovered(result)
            let all = recovered.last ?? 0
            guard carts > 0 else { continue }
            series.append(
                .init(
                    name: name,
                    points: [(0, 0)]
                        + recovered.dropLast().enumerated().map {
                            (Double($0.offset + 1), Double($0.element) / Double(carts))
                        }))
            let rules = result.options.rules.abandonedCart
            let first = rules.stepMilliseconds.first ?? 0
            // Later than this the recovery window leaves too little time to see an order.
            let last = first + rules.recoveryWindowMilliseconds / 2
            for delay in Self.delayHours where (first...last).contains(Int64(delay) * 3_600_000) {
                let before = recovered[delay - 1]
                let open = carts - before
                let share = Double(all - before) / Double(max(open, 1))
                table.rows.append([
                    label("\(delay) h", name), NumberText.whole(open),
                    NumberText.percent(share) + (open < Self.fewCases ? "*" : ""),
                ])
            }
        }
        return ReportSection(
            heading: "When to send the first mail",
            introduction:
                "Of the carts that got a record of step 1: how many are still open after each delay since "
                + "the last activity, and how many of those would have been ordered without a mail. To see shorter "
                + "delays than the first step, run with a shorter one.",
            table: table,
            charts: [
                ReportChart(
                    title: "Carts ordered by themselves, by hours since the last activity", style: .lines,
                    xTitle: "hours since the last activity", yTitle: "share of carts ordered", series: series,
                    isShare: true)
            ])
    }
}
