import Glibc

/// Functions that the C library lacks, or offers only with a global variable.
enum SpecialFunctions {
    /// The logarithm of the gamma function of `x`, above 0.
    static func logGamma(_ x: Double) -> Double {
        var sign: Int32 = 0
        return lgamma_r(x, &sign)
    }

    /// The derivative of `logGamma`, to 1e-14.
    ///
    /// Source: the recurrence psi(x) = psi(x+1) - 1/x up to 10, then the asymptotic series (Abramowitz and
    /// Stegun, 6.3.5 and 6.3.18).
    static func digamma(_ x: Double) -> Double {
        precondition(x > 0)
        var x = x
        var sum = 0.0
        while x < 10 {
            sum -= 1 / x
            x += 1
        }
        let u = 1 / (x * x)
        let series =
            u
            * (1.0 / 12 - u
                * (1.0 / 120 - u * (1.0 / 252 - u * (1.0 / 240 - u * (1.0 / 132 - u * 691 / 32_760)))))
        return sum + log(x) - 0.5 / x - series
    }
}
