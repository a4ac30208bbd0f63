import Glibc
import Primitives

/// Distributions of the customer models. Their bits depend on the C library's `log`, `exp` and `pow`.
extension RandomStream {
    /// Exponential with the given mean, in the mean's unit.
    mutating func exponential(mean: Double) -> Double {
        // 1 - unit() is never 0, of which there is no logarithm.
        -log(1 - unit()) * mean
    }

    /// Standard normal. Source: the polar method, Marsaglia and Bray 1964.
    mutating func normal() -> Double {
        while true {
            let x = 2 * unit() - 1
            let y = 2 * unit() - 1
            let square = x * x + y * y
            if square < 1, square > 0 { return x * (-2 * log(square) / square).squareRoot() }
        }
    }

    /// Gamma with the given shape, above 0, and scale 1.
    ///
    /// Source: Marsaglia and Tsang, "A Simple Method for Generating Gamma Variables", ACM TOMS 26 (2000).
    mutating func gamma(shape: Double) -> Double {
        precondition(shape > 0)
        if shape < 1 {
            let boost = pow(1 - unit(), 1 / shape)
            return gamma(shape: shape + 1) * boost
        }
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let root = 1 + c * x
            guard root > 0 else { continue }
            let v = root * root * root
            if log(1 - unit()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
        }
    }

    /// Beta with the given shapes, above 0.
    mutating func beta(_ a: Double, _ b: Double) -> Double {
        let first = gamma(shape: a)
        let second = gamma(shape: b)
        // Both are 0 only where shapes are tiny; half is as good as any other value then.
        return first + second > 0 ? first / (first + second) : 0.5
    }

    /// A whole number from `range`, each equally likely.
    mutating func whole(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(index(below: Int(range.upperBound - range.lowerBound) + 1))
    }
}
