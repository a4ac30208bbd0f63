import Glibc

/// How sharply a function is curved around a minimum, and with that how well the minimum is known.
struct Curvature {
    /// Second derivatives, symmetric.
    let hessian: [[Double]]

    /// Central differences of the gradient around `point`. A step of 1e-4 in logarithms leaves an error near
    /// 1e-8.
    init(of objective: some Objective, at point: [Double], step: Double = 1e-4) {
        let count = point.count
        var rows = [[Double]]()
        for index in 0..<count {
            var up = [Double](repeating: 0, count: count)
            var down = up
            var moved = point
            moved[index] = point[index] + step
            _ = objective.value(at: moved, gradient: &up)
            moved[index] = point[index] - step
            _ = objective.value(at: moved, gradient: &down)
            rows.append(zip(up, down).map { ($0 - $1) / (2 * step) })
        }
        hessian = (0..<count).map { i in (0..<count).map { j in (rows[i][j] + rows[j][i]) / 2 } }
    }

    /// The inverse of the second derivatives; nil unless they are positive definite.
    ///
    /// Source: Cholesky decomposition (Golub and Van Loan, "Matrix Computations", 4.2).
    func inverse() -> [[Double]]? {
        let count = hessian.count
        var lower = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
        for i in 0..<count {
            for j in 0...i {
                var sum = hessian[i][j]
                for k in 0..<j { sum -= lower[i][k] * lower[j][k] }
                if i == j {
                    // What is left of a diagonal entry after rounding says nothing.
                    guard sum > 1e-10 * abs(hessian[i][i]), sum.isFinite else { return nil }
                    lower[i][i] = sqrt(sum)
                } else {
                    lower[i][j] = sum / lower[j][j]
                }
            }
        }
        return (0..<count).map { column in Self.solve(lower, unit: column) }
    }

    private static func solve(_ lower: [[Double]], unit column: Int) -> [Double] {
        let count = lower.count
        var x = (0..<count).map { $0 == column ? 1.0 : 0.0 }
        for i in 0..<count {
            for k in 0..<i { x[i] -= lower[i][k] * x[k] }
            x[i] /= lower[i][i]
        }
        for i in (0..<count).reversed() {
            for k in i + 1..<count { x[i] -= lower[k][i] * x[k] }
            x[i] /= lower[i][i]
        }
        return x
    }
}
