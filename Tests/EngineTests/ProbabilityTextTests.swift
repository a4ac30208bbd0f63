@testable import Engine
import Foundation
import Primitives
import Testing

struct ProbabilityTextTests {
    private func text(_ probability: Double) -> String {
        var writer = ByteWriter()
        var cursor = writer.cursor(reserving: 6)
        cursor.append(probability: probability)
        writer.commit(cursor)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test(
        arguments: [
            (0, "0.0000"), (1, "1.0000"), (0.5, "0.5000"), (0.3, "0.3000"), (0.1, "0.1000"), (-0.0, "0.0000"),
            (0.999949, "0.9999"), (0.999951, "1.0000"), (0.00004999, "0.0000"), (0.0000500001, "0.0001"),
            (0x1p-1074, "0.0000"), (1e-5, "0.0000"), (1 - 0x1p-53, "1.0000"),
            // Odd multiples of 1/32 lie exactly between two of four decimals.
            (0.03125, "0.0312"), (0.09375, "0.0938"), (0.15625, "0.1562"), (0.21875, "0.2188"),
            (0.0001220703125, "0.0001"), (0.96875, "0.9688"), (0.90625, "0.9062"),
        ] as [(Double, String)])
    func `a probability has four decimals, rounded half to even on the exact value`(
        probability: Double, expected: String
    ) {
        #expect(text(probability) == expected)
    }

    @Test func `any probability is written as the C library writes it`() {
        // printf rounds the exact binary value half to even, too (glibc, current rounding mode).
        var random = RandomStream(seed: 21)
        for _ in 0..<20_000 {
            let probability = random.unit() * (random.chance(0.3) ? 0x1p-10 : 1)
            let expected = String(format: "%.4f", probability)
            if text(probability) != expected {
                Issue.record("seed 21: \(probability) became \(text(probability))")
                return
            }
        }
        for sixteenths in 0...160_000 {
            let probability = Double(sixteenths) / 160_000
            if sixteenths % 7 == 0, text(probability) != String(format: "%.4f", probability) {
                Issue.record("\(probability) became \(text(probability))")
                return
            }
        }
    }
}
