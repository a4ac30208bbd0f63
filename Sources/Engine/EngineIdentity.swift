import Glibc
import Primitives

/// What, beside sequence, rules and `Engine.semanticsVersion`, decides the engine's output.
public enum EngineIdentity {
    /// A fingerprint of `pow` as this host computes it: two C libraries may round differently, and then a crossing
    /// may fall into another millisecond.
    ///
    /// Arguments like those of the churn formulas, over the range that occurs.
    public static let mathFingerprint: UInt64 = {
        var digest: UInt64 = 0
        for step in 0..<2_000 {
            let base = 1 + Double(step) * 0.37
            let exponent = 0.05 + Double(step % 97) * 0.113
            for result in [pow(base, exponent), pow(base, 1 / exponent), pow(1 / base, exponent)] {
                withUnsafeBytes(of: (digest, result.bitPattern.littleEndian)) { digest = StableHash.hash($0) }
            }
        }
        return digest
    }()
}
