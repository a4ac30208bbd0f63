/// How well a fitted churn model tells what customers did, in two tables.
public struct FitTables: Sendable {
    /// One row: customers, and what they did against what the model says.
    public struct Row: Sendable, Equatable {
        /// Repeat orders in the calibration; in the last row, these or more.
        public let repeats: Int
        /// Customers with that many.
        public let customers: Int
        /// Customers with that many that the model expects.
        public let expectedCustomers: Double
        /// Orders of the row's customers in the holdout.
        public let holdoutOrders: Int
        /// Orders in the holdout that the model expects of them.
        public let expectedHoldoutOrders: Double
    }

    /// By repeat orders in the calibration: 0, 1, … and in the last row 7 or more.
    public let rows: [Row]
    /// Repeat orders of all customers in the calibration.
    public let repeatOrders: Int
    /// Repeat orders in the calibration that the model expects of customers of the same ages.
    public let expectedRepeatOrders: Double
    /// Length of the holdout in time units; 0 without one, and then nothing is known of it.
    public let holdoutLength: Double

    /// The last row holds customers with this many repeats and more. Source: the table of Fader, Hardie and
    /// Lee 2005.
    private static let lastRow = 7

    /// What depends on the age alone is summed over at most about this many customers, evenly chosen.
    private static let ageCountMax = 20_000

    /// Orders in the holdout of all customers.
    public var holdoutOrders: Int { rows.reduce(0) { $0 + $1.holdoutOrders } }

    /// Orders in the holdout that the model expects of all customers.
    public var expectedHoldoutOrders: Double { rows.reduce(0) { $0 + $1.expectedHoldoutOrders } }

    /// Works out the tables.
    ///
    /// - Parameters:
    ///   - histories: best in the order of their ages, so that an even choice of them is one of ages too.
    ///   - holdoutOrders: for each customer of `histories`, orders within the holdout.
    ///   - holdoutLength: in time units; 0 for none.
    public init(
        model: PurchaseModel, histories: PurchaseHistories, holdoutOrders: [Int32], holdoutLength: Double
    ) {
        precondition(holdoutOrders.count == histories.count)
        let count = Self.lastRow + 1
        var customers = [Int](repeating: 0, count: count)
        var expectedCustomers = [Double](repeating: 0, count: count)
        var orders = [Int](repeating: 0, count: count)
        var expectedOrders = [Double](repeating: 0, count: count)
        var expectedRepeats = 0.0
        for index in 0..<histories.count {
            let age = histories.ages[index]
            let repeats = histories.repeats[index]
            let row = min(Int(repeats), Self.lastRow)
            customers[row] += 1
            orders[row] += Int(holdoutOrders[index])
            if holdoutLength > 0 {
                expectedOrders[row] += model.expectedOrders(
                    repeats: repeats, recency: histories.recencies[index], age: age, within: holdoutLength)
            }
        }
        let stride = max(histories.count / Self.ageCountMax, 1)
        let chosen = Array(Swift.stride(from: stride / 2, to: histories.count, by: stride))
        let weight = Double(histories.count) / Double(max(chosen.count, 1))
        for index in chosen {
            let chances = model.repeatChances(by: histories.ages[index], count: count)
            for place in 0..<count { expectedCustomers[place] += weight * chances[place] }
            expectedRepeats += weight * model.expectedRepeats(within: histories.ages[index])
        }
        rows = (0..<count).map {
            Row(
                repeats: $0, customers: customers[$0], expectedCustomers: expectedCustomers[$0],
                holdoutOrders: orders[$0], expectedHoldoutOrders: expectedOrders[$0])
        }
        repeatOrders = histories.repeatOrderCount
        expectedRepeatOrders = expectedRepeats
        self.holdoutLength = holdoutLength
    }
}
