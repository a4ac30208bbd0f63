/// Gauss's hypergeometric function in the one form that the churn models need, at sixteen points at once.
public enum Hypergeometric {
    /// BOUND: enough for 1e-10 where y is at most 2,000; see `mean(shape:beta:at:)`.
    static var termCountMax: Int { 65_536 }

    /// 2F1(a, b; b + d; -y), which is the mean of (1 + p y)^-a over beta distributed p, to 1e-10 of the value.
    ///
    /// Pfaff's transformation (Abramowitz and Stegun, 15.3.4) gives (1 - z)^a 2F1(a, d; b + d; z) with z =
    /// y/(1 + y). Its series is a mean too: of E(1-p)^n over n with the negative binomial weights of a and z.
    /// Every term is above 0, so nothing cancels. The weights are divided by their own sum, so there is no
    /// power to overflow and no library function: the bits are the same on every host.
    ///
    /// Beyond `termCountMax` terms, which takes a y over 2,000 or some 60,000 expected orders, the rest of the
    /// sum is taken to be like the part so far: an upper bound, and always finite.
    /// - Parameters:
    ///   - a: above 0.
    ///   - beta: b and d, the parameters of the beta distribution, each above 0.
    ///   - y: at least 0, rising.
    /// - Complexity: about a·y + 30·(1 + y) terms of the largest y.
    @inline(never)
    public static func mean(
        shape a: Double, beta: (b: Double, d: Double), at y: SIMD16<Double>
    ) -> SIMD16<Double> {
        let z = y / (1 + y)
        let sum = beta.b + beta.d
        var weight = SIMD16<Double>(repeating: 1)
        var weights = weight
        var values = weight
        var stays = 1.0
        var n = 0.0
        for _ in 0..<termCountMax {
            stays *= (beta.d + n) / (sum + n)
            weight *= z * ((a + n) / (n + 1))
            n += 1
            weights += weight
            values += weight * stays
            // From here on a weight is at most `growth` times the one before.
            let growth = z[15] * max((a + n) / (n + 1), 1)
            if growth < 1, weight[15] * growth < 1e-13 * weights[15] * (1 - growth) { break }
            if weight[15] > 0x1p400 { rescale(&weight, &weights, &values) }
        }
        return values / weights
    }

    /// Takes lanes back from where they would overflow; each keeps its own scale, which cancels in the end.
    ///
    /// Until the next time no lane grows by more than the last one, so none gets beyond 2^300 times 2^400.
    @inline(never)
    private static func rescale(
        _ weight: inout SIMD16<Double>, _ weights: inout SIMD16<Double>, _ values: inout SIMD16<Double>
    ) {
        let factor = SIMD16(repeating: 1).replacing(with: 0x1p-400, where: weight .> 0x1p300)
        weight *= factor
        weights *= factor
        values *= factor
    }
}
