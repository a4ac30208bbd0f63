import Glibc
import Model

/// The mean negative log-likelihood of a churn model, over the logarithms of r, alpha, a and b.
///
/// Overflow-safe: with s = 1 for MBG/NBD and 0 for BG/NBD, each customer adds
///
///     lnG(r+x) - lnG(r) + lnB(a, b+x+s) - lnB(a, b) + r ln(alpha) - (r+x) ln(alpha+T) + ln(1 + e^z)
///     z = ln a - ln(b+x+s-1) + (r+x) (ln(alpha+T) - ln(alpha+tx)),
///
/// where e^z are the odds that the customer has left (Hardie, "Overcoming the BG/NBD Model's #NUM! Error
/// Problem", 2018). The gamma functions are differences over whole steps, hence sums of logarithms that
/// depend on x alone.
struct PurchaseLikelihood: Objective {
    private let kind: ChurnModel
    private let histories: PurchaseHistories
    /// Customers with at least `i + 1` repeats, at `i`; the last is not 0.
    private let atLeast: [Double]

    init(kind: ChurnModel, histories: PurchaseHistories) {
        precondition(histories.count > 0)
        self.kind = kind
        self.histories = histories
        var counts = [Double](repeating: 0, count: Int(histories.repeats.max() ?? 0) + 1)
        for x in histories.repeats { counts[Int(x)] += 1 }
        var sum = 0.0
        for index in counts.indices.reversed() {
            sum += counts[index]
            counts[index] = sum
        }
        atLeast = Array(counts.dropFirst())
    }

    var variableCount: Int { 4 }

    func value(at point: [Double], gradient: inout [Double]) -> Double {
        let r = exp(point[0])
        let alpha = exp(point[1])
        let a = exp(point[2])
        let b = exp(point[3])
        var sums = Sums()
        addGammaTerms(r, a, b, to: &sums)
        addCustomers(r, alpha, a, b, to: &sums)
        let scale = -1 / Double(histories.count)
        gradient[0] = scale * r * sums.r
        gradient[1] = scale * alpha * sums.alpha
        gradient[2] = scale * a * sums.a
        gradient[3] = scale * b * sums.b
        return scale * sums.value
    }

    /// The log-likelihood and its derivatives by the parameters themselves.
    private struct Sums {
        var value = 0.0
        var r = 0.0
        var alpha = 0.0
        var a = 0.0
        var b = 0.0
    }

    /// What depends on the numbers of repeats alone.
    private func addGammaTerms(_ r: Double, _ a: Double, _ b: Double, to sums: inout Sums) {
        for (index, weight) in atLeast.enumerated() {
            let i = Double(index)
            sums.value += weight * log(r + i)
            sums.r += weight / (r + i)
        }
        // The chances to leave that were not taken: as many as repeats, and the first one in MBG/NBD.
        let first = PurchaseModel.firstChances(kind)
        for index in 0..<atLeast.count + first {
            let weight = index < first ? Double(histories.count) : atLeast[index - first]
            let i = Double(index)
            sums.value += weight * log((b + i) / (a + b + i))
            sums.b += weight * (1 / (b + i) - 1 / (a + b + i))
            sums.a -= weight / (a + b + i)
        }
    }

    private func addCustomers(_ r: Double, _ alpha: Double, _ a: Double, _ b: Double, to sums: inout Sums) {
        let logAlpha = log(alpha)
        let logA = log(a)
        let first = Double(PurchaseModel.firstChances(kind))
        let mayLeaveAtOnce = kind == .mbgNBD
        for index in 0..<histories.count {
            let x = Double(histories.repeats[index])
            let age = alpha + histories.ages[index]
            let logAge = log(age)
            let shape = r + x
            sums.value += r * logAlpha - shape * logAge
            sums.r += logAlpha - logAge
            sums.alpha += r / alpha - shape / age
            guard x > 0 || mayLeaveAtOnce else { continue }
            let recency = alpha + histories.recencies[index]
            let logRatio = logAge - (x > 0 ? log(recency) : logAlpha)
            let weight = b + x + first - 1
            let z = logA - log(weight) + shape * logRatio
            let odds = exp(-abs(z))
            sums.value += max(z, 0) + log1p(odds)
            let left = (z > 0 ? 1 : odds) / (1 + odds)
            sums.r += left * logRatio
            sums.alpha += left * shape * (1 / age - 1 / recency)
            sums.a += left / a
            sums.b -= left / weight
        }
    }
}
