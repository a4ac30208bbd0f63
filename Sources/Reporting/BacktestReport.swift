import Backtesting
import Primitives

/// What `tetik backtest` has to say: one configuration, or two side by side.
public struct BacktestReport: Sendable {
    /// The results by the names of their configurations; two are of the same logs.
    let results: [(name: String, result: BacktestResult)]
    private let logs: [String]

    /// Levels of churn risk, as the configuration names them.
    static let levelNames = ["watch", "at_risk", "lost"]
    /// Fewer cases than this and a share says little. Source: rule of thumb for the normal approximation.
    static let fewCases = 30
    /// Delays of a cart's first mail that are compared, in hours.
    static let delayHours = [1, 2, 3, 4, 6, 8, 12, 24, 36, 48, 72, 120]

    /// Makes a report of one or two results.
    public init(results: [(name: String, result: BacktestResult)], logs: [String]) {
        precondition(results.count == 1 || results.count == 2)
        self.results = results
        self.logs = logs
    }

    /// The report for people.
    public var report: Report {
        let names = results.map(\.name)
        let title =
            results.count == 1 ? "Backtest of \(names[0])" : "Backtest of \(names[0]) against \(names[1])"
        var facts = [("log", logs.joined(separator: ", "))]
        if let first = results.first {
            facts.append(("events", NumberText.whole(Int(first.result.eventCount))))
            if let end = first.result.end { facts.append(("until", end.description)) }
            facts.append(
                ("window", "\(days(first.result.options.windowMilliseconds)) without an order count as gone"))
        }
        facts.append(
            ("intervals", "95 %, from 1,000 draws of 200 groups of customers; * marks fewer than 30 cases"))
        return Report(
            title: title, facts: facts.map { (name: $0.0, value: $0.1) },
            sections: [alertSection, recallSection, calibrationSection, cartSection, delaySection]
                + suppressionSections)
    }

    private func days(_ milliseconds: Int64) -> String {
        let days = Double(milliseconds) / 86_400_000
        return NumberText.decimal(days, places: days == days.rounded() ? 0 : 1) + " days"
    }

    /// A row's label: what it is about, and of which configuration if there are two.
    func label(_ text: String, _ name: String) -> String { results.count == 1 ? text : "\(text), \(name)" }

    /// A share with its interval; a star where it rests on few cases.
    static func text(_ estimate: ShareEstimate) -> String {
        guard estimate.value.isFinite else { return "–" }
        let star = estimate.cases < fewCases ? "*" : ""
        let range =
            NumberText.fixed(estimate.low * 100, places: 1) + "–"
            + NumberText.fixed(estimate.high * 100, places: 1)
        return "\(NumberText.percent(estimate.value))\(star) (\(range))"
    }

    /// A difference in percentage points with its interval.
    static func points(_ estimate: ShareEstimate) -> String {
        guard estimate.value.isFinite else { return "–" }
        let star = estimate.cases < fewCases ? "*" : ""
        func signed(_ value: Double) -> String {
            (value > 0 ? "+" : "") + NumberText.fixed(value * 100, places: 1)
        }
        return "\(signed(estimate.value)) points\(star) (\(signed(estimate.low)) to \(signed(estimate.high)))"
    }

    /// The row that says how much larger the first configuration's share is, and cells before and after it.
    func differenceRow(
        _ text: String, of part: [Int], in whole: [Int], column: Int, columnCount: Int
    ) -> [[String]] {
        guard results.count == 2 else { return [] }
        var row = [String](repeating: "", count: columnCount)
        row[0] = "\(text), difference"
        row[column] = Self.points(
            results[0].result.tally.difference(of: part, in: whole, from: results[1].result.tally))
        return [row]
    }

    private var alertSection: ReportSection {
        let columns = [
            "level", "alerts", "decided", "never ordered again (precision)", "days since last order",
            "days until lost",
        ]
        var table = ReportTable(columns: columns)
        var hasFew = false
        for (level, levelName) in Self.levelNames.enumerated() {
            let part = [BacktestMetric.alertsLapsed(level)]
            let whole = part + [BacktestMetric.alertsReturned(level)]
            for (name, result) in results {
                let share = result.tally.share(of: part, in: whole)
                hasFew = hasFew || share.cases < Self.fewCases
                table.rows.append([
                    label(levelName, name),
                    NumberText.whole(result.tally.total(BacktestMetric.alerts(level))),
                    NumberText.whole(share.cases), Self.text(share),
                    result.quietDays[level].median.map { "\($0)" } ?? "–",
                    result.leadDays[level].median.map { "\($0)" } ?? "–",
                ])
            }
            table.rows += differenceRow(levelName, of: part, in: whole, column: 3, columnCount: columns.count)
        }
        return ReportSection(
            heading: "Churn alerts",
            introduction:
                "Each alert is decided once its window is over: right if the customer did not order within "
                + "it. Days are medians: how long the customer had been quiet, and the lead that the alert gives "
                + "before the level lost.",
            table: table,
            remarks: hasFew ? ["Levels with fewer than \(Self.fewCases) decided alerts say little."] : [])
    }

    private var recallSection: ReportSection {
        let columns = ["level or deeper", "customers", "gone (precision)", "of all gone (recall)"]
        let everyone = (0..<BacktestMetric.classCount).map { BacktestMetric.classCustomers($0) }
        var table = ReportTable(columns: columns)
        for (name, result) in results {
            let back = result.tally.share(
                of: (0..<BacktestMetric.classCount).map { BacktestMetric.classReturned($0) }, in: everyone)
            let gone = back.complement
            table.rows.append([
                label("all customers", name), NumberText.whole(gone.cases), Self.text(gone), "",
            ])
        }
        for (level, levelName) in Self.levelNames.enumerated() {
            for (name, result) in results {
                let flagged = [BacktestMetric.flagged(level)]
                let lapsed = [BacktestMetric.flaggedLapsed(level)]
                let share = result.tally.share(of: lapsed, in: flagged)
                table.rows.append([
                    label(levelName, name), NumberText.whole(share.cases), Self.text(share),
                    Self.text(recall(result, level)),
                ])
            }
        }
        return ReportSection(
            heading: "Customers at the beginning of each window",
            introduction:
                "Every customer at the first moment of each window: the share of those at a level who did "
                + "not order in it, and the share of all who did not order that the level had named.",
            table: table)
    }

    /// The share of those who did not order that were at the level or deeper.
    func recall(_ result: BacktestResult, _ level: Int) -> ShareEstimate {
        result.tally.share(
            of: [BacktestMetric.flaggedLapsed(level)],
            in: (0..<BacktestMetric.classCount).map { BacktestMetric.classCustomers($0) },
            without: (0..<BacktestMetric.classCount).map { BacktestMetric.classReturned($0) })
    }

    private var calibrationSection: ReportSection {
        var table = ReportTable(columns: [
            "P(alive)", "customers", "mean P(alive)", "chance to order", "ordered",
        ])
        var series: [ReportChart.Series] = []
        for (name, result) in results {
            var points: [(x: Double, y: Double)] = []
            for place in 0..<BacktestMetric.classCount {
                let customers = result.tally.total(BacktestMetric.classCustomers(place))
                guard customers > 0 else { continue }
                let scale = BacktestMetric.probabilityScale * Double(customers)
                let alive = Double(result.tally.total(BacktestMetric.classAlive(place))) / scale
                let chance = Double(result.tally.total(BacktestMetric.classChances(place))) / scale
                let share = result.tally.share(
                    of: [BacktestMetric.classReturned(place)], in: [BacktestMetric.classCustomers(place)])
                // A point that rests on few cases would draw the eye and say nothing.
                if customers >= Self.fewCases { points.append((chance, share.value)) }
                table.rows.append([
                    label("0.\(place) to \(place == 9 ? "1.0" : "0.\(place + 1)")", name),
                    NumberText.whole(customers), NumberText.fixed(alive, places: 3),
                    NumberText.percent(chance), Self.text(share),
                ])
            }
            series.append(.init(name: name, points: points.sorted { $0.x < $1.x }))
        }
        return ReportSection(
            heading: "Calibration of P(alive)",
            introduction:
                "The chance that the model gives a customer to order within the window, against the share "
                + "that did, by P(alive) at its beginning. Where the model is right, points lie on the diagonal.",
            table: table,
            charts: [
                ReportChart(
                    title: "Reliability: expected and actual share that ordered within the window",
                    style: .reliability, xTitle: "chance to order", yTitle: "ordered", series: series,
                    isShare: true)
            ])
    }
}
