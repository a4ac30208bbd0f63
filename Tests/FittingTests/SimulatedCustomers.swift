import Fitting
import Glibc
import Model
import Primitives

/// Customers drawn from a model with known parameters, seeded.
struct SimulatedCustomers {
    private var random: RandomStream

    init(seed: UInt64) { random = RandomStream(seed: seed) }

    /// Histories of `count` customers whose first orders are spread over the first third of `span` time
    /// units.
    mutating func histories(of model: PurchaseModel, count: Int, span: Double) -> PurchaseHistories {
        var histories = PurchaseHistories()
        for _ in 0..<count {
            let age = span * (1 - random.unit() / 3)
            let rate = gamma(shape: model.r) / model.alpha
            let leaves = beta(model.a, model.b)
            var repeats: Int32 = 0
            var recency = 0.0
            var isGone = model.kind == .mbgNBD && random.chance(leaves)
            var time = 0.0
            while !isGone {
                time += -log(1 - random.unit()) / rate
                if time > age { break }
                repeats += 1
                recency = time
                isGone = random.chance(leaves)
            }
            histories.append(repeats: repeats, recency: recency, age: age)
        }
        return histories
    }

    /// Mean order values of `count` customers with 1 to 8 repeat orders.
    mutating func spend(of model: SpendModel, count: Int) -> SpendHistories {
        var histories = SpendHistories()
        for _ in 0..<count {
            let rate = gamma(shape: model.q) / model.v
            let orders = 1 + random.index(below: 8)
            let total = (0..<orders).reduce(0.0) { sum, _ in sum + gamma(shape: model.p) / rate }
            histories.append(count: Int32(orders), mean: total / Double(orders))
        }
        return histories
    }

    private mutating func beta(_ a: Double, _ b: Double) -> Double {
        let first = gamma(shape: a)
        let second = gamma(shape: b)
        return first + second > 0 ? first / (first + second) : 0.5
    }

    /// Gamma with scale 1. Source: Marsaglia and Tsang, ACM TOMS 26 (2000).
    private mutating func gamma(shape: Double) -> Double {
        if shape < 1 {
            let boost = pow(1 - random.unit(), 1 / shape)
            return gamma(shape: shape + 1) * boost
        }
        let d = shape - 1.0 / 3
        while true {
            let x = normal()
            let root = 1 + x / (9 * d).squareRoot()
            guard root > 0 else { continue }
            let v = root * root * root
            if log(1 - random.unit()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
        }
    }

    private mutating func normal() -> Double {
        (-2 * log(1 - random.unit())).squareRoot() * cos(2 * Double.pi * random.unit())
    }
}
