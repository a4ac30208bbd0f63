import NaiveModel
import Testing

@Suite struct RandomCaseTests {
    @Test func `a seed always gives the same case`() {
        let (first, second) = (RandomCase.make(seed: 7), RandomCase.make(seed: 7))
        #expect(first.config == second.config)
        #expect(first.lines == second.lines)
        #expect(first.until == second.until)
    }

    @Test func `random cases meet every kind of record and every reason`() throws {
        var summary = NaiveSummary()
        var seen: Set<String> = []
        for seed in UInt64(0)..<120 {
            let result = try RandomCase.make(seed: seed).expected()
            summary.duplicates += result.summary.duplicates
            summary.late += result.summary.late
            summary.ignored += result.summary.ignored
            seen.formUnion(result.summary.triggers.keys)
            seen.formUnion(result.deadLetters.map { $0.reason })
        }
        let wanted: Set = [
            "abandoned_cart", "cart_recovered", "churn_risk", "ad_suppression", "invalid_utf8", "not_json",
            "not_an_object", "missing_field", "wrong_type", "out_of_range", "timestamp_in_future",
        ]
        #expect(wanted.subtracting(seen) == [])
        #expect(summary.duplicates > 100)
        #expect(summary.late > 100)
        #expect(summary.ignored > 20)
    }

    @Test func `a planted mistake is found and shrunk to a few lines`() throws {
        /// Forgets the recoveries.
        func mistaken(_ randomCase: RandomCase) throws -> NaiveResult {
            var result = try randomCase.expected()
            result.triggers.removeAll { $0.contains("\"type\":\"cart_recovered\"") }
            return result
        }
        for seed in UInt64(0)..<200 {
            let randomCase = RandomCase.make(seed: seed)
            guard try Comparison.difference(in: randomCase, mistaken) != nil else { continue }
            let shrunk = try Comparison.shrunk(randomCase, mistaken)
            #expect(try Comparison.difference(in: shrunk, mistaken) != nil, "seed \(seed)")
            #expect(shrunk.lines.count <= 4, "seed \(seed)")
            return
        }
        Issue.record("no case has a recovery")
    }
}
