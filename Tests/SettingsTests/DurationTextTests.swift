import Settings
import Testing

@Suite struct DurationTextTests {
    @Test(arguments: [
        ("1ms", 1), ("0s", 0), ("90s", 90_000), ("90m", 5_400_000), ("24h", 86_400_000), ("7d", 604_800_000),
        ("36500d", 3_153_600_000_000), ("99999999999999999999d", Int64.max), ("9223372036854775807s", .max),
    ])
    func `an integer and a unit are read`(text: String, milliseconds: Int64) {
        #expect(DurationText.milliseconds(text) == milliseconds)
    }

    @Test(arguments: ["", "5", "h", "1.5h", "1 h", "-1s", "+1s", "1H", "1h30m", "1w", "1us", "٣s", "1s "])
    func `anything else is no duration`(text: String) {
        #expect(DurationText.milliseconds(text) == nil)
    }

    @Test(arguments: [
        (0, "0s"), (1, "1ms"), (1_000, "1s"), (90_000, "90s"), (5_400_000, "90m"), (86_400_000, "1d"),
        (129_600_000, "36h"), (1_001, "1001ms"),
    ])
    func `a duration is written in the largest exact unit`(milliseconds: Int64, text: String) {
        #expect(DurationText.text(milliseconds: milliseconds) == text)
    }

    @Test(arguments: [
        ("1.5h", "write 90m, not 1.5h"), ("1h30m", "write 90m, not 1h30m"),
        ("10 min", "write 10m, not 10 min"),
        ("2 weeks", "write 14d, not 2 weeks"), ("1H", "write 1h, not 1H"), ("0.1s", "write 100ms, not 0.1s"),
        ("60", "has no unit; write 60s"), ("PT1H", "such as 90m"), ("-1h", "such as 90m"),
        ("0.5ms", "such as 90m"), ("1e300h", "such as 90m"), ("1.2.3h", "such as 90m"),
    ])
    func `a wrong duration is answered with the right one`(text: String, advice: String) throws {
        let problem = try #require(problems("commit_interval: '\(text)'").first)
        #expect(problem.hasPrefix("t.yaml:1: commit_interval: "))
        #expect(problem.contains(advice), "\(problem)")
    }
}
