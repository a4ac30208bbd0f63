import Backtesting

/// Ad suppression: clicks and cost that would have been saved, and orders that came anyway.
extension BacktestReport {
    private static func money(_ tenThousandths: Int, _ result: BacktestResult) -> String {
        "\(NumberText.decimal(Double(tenThousandths) / 10_000, places: 2)) \(result.options.rules.currency)"
    }

    var suppressionSections: [ReportSection] {
        [savedSection, reasonSection, keptOrderSection]
    }

    private var savedSection: ReportSection {
        let columns = ["", "all", "saved", "share"]
        var table = ReportTable(columns: columns)
        var remarks: [String] = []
        for (name, result) in results {
            let tally = result.tally
            let clicks = tally.share(of: [BacktestMetric.savedClicks], in: [BacktestMetric.clicks])
            let cost = tally.share(of: [BacktestMetric.savedCost], in: [BacktestMetric.cost])
            table.rows.append([
                label("ad clicks", name), NumberText.whole(tally.total(BacktestMetric.clicks)),
                NumberText.whole(tally.total(BacktestMetric.savedClicks)), Self.text(clicks),
            ])
            table.rows.append([
                label("cost", name), Self.money(tally.total(BacktestMetric.cost), result),
                Self.money(tally.total(BacktestMetric.savedCost), result), Self.text(cost),
            ])
            let others = tally.total(BacktestMetric.otherCurrencyClicks)
            if others > 0, remarks.isEmpty {
                remarks.append(
                    "The cost of \(NumberText.whole(others)) ad clicks in other currencies is left out.")
            }
        }
        table.rows += differenceRow(
            "cost", of: [BacktestMetric.savedCost], in: [BacktestMetric.cost], column: 3,
            columnCount: columns.count)
        return ReportSection(
            heading: "Ad suppression", introduction: "Ad clicks of customers while they were suppressed.",
            table: table, charts: [savedChart], remarks: remarks)
    }

    /// Cost of all ad clicks and of those saved, summed up over the days.
    private var savedChart: ReportChart {
        var series: [ReportChart.Series] = []
        let first = results.flatMap { $0.result.dailyCost.map(\.day) }.min() ?? 0
        for (index, (name, result)) in results.enumerated() {
            var all = 0.0
            var saved = 0.0
            var allPoints: [(x: Double, y: Double)] = []
            var savedPoints: [(x: Double, y: Double)] = []
            for cost in result.dailyCost {
                all += Double(cost.all) / 10_000
                saved += Double(cost.saved) / 10_000
                allPoints.append((Double(cost.day - first), all))
                savedPoints.append((Double(cost.day - first), saved))
            }
            // The whole cost is the same for both: one line.
            if index == 0 { series.append(.init(name: "all ad clicks", points: allPoints)) }
            series.append(.init(name: label("saved", name), points: savedPoints))
        }
        let currency = results.first.map { "\($0.result.options.rules.currency)" } ?? ""
        return ReportChart(
            title: "Cost of ad clicks, summed up: all, and those of suppressed customers", style: .lines,
            xTitle: "days since the first ad click", yTitle: "cost in \(currency)", series: series)
    }

    private var reasonSection: ReportSection {
        var table = ReportTable(columns: ["reason", "clicks saved", "cost saved", "by this reason alone"])
        for (reason, text) in BacktestMetric.reasonNames.enumerated() {
            for (name, result) in results {
                let clicks = result.tally.total(BacktestMetric.reasonClicks(reason))
                guard clicks > 0 else { continue }
                table.rows.append([
                    label(text, name), NumberText.whole(clicks) + (clicks < Self.fewCases ? "*" : ""),
                    Self.money(result.tally.total(BacktestMetric.reasonCost(reason)), result),
                    Self.money(result.tally.total(BacktestMetric.reasonOnlyCost(reason)), result),
                ])
            }
        }
        return ReportSection(
            heading: "Savings by reason",
            introduction:
                "Several reasons can hold at once; the last column is what would be paid again without "
                + "this one.",
            table: table)
    }

    private var keptOrderSection: ReportSection {
        var table = ReportTable(columns: ["orders", "count", "value", "share of all orders"])
        for (name, result) in results {
            let tally = result.tally
            let rows = [
                ("of suppressed customers", BacktestMetric.suppressedOrders, BacktestMetric.suppressedValue),
                (
                    "of these, within 7 days of an ad click", BacktestMetric.clickedOrders,
                    BacktestMetric.clickedValue
                ),
            ]
            for (text, metric, value) in rows {
                table.rows.append([
                    label(text, name), NumberText.whole(tally.total(metric)),
                    Self.money(tally.total(value), result),
                    Self.text(tally.share(of: [metric], in: [BacktestMetric.orders])),
                ])
            }
        }
        return ReportSection(
            heading: "Orders of suppressed customers",
            introduction:
                "Orders without an ad click before them came anyway. Those soon after a click that would "
                + "have been saved are the most that suppression could have cost.",
            table: table)
    }
}
