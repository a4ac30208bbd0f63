public import Fitting
import Model

/// What `tetik fit` has to say.
public struct FitResult: Sendable {
    /// The churn model.
    public var purchase: PurchaseFit
    /// The spend model, or why there is none.
    public var spend: Result<SpendFit, FitFailure>
    /// Predicted against actual.
    public var tables: FitTables
    /// Customers, of whom `repeatBuyers` ordered again.
    public var customers: Int
    /// Customers with at least one repeat order in the calibration.
    public var repeatBuyers: Int
    /// Correlation of the number and the mean value of repeat orders; nil if there is none.
    public var spendCorrelation: Double?
    /// Customers behind the spend model.
    public var spendCustomers: Int
    /// What was read: names and values for the head of the report.
    public var facts: [(name: String, value: String)]
    /// The unit of time, as the configuration has it.
    public var timeUnit: String
    /// The merging period, as the configuration has it.
    public var merge: String

    /// Makes a result.
    public init(
        purchase: PurchaseFit, spend: Result<SpendFit, FitFailure>, tables: FitTables, customers: Int,
        repeatBuyers: Int, spendCorrelation: Double?, spendCustomers: Int,
        facts: [(name: String, value: String)], timeUnit: String, merge: String
    ) {
        self.purchase = purchase
        self.spend = spend
        self.tables = tables
        self.customers = customers
        self.repeatBuyers = repeatBuyers
        self.spendCorrelation = spendCorrelation
        self.spendCustomers = spendCustomers
        self.facts = facts
        self.timeUnit = timeUnit
        self.merge = merge
    }
}

extension FitResult {
    /// Fewer cases than this and a mean says little. Source: rule of thumb for the normal approximation.
    static let fewCases = 30

    /// The churn parameters as a configuration has them: key and value.
    public var configuredParameters: [(key: String, text: String)] {
        purchase.parameters.map {
            ("rules.churn_risk.parameters.\($0.name)", NumberText.significant($0.value, digits: 6))
        }
    }

    /// The spend model's parameters as a configuration has them; empty where it is not fitted.
    public var configuredSpend: [(key: String, text: String)] {
        spendParameters.map {
            ("rules.value.parameters.\($0.name)", NumberText.significant($0.value, digits: 6))
        }
    }

    private var spendParameters: [FittedParameter] { (try? spend.get().parameters) ?? [] }

    private static func flow(_ parameters: [FittedParameter]) -> String {
        parameters.map { "\($0.name): \(NumberText.significant($0.value, digits: 6))" }
            .joined(separator: ", ")
    }

    /// The block for the configuration.
    public var configurationBlock: String {
        let churn = """
            rules:
              churn_risk:
                model: \(purchase.model.kind.rawValue)
                parameters: {\(Self.flow(purchase.parameters))}
                time_unit: \(timeUnit)
                merge: \(merge)

            """
        guard !spendParameters.isEmpty else { return churn }
        return churn + """
              value:
                parameters: {\(Self.flow(spendParameters))}

            """
    }

    /// The report for people.
    public var report: Report {
        var report = Report(title: "Churn model fitted: \(Self.name(purchase.model.kind))", facts: facts)
        report.facts += [
            ("customers", NumberText.whole(customers)),
            (
                "repeat buyers",
                NumberText.whole(repeatBuyers)
                    + " (\(NumberText.percent(Double(repeatBuyers) / Double(customers))))"
            ),
            ("log-likelihood", NumberText.decimal(purchase.logLikelihood, places: 2)),
            ("starts", "\(purchase.starts.agreeing) of \(purchase.starts.all) led to this maximum"),
        ]
        report.sections = [parameterSection, calibrationSection]
        if tables.holdoutLength > 0 { report.sections.append(holdoutSection) }
        report.sections.append(spendSection)
        return report
    }

    static func name(_ kind: ChurnModel) -> String { kind == .mbgNBD ? "MBG/NBD" : "BG/NBD" }

    private static func table(of parameters: [FittedParameter]) -> ReportTable {
        ReportTable(
            columns: ["parameter", "estimate", "standard error"],
            rows: parameters.map {
                [
                    $0.name, NumberText.significant($0.value, digits: 6),
                    NumberText.significant($0.standardError, digits: 3),
                ]
            })
    }

    private var parameterSection: ReportSection {
        ReportSection(
            heading: "Parameters",
            introduction: "To be pasted into the configuration, or written by --write.",
            table: Self.table(of: purchase.parameters), block: configurationBlock)
    }

    private static func label(_ row: FitTables.Row, last: FitTables.Row?) -> String {
        row.repeats == last?.repeats ? "\(row.repeats)+" : "\(row.repeats)"
    }

    private var calibrationSection: ReportSection {
        let labels = tables.rows.map { Self.label($0, last: tables.rows.last) }
        return ReportSection(
            heading: "In the calibration",
            introduction: "Customers by their number of repeat orders; all in all "
                + "\(NumberText.whole(tables.repeatOrders)) repeat orders, expected "
                + "\(NumberText.decimal(tables.expectedRepeatOrders, places: 0)).",
            table: ReportTable(
                columns: ["repeat orders", "customers", "expected"],
                rows: zip(labels, tables.rows).map {
                    [$0, NumberText.whole($1.customers), NumberText.decimal($1.expectedCustomers, places: 1)]
                }),
            charts: [
                ReportChart(
                    title: "Customers by repeat orders in the calibration", style: .bars,
                    xTitle: "repeat orders", yTitle: "customers", labels: labels,
                    series: [
                        .init(name: "actual", values: tables.rows.map { Double($0.customers) }),
                        .init(name: "expected", values: tables.rows.map(\.expectedCustomers)),
                    ])
            ])
    }

    private var holdoutSection: ReportSection {
        let rows = tables.rows.filter { $0.customers > 0 }
        let labels = rows.map { Self.label($0, last: tables.rows.last) }
        let length = NumberText.decimal(tables.holdoutLength, places: 1)
        func mean(_ orders: Double, _ row: FitTables.Row) -> Double { orders / Double(row.customers) }
        let few = zip(labels, rows).filter { $1.customers < Self.fewCases }.map(\.0)
        return ReportSection(
            heading: "In the holdout",
            introduction: "Orders of the same customers in the \(length) time units after the calibration: "
                + "\(NumberText.whole(tables.holdoutOrders)), expected "
                + "\(NumberText.decimal(tables.expectedHoldoutOrders, places: 0)).",
            table: ReportTable(
                columns: [
                    "repeat orders before", "customers", "orders", "expected", "a customer", "expected",
                ],
                rows: zip(labels, rows).map { label, row in
                    [
                        label, NumberText.whole(row.customers), NumberText.whole(row.holdoutOrders),
                        NumberText.decimal(row.expectedHoldoutOrders, places: 1),
                        NumberText.fixed(mean(Double(row.holdoutOrders), row), places: 3),
                        NumberText.fixed(mean(row.expectedHoldoutOrders, row), places: 3),
                    ]
                }),
            charts: [
                ReportChart(
                    title: "Orders in the holdout, by repeat orders in the calibration", style: .bars,
                    xTitle: "repeat orders in the calibration", yTitle: "orders", labels: labels,
                    series: [
                        .init(name: "actual", values: rows.map { Double($0.holdoutOrders) }),
                        .init(name: "expected", values: rows.map(\.expectedHoldoutOrders)),
                    ])
            ],
            remarks: few.isEmpty
                ? [] : ["Rows \(few.joined(separator: ", ")) rest on fewer than \(Self.fewCases) customers."])
    }

    private var spendSection: ReportSection {
        let heading = "Spend (Gamma-Gamma)"
        switch spend {
        case .failure(let failure):
            return ReportSection(heading: heading, remarks: ["not fitted: \(failure)"])
        case .success(let fit):
            var remarks: [String] = []
            if let correlation = spendCorrelation, abs(correlation) > 0.3 {
                remarks.append(
                    "The number and the value of orders correlate by \(NumberText.fixed(correlation, places: 2)); "
                        + "the model takes them for independent.")
            }
            let mean = fit.model.mean.map { NumberText.decimal($0, places: 2) } ?? "–"
            return ReportSection(
                heading: heading,
                introduction:
                    "From \(NumberText.whole(spendCustomers)) customers with repeat orders; the mean value "
                    + "of an order is \(mean), log-likelihood \(NumberText.decimal(fit.logLikelihood, places: 2)).",
                table: Self.table(of: fit.parameters), remarks: remarks)
        }
    }
}

extension FitResult {
    /// The result for programs.
    public var json: JSONNode {
        .object([
            ("model", .string(purchase.model.kind.rawValue)),
            ("time_unit", .string(timeUnit)),
            ("merge", .string(merge)),
            ("customers", JSONNode(customers)),
            ("repeat_buyers", JSONNode(repeatBuyers)),
            ("log_likelihood", JSONNode(purchase.logLikelihood)),
            ("parameters", Self.json(of: purchase.parameters)),
            (
                "calibration",
                .object([
                    ("repeat_orders", JSONNode(tables.repeatOrders)),
                    ("expected_repeat_orders", JSONNode(tables.expectedRepeatOrders)),
                ])
            ),
            ("holdout_time_units", JSONNode(tables.holdoutLength)),
            ("rows", .array(tables.rows.map { json(of: $0) })),
            ("spend", spendJSON),
        ])
    }

    private func json(of row: FitTables.Row) -> JSONNode {
        let hasHoldout = tables.holdoutLength > 0
        return .object([
            ("repeat_orders", JSONNode(row.repeats)),
            ("customers", JSONNode(row.customers)),
            ("expected_customers", JSONNode(row.expectedCustomers)),
            ("holdout_orders", hasHoldout ? JSONNode(row.holdoutOrders) : .null),
            ("expected_holdout_orders", hasHoldout ? JSONNode(row.expectedHoldoutOrders) : .null),
        ])
    }

    private static func json(of parameters: [FittedParameter]) -> JSONNode {
        .object(
            parameters.map {
                (
                    $0.name,
                    .object([
                        ("estimate", JSONNode($0.value)), ("standard_error", JSONNode($0.standardError)),
                    ])
                )
            })
    }

    private var spendJSON: JSONNode {
        switch spend {
        case .failure(let failure): return .object([("not_fitted", .string(failure.description))])
        case .success(let fit):
            return .object([
                ("customers", JSONNode(spendCustomers)), ("log_likelihood", JSONNode(fit.logLikelihood)),
                ("parameters", Self.json(of: fit.parameters)), ("mean_order_value", JSONNode(fit.model.mean)),
                ("correlation", JSONNode(spendCorrelation)),
            ])
        }
    }
}
