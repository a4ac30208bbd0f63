import Primitives
import Testing

struct HypergeometricTests {
    /// The function at one point, in the last lane; the others lie evenly below it.
    private func mean(_ a: Double, _ b: Double, _ d: Double, _ y: Double) -> SIMD16<Double> {
        var points = SIMD16<Double>.zero
        for lane in 0..<16 { points[lane] = y * Double(lane + 1) / 16 }
        return Hypergeometric.mean(shape: a, beta: (b: b, d: d), at: points)
    }

    /// Source of the values: mpmath 1.4.1 (hyp2f1 with 40 digits).
    @Test(
        arguments: [
            (1.525, 0.891, 2.614, 0.5, 0.845635478420645924),
            (1.525, 0.891, 2.614, 8.4, 0.307796125363246414),
            (8.243, 0.793, 9.426, 1, 0.6276295176693567),
            (1.243, 0.793, 2.426, 900, 0.0176683129569515851),
            (60.5, 4, 9, 20, 6.379809997987971e-9),
            (1_001.5, 0.5, 1_002, 1, 0.707283248997115925),
            (1.01, 0.05, 0.3, 50, 0.724739648267336949),
            (3.2, 25, 1.5, 100, 4.71494385754835403e-7),
        ])
    func `it agrees with values of forty digits to 1e-10`(
        a: Double, b: Double, d: Double, y: Double, expected: Double
    ) {
        #expect(abs(mean(a, b, d, y)[15] / expected - 1) < 1e-10)
    }

    @Test func `where it has a simple form it is that`() {
        let lanes = mean(2, 1, 1, 3)
        for lane in 0..<16 {
            // 2F1(2, 1; 2; -y) = 1/(1 + y)
            let y = 3 * Double(lane + 1) / 16
            #expect(abs(lanes[lane] * (1 + y) - 1) < 1e-13)
        }
        #expect(mean(5, 0.3, 7, 0) == SIMD16(repeating: 1))
    }

    @Test func `it falls with y, between what the least and the most fickle customers would do`() {
        for a in [0.3, 1.7, 40, 2_500] {
            for (b, d) in [(0.02, 0.5), (0.8, 3.0), (6, 90), (300, 2)] {
                for top in [1e-6, 0.4, 11, 300] {
                    let lanes = mean(a, b, d, top)
                    for lane in 0..<16 {
                        #expect(lanes[lane] <= 1 && lanes[lane] >= 0, "\(a) \(b) \(d) \(top)")
                        if lane > 0 {
                            #expect(lanes[lane] <= max(lanes[lane - 1], 1e-300), "\(a) \(b) \(d) \(top)")
                        }
                    }
                }
            }
        }
    }

    @Test func `a lane does not depend on its neighbours but through the last digits`() {
        // A factor of 1e13 between the points, and weights far beyond the range of a Double.
        var points = SIMD16<Double>(repeating: 1e-10)
        points[15] = 1_000
        let lanes = Hypergeometric.mean(shape: 40, beta: (b: 0.8, d: 3), at: points)
        #expect(abs(lanes[0] - 1) < 1e-8)
        #expect(lanes[15] > 0 && lanes[15] < 0.01)
    }

    @Test func `beyond the bound of terms it stays finite`() {
        for (a, y) in [(4e9, 50.0), (1.5, 1e9), (4e9, 1e9)] {
            let lanes = mean(a, 0.8, 4e9, y)
            for lane in 0..<16 { #expect(lanes[lane] >= 0 && lanes[lane] <= 1, "\(a) \(y)") }
        }
    }
}
