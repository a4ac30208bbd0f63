import Glibc

/// Finds a minimum of a smooth function of a few variables by the BFGS method.
///
/// Source: Nocedal and Wright, "Numerical Optimization", 2nd edition, algorithms 6.1 (BFGS) and 3.5, 3.6
/// (line search for the strong Wolfe conditions). The full inverse Hessian is kept: 4 variables need no
/// limited memory.
public struct QuasiNewton: Sendable {
    /// The search ends where no derivative is larger than this.
    public var gradientTolerance = 1e-8
    /// Steps at most.
    public var stepCountMax = 500
    /// No coordinate moves further than this in one step.
    public var stepLengthMax = 2.0

    /// Constants of the Wolfe conditions. Source: Nocedal and Wright, section 3.1, for quasi-Newton methods.
    private static let sufficientDecrease = 1e-4
    private static let curvature = 0.9

    /// Makes a search with the defaults.
    public init() {}

    /// Where a search ended.
    public struct Outcome: Sendable {
        /// The last point.
        public var point: [Double]
        /// The function there.
        public var value: Double
        /// Its derivatives there.
        public var gradient: [Double]
        /// Steps that were taken.
        public var stepCount: Int
        /// Whether the derivatives came below the tolerance, or as near to 0 as rounding lets them.
        public var hasConverged: Bool
    }

    private struct Place {
        var point: [Double]
        var value: Double
        var gradient: [Double]
    }

    /// Searches from `start`.
    public func minimise(_ objective: some Objective, from start: [Double]) -> Outcome {
        let count = objective.variableCount
        precondition(start.count == count)
        var here = Self.place(objective, start)
        var inverse = Self.identity(count)
        var isFresh = true
        for step in 0..<stepCountMax {
            guard here.value.isFinite else { return Self.outcome(here, step, false) }
            let steepest = Self.largest(here.gradient)
            if steepest <= gradientTolerance { return Self.outcome(here, step, true) }
            var direction = Self.product(inverse, here.gradient).map { -$0 }
            if Self.dot(direction, here.gradient) >= 0 {
                inverse = Self.identity(count)
                isFresh = true
                direction = here.gradient.map { -$0 }
            }
            let longest = Self.largest(direction)
            if longest > stepLengthMax { direction = direction.map { $0 * stepLengthMax / longest } }
            guard let next = search(objective, from: here, along: direction) else {
                // Rounding hides any further descent: near enough if the slope is small, else one restart.
                if isFresh || steepest < 1e-6 {
                    return Self.outcome(here, step, steepest < sqrt(gradientTolerance))
                }
                inverse = Self.identity(count)
                isFresh = true
                continue
            }
            Self.update(&inverse, from: here, to: next, isFresh: isFresh)
            isFresh = false
            here = next
        }
        return Self.outcome(here, stepCountMax, false)
    }

    private static func outcome(_ place: Place, _ steps: Int, _ hasConverged: Bool) -> Outcome {
        Outcome(
            point: place.point, value: place.value, gradient: place.gradient, stepCount: steps,
            hasConverged: hasConverged)
    }

    private static func place(_ objective: some Objective, _ point: [Double]) -> Place {
        var gradient = [Double](repeating: 0, count: point.count)
        let value = objective.value(at: point, gradient: &gradient)
        return Place(point: point, value: value, gradient: gradient)
    }
}

extension QuasiNewton {
    /// A place along `direction` that meets the strong Wolfe conditions, or at least lies lower; nil if none
    /// does.
    private func search(_ objective: some Objective, from start: Place, along direction: [Double]) -> Place? {
        let slope = Self.dot(start.gradient, direction)
        var low = 0.0
        var lowValue = start.value
        var high = Double.infinity
        var length = 1.0
        var best: Place?
        // BOUND: each round halves the bracket or doubles the step.
        for _ in 0..<60 {
            let point = zip(start.point, direction).map { $0 + length * $1 }
            let place = Self.place(objective, point)
            let allowed = start.value + Self.sufficientDecrease * length * slope
            let isLow = place.value.isFinite && place.value <= allowed && place.value <= lowValue
            if !isLow || place.value == start.value {
                high = length
            } else {
                best = place
                let here = Self.dot(place.gradient, direction)
                if abs(here) <= -Self.curvature * slope { return place }
                if here > 0 { high = length } else { (low, lowValue) = (length, place.value) }
            }
            if high == .infinity {
                if length * Self.largest(direction) >= 2 * stepLengthMax { return best }
                length *= 2
            } else {
                length = (low + high) / 2
                if high - low < 1e-14 * high { return best }
            }
        }
        return best
    }

    /// The BFGS update of the inverse Hessian. Source: Nocedal and Wright, (6.17), (6.20) for the first step.
    private static func update(_ inverse: inout [[Double]], from old: Place, to new: Place, isFresh: Bool) {
        let count = old.point.count
        let s = zip(new.point, old.point).map { $0 - $1 }
        let y = zip(new.gradient, old.gradient).map { $0 - $1 }
        let sy = dot(s, y)
        guard sy > 1e-300 else { return }
        if isFresh {
            let scale = sy / dot(y, y)
            for index in 0..<count { inverse[index][index] = scale }
        }
        let hy = product(inverse, y)
        let factor = (1 + dot(y, hy) / sy) / sy
        for i in 0..<count {
            for j in 0..<count {
                inverse[i][j] += factor * s[i] * s[j] - (hy[i] * s[j] + s[i] * hy[j]) / sy
            }
        }
    }

    private static func identity(_ count: Int) -> [[Double]] {
        (0..<count).map { row in (0..<count).map { $0 == row ? 1 : 0 } }
    }

    private static func product(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
        matrix.map { dot($0, vector) }
    }

    private static func dot(_ left: [Double], _ right: [Double]) -> Double {
        zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
    }

    private static func largest(_ vector: [Double]) -> Double { vector.map(abs).max() ?? 0 }
}
