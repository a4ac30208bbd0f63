import ArgumentParser
import Fitting
import Glibc
import Model
import Primitives
import Reporting
import Runtime
import Settings

/// `tetik fit`: the churn model's parameters from a shop's own orders.
struct FitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit", abstract: "Fit the churn model to the orders in recorded logs.",
        discussion: """
            Finds the parameters that make the orders in the logs most likely, with standard errors, and says how \
            well the model tells what customers did; with --until, also after that time. What is not given is \
            taken from the configuration. Exit code 65: the orders do not determine the parameters.

            Examples:
              tetik fit 2025.jsonl.zst --until 2025-09-30T00:00:00Z --html fit.html
              tetik fit orders.jsonl --config tetik.yaml --write tetik.yaml
            """)

    @OptionGroup var configuration: ConfigOptions
    @Argument(help: "The logs, in order; - is standard input.", completion: .file())
    var logs: [String]
    @Option(help: "The model: mbg_nbd or bg_nbd. (default: rules.churn_risk.model)")
    var model: ChurnModel?
    @Option(
        help: ArgumentHelp("The unit of time. (default: rules.churn_risk.time_unit)", valueName: "duration"))
    var unit: DurationArgument?
    @Option(
        help: ArgumentHelp(
            "Orders of one period of this length count once. (default: rules.churn_risk.merge)",
            valueName: "duration"))
    var merge: DurationArgument?
    @Option(
        help: ArgumentHelp(
            "The last moment of the calibration; what comes after it is the holdout. (default: the last event)",
            valueName: "time"))
    var until: TimeArgument?
    @Option(
        help: ArgumentHelp("Threads, 1 to 256. (default: one per core)", valueName: "count"))
    var threads: Int?
    @Option(
        help: ArgumentHelp(
            "A configuration file whose churn and spend parameters are replaced; all else stays, comments too.",
            valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var write: String?
    @OptionGroup var reporting: ReportOptions

    func validate() throws {
        guard (1...256).contains(threads ?? 1) else { throw ValidationError("--threads is 1 to 256.") }
        if logs.filter({ $0 == "-" }).count > 1 { throw ValidationError("- can be given once.") }
    }

    func run() throws {
        var settings = try configuration.load().settings
        settings.rules.churnRisk.model = model ?? settings.rules.churnRisk.model
        let churn = settings.rules.churnRisk
        settings.rules.churnRisk.timeUnitMilliseconds = unit?.milliseconds ?? churn.timeUnitMilliseconds
        settings.rules.churnRisk.mergeMilliseconds = merge?.milliseconds ?? churn.mergeMilliseconds
        try LogCommand.run {
            let result = try fit(settings.rules)
            try reporting.write(result.report, json: result.json)
            if let write { try update(write, result) }
        }
    }

    private func fit(_ rules: Rules) throws -> FitResult {
        let churn = rules.churnRisk
        let scan = try OrderScan(
            OrderScan.Options(
                logs: logs, rules: rules, threadCount: threads ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)),
                timeUnitMilliseconds: churn.timeUnitMilliseconds,
                mergeMilliseconds: churn.mergeMilliseconds, until: until?.time))
        let histories = try scan.run()
        let purchase = try ModelFit.fit(churn.model, to: histories.purchases)
        let spend = Result { () throws(FitFailure) in try ModelFit.fit(histories.spend) }
        return FitResult(
            purchase: purchase, spend: spend,
            tables: FitTables(
                model: purchase.model, histories: histories.purchases,
                holdoutOrders: histories.holdoutOrders, holdoutLength: histories.holdoutLength),
            customers: histories.purchases.count, repeatBuyers: histories.purchases.repeatBuyerCount,
            spendCorrelation: histories.spend.correlation, spendCustomers: histories.spend.count,
            facts: Self.facts(histories),
            timeUnit: DurationText.text(milliseconds: churn.timeUnitMilliseconds),
            merge: DurationText.text(milliseconds: churn.mergeMilliseconds))
    }

    private static func facts(_ histories: OrderHistories) -> [(name: String, value: String)] {
        func text(_ time: EventTime?) -> String { time?.description ?? "–" }
        func counted(_ count: Int, _ name: String) -> String {
            "\(NumberText.whole(count)) \(name)\(count == 1 ? "" : "s")"
        }
        var facts = [
            ("log", "\(text(histories.logStart)) to \(text(histories.logEnd))"),
            ("calibration until", text(histories.calibrationEnd)),
            (
                "orders",
                "\(NumberText.whole(Int(histories.orderCount))), "
                    + "\(counted(Int(histories.duplicateCount), "duplicate")) left out"
            ),
        ]
        if histories.rejectedCount > 0 {
            facts.append(("rejected lines", NumberText.whole(Int(histories.rejectedCount))))
        }
        if histories.laterCustomerCount > 0 {
            facts.append(("came later", counted(histories.laterCustomerCount, "customer")))
        }
        return facts
    }
}

extension FitCommand {
    /// `--write`: replaces the values in the file, or leaves it as it is and says why.
    private func update(_ path: String, _ result: FitResult) throws {
        do {
            let old = try FileReplacement.text(of: path)
            let spend = try spendValues(for: old, result)
            let fitted = try ParameterEdit.replacing(values(for: old, path, result) + spend, in: old)
            // With value enabled not every pair of p and q will do.
            _ = try SettingsLoader.load(yaml: fitted, name: path)
            try FileReplacement.replace(path, with: fitted)
            let what = spend.isEmpty ? "churn" : "churn and spend"
            Console.write("tetik: \(path): the \(what) parameters are written\n")
        } catch let failure as ParameterEditFailure {
            Console.complain("\(path) is left as it is: \(failure); paste the block above instead")
            throw ExitCode(ExitStatus.badInput)
        } catch let error as SettingsError {
            Console.complain("\(path) is left as it is:\n\(error)")
            throw ExitCode(ExitStatus.badConfiguration)
        }
    }

    /// The spend model's parameters, if it is fitted and the file has a place for them.
    private func spendValues(
        for yaml: String, _ result: FitResult
    ) throws(ParameterEditFailure) -> [(key: String, text: String)] {
        guard let first = result.configuredSpend.first else { return [] }
        guard try ParameterEdit.has(first.key, in: yaml) else {
            Console.complain(
                "the file has no \(first.key), so the spend parameters are left out; paste them for rules.value"
            )
            return []
        }
        return result.configuredSpend
    }

    /// The churn parameters, and what else has to differ for them to mean the same.
    private func values(
        for yaml: String, _ path: String, _ result: FitResult
    ) throws -> [(key: String, text: String)] {
        let rules = try SettingsLoader.load(yaml: yaml, name: path).settings.rules.churnRisk
        var values = result.configuredParameters
        let kind = result.purchase.model.kind
        if rules.model != kind { values.append(("rules.churn_risk.model", kind.rawValue)) }
        if DurationText.text(milliseconds: rules.timeUnitMilliseconds) != result.timeUnit {
            values.append(("rules.churn_risk.time_unit", result.timeUnit))
        }
        if DurationText.text(milliseconds: rules.mergeMilliseconds) != result.merge {
            values.append(("rules.churn_risk.merge", result.merge))
        }
        return values
    }
}

extension ChurnModel: ExpressibleByArgument {}
