import Settings
import Testing

/// What has to be written before `rules.value` can be enabled.
enum ValueKeys {
    static let parameters =
        ["r=0.525", "alpha=6.183", "a=0.891", "b=1.614"].map { "rules.churn_risk.parameters.\($0)" }
        + ["p=6.25", "q=3.74", "v=15.44"].map { "rules.value.parameters.\($0)" }

    static let enabled = parameters + ["rules.value.enabled=true"]
}

@Suite struct ValueKeysTests {
    private func problems(_ overrides: [String]) -> [String] {
        do throws(SettingsError) {
            _ = try SettingsLoader.load(file: "/dev/null", environment: [:], overrides: overrides)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func `value cannot be enabled on parameters that nobody wrote`() {
        let found = problems(["rules.value.enabled=true", "rules.value.parameters.p=4"])
        #expect(found.count == 1)
        #expect(found.first?.contains("rules.value.enabled: needs parameters of this shop") == true)
        #expect(found.first?.contains("rules.churn_risk.parameters.r, ") == true)
        #expect(found.first?.contains("write rules.value.parameters.p") == false)
        #expect(found.first?.contains("rules.value.parameters.q, rules.value.parameters.v,") == true)
        #expect(problems(ValueKeys.enabled) == [])
        #expect(problems(["rules.value.parameters.p=4"]) == [])
    }

    @Test(arguments: [
        (["rules.value.tiers.silver=500"], "silver (500) must be below rules.value.tiers.gold (500)"),
        (["rules.value.parameters.p=0.3", "rules.value.parameters.q=0.7"], "p + q (1.0) must be above 1"),
        (["rules.churn_risk.time_unit=1h"], "at most 1000 times rules.churn_risk.parameters.alpha (6.183"),
        (["rules.value.discount=1.01"], "1.01 is out of range; write a number from 0 to 1"),
        (["rules.value.discount=nan"], "nan is no number; write a number from 0 to 1"),
        (["rules.value.margin=-0.1"], "-0.1 is out of range"),
        (["rules.value.horizon=23h"], "23h is out of range; write 1d to 3650d"),
    ])
    func `contradictions and bad numbers are refused`(more: [String], message: String) {
        let found = problems(ValueKeys.enabled + more)
        #expect(found.count == 1 && found.allSatisfy { $0.contains(message) }, "\(found)")
    }

    @Test func `contradictions among keys that are off do no harm`() {
        #expect(problems(["rules.value.tiers.silver=900", "rules.value.parameters.q=1e-9"]) == [])
    }
}
