/// What the churn models look at of each customer: repeat orders, the time of the last one, and the time
/// watched.
///
/// Times are in the model's unit and count from the customer's first order. One thread at a time.
public struct PurchaseHistories: Sendable {
    /// Repeat orders of each customer: all but the first, those of one period merged.
    public private(set) var repeats: [Int32] = []
    /// Time from the first to the last order; 0 without repeats.
    public private(set) var recencies: [Double] = []
    /// Time from the first order to the end of the calibration.
    public private(set) var ages: [Double] = []

    /// Makes an empty collection.
    public init() {}

    /// Number of customers.
    public var count: Int { repeats.count }

    /// Customers with at least one repeat order.
    public var repeatBuyerCount: Int { repeats.count { $0 > 0 } }

    /// Repeat orders of all customers.
    public var repeatOrderCount: Int { repeats.reduce(0) { $0 + Int($1) } }

    /// Adds a customer.
    ///
    /// - Parameters:
    ///   - repeats: at least 0.
    ///   - recency: from 0 to `age`; 0 if there are no repeats.
    ///   - age: at least 0.
    public mutating func append(repeats: Int32, recency: Double, age: Double) {
        precondition(repeats >= 0 && recency >= 0 && recency <= age)
        self.repeats.append(repeats)
        recencies.append(repeats == 0 ? 0 : recency)
        ages.append(age)
    }

    /// The same customers, or an evenly spaced choice of about `count` of them.
    public func thinned(to count: Int) -> PurchaseHistories {
        let stride = max(self.count / max(count, 1), 1)
        guard stride > 1 else { return self }
        var thin = PurchaseHistories()
        for index in Swift.stride(from: 0, to: self.count, by: stride) {
            thin.append(repeats: repeats[index], recency: recencies[index], age: ages[index])
        }
        return thin
    }

    /// The same customers in another unit: every time multiplied by `factor`, above 0.
    func scaled(by factor: Double) -> PurchaseHistories {
        var copy = self
        for index in 0..<count {
            copy.recencies[index] *= factor
            copy.ages[index] *= factor
        }
        return copy
    }
}
