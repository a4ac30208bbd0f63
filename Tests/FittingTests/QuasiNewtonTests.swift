import Fitting
import Glibc
import Testing

@Suite struct QuasiNewtonTests {
    /// A function given by a closure.
    struct Function: Objective {
        let variableCount: Int
        let body: ([Double]) -> (value: Double, gradient: [Double])

        func value(at point: [Double], gradient: inout [Double]) -> Double {
            let result = body(point)
            gradient = result.gradient
            return result.value
        }
    }

    /// Rosenbrock, The Computer Journal 3 (1960): minimum 0 at (1, …, 1), at the end of a bent valley.
    static func rosenbrock(_ count: Int) -> Function {
        Function(variableCount: count) { x in
            var value = 0.0
            var gradient = [Double](repeating: 0, count: count)
            for i in 0..<count - 1 {
                let bend = x[i + 1] - x[i] * x[i]
                value += 100 * bend * bend + (1 - x[i]) * (1 - x[i])
                gradient[i] += -400 * bend * x[i] - 2 * (1 - x[i])
                gradient[i + 1] += 200 * bend
            }
            return (value, gradient)
        }
    }

    @Test(arguments: [[-1.2, 1], [5, -3], [0, 0], [-8, 40]])
    func `the bottom of Rosenbrock's valley is found`(start: [Double]) {
        let outcome = QuasiNewton().minimise(Self.rosenbrock(2), from: start)
        #expect(outcome.hasConverged)
        #expect(outcome.point.allSatisfy { abs($0 - 1) < 1e-6 })
    }

    @Test func `Rosenbrock's valley in four dimensions too`() {
        let outcome = QuasiNewton().minimise(Self.rosenbrock(4), from: [-1.2, 1, -1.2, 1])
        #expect(outcome.hasConverged)
        #expect(outcome.value < 1e-12 || abs(outcome.value - 3.7014) < 1e-3)
    }

    @Test func `Powell's singular function, flat at its minimum, comes near 0`() {
        // Powell, The Computer Journal 5 (1962): the second derivatives are singular at the minimum.
        let powell = Function(variableCount: 4) { x in
            let t = [x[0] + 10 * x[1], x[2] - x[3], x[1] - 2 * x[2], x[0] - x[3]]
            let value = t[0] * t[0] + 5 * t[1] * t[1] + pow(t[2], 4) + 10 * pow(t[3], 4)
            let cubes = (4 * pow(t[2], 3), 40 * pow(t[3], 3))
            return (
                value,
                [
                    2 * t[0] + cubes.1, 20 * t[0] + cubes.0, 10 * t[1] - 2 * cubes.0, -10 * t[1] - cubes.1,
                ]
            )
        }
        let outcome = QuasiNewton().minimise(powell, from: [3, -1, 0, 1])
        #expect(outcome.hasConverged)
        #expect(outcome.value < 1e-8)
    }

    @Test func `a badly scaled bowl is no problem`() {
        let bowl = Function(variableCount: 3) { x in
            (x[0] * x[0] + 1e4 * x[1] * x[1] + 1e-3 * x[2] * x[2], [2 * x[0], 2e4 * x[1], 2e-3 * x[2]])
        }
        let outcome = QuasiNewton().minimise(bowl, from: [3, -2, 50])
        #expect(outcome.hasConverged)
        #expect(outcome.point.allSatisfy { abs($0) < 1e-4 })
    }

    @Test func `a function without a minimum does not pretend to have one`() {
        let slope = Function(variableCount: 1) { x in (-x[0], [-1]) }
        #expect(!QuasiNewton().minimise(slope, from: [0]).hasConverged)
    }
}
