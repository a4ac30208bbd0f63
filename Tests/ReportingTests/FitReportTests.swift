import Fitting
import Glibc
import Model
import Primitives
import Reporting
import Testing

@Suite struct FitReportTests {
    /// Customers of whom each orders at a rate of its own and may leave after each order; seeded.
    private static func purchases() -> PurchaseHistories {
        var random = RandomStream(seed: 9)
        var histories = PurchaseHistories()
        for _ in 0..<600 {
            let rate = -0.2 * log(1 - random.unit())
            let leaves = random.unit() * random.unit()
            var (repeats, recency, time) = (Int32(0), 0.0, 0.0)
            while !random.chance(leaves) {
                time -= log(1 - random.unit()) / rate
                if time > 60 { break }
                repeats += 1
                recency = time
            }
            histories.append(repeats: repeats, recency: recency, age: 60)
        }
        return histories
    }

    private static func spend() -> SpendHistories {
        var random = RandomStream(seed: 10)
        var histories = SpendHistories()
        for _ in 0..<400 {
            let level = 20 / (0.2 + random.unit())
            let count = 1 + random.index(below: 6)
            let sum = (0..<count).reduce(0.0) { sum, _ in
                sum - level * log((1 - random.unit()) * (1 - random.unit()))
            }
            histories.append(count: Int32(count), mean: sum / Double(count))
        }
        return histories
    }

    private static func result(spend: Result<SpendFit, FitFailure>) throws -> FitResult {
        let histories = purchases()
        let purchase = try ModelFit.fit(.mbgNBD, to: histories)
        return FitResult(
            purchase: purchase, spend: spend,
            tables: FitTables(
                model: purchase.model, histories: histories,
                holdoutOrders: [Int32](repeating: 0, count: histories.count), holdoutLength: 0),
            customers: histories.count, repeatBuyers: histories.repeatBuyerCount, spendCorrelation: nil,
            spendCustomers: 400, facts: [], timeUnit: "7d", merge: "1d")
    }

    @Test func `what is to be pasted has the spend parameters under value`() throws {
        let fit = try ModelFit.fit(Self.spend())
        let result = try Self.result(spend: .success(fit))
        #expect(
            result.configuredSpend.map(\.key) == ["p", "q", "v"].map { "rules.value.parameters.\($0)" })
        let lines = result.configurationBlock.split(separator: "\n").map(String.init)
        #expect(lines.prefix(3) == ["rules:", "  churn_risk:", "    model: mbg_nbd"])
        let values = zip(["p", "q", "v"], result.configuredSpend).map { "\($0): \($1.text)" }
        #expect(
            lines.suffix(2) == ["  value:", "    parameters: {\(values.joined(separator: ", "))}"])
    }

    @Test func `where spend cannot be fitted, nothing is said about value`() throws {
        let result = try Self.result(spend: .failure(.tooFewRepeatBuyers(count: 3, needed: 20)))
        #expect(result.configuredSpend.isEmpty)
        #expect(!result.configurationBlock.contains("value"))
        #expect(result.configuredParameters.count == 4)
    }
}
