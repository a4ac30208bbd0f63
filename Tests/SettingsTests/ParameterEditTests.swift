import Settings
import Testing

@Suite struct ParameterEditTests {
    private static let values: [(key: String, text: String)] = [
        ("rules.churn_risk.parameters.r", "0.25"), ("rules.churn_risk.parameters.alpha", "4.41360"),
    ]

    @Test func `block style keeps comments, spacing and line ends`() throws {
        let yaml = """
            # top\r
            currency: TRY   # ğüş\r
            rules:\r
              churn_risk:\r
                parameters:\r
                  # shape\r
                  r:   0.525   # was 0.5\r
                  alpha: "6.183"\r
                  a: 0.891\r
                  b: 0.525\r

            """
        let changed = try ParameterEdit.replacing(Self.values, in: yaml)
        let wanted = yaml.replacing("r:   0.525 ", with: "r:   0.25 ").replacing("\"6.183\"", with: "4.41360")
        #expect(Array(changed.utf8) == Array(wanted.utf8))
    }

    @Test func `flow style too`() throws {
        let yaml =
            "rules: {churn_risk: {model: mbg_nbd, parameters: {r: 0.525, alpha: 6.183, a: 1, b: 2}}} # é\n"
        let changed = try ParameterEdit.replacing(Self.values, in: yaml)
        #expect(changed == yaml.replacing("0.525", with: "0.25").replacing("6.183", with: "4.41360"))
    }

    @Test func `letters of several bytes before a value do not shift it`() throws {
        let yaml = "rules: {\"é\": ç, churn_risk: {parameters: {r: 0.525, alpha: 6.183}}}\n"
        let changed = try ParameterEdit.replacing(Self.values, in: yaml)
        #expect(changed == yaml.replacing("0.525", with: "0.25").replacing("6.183", with: "4.41360"))
    }

    @Test func `the shipped file is changed in two places only`() throws {
        let old = ShippedFile.text()
        let lines = old.split(separator: "\n", omittingEmptySubsequences: false)
        let new = try ParameterEdit.replacing(Self.values, in: old)
            .split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == new.count)
        #expect(zip(lines, new).count { $0 != $1 } == 2)
    }

    @Test func `it can be asked what is there`() throws {
        let yaml = "rules: {value: {parameters: {p: 6.25}}}\n"
        #expect(try ParameterEdit.has("rules.value.parameters.p", in: yaml))
        #expect(try ParameterEdit.has("rules.value", in: yaml))
        #expect(try !ParameterEdit.has("rules.value.parameters.q", in: yaml))
        #expect(throws: ParameterEditFailure.self) {
            try ParameterEdit.has("rules", in: "rules: [unfinished\n")
        }
    }

    @Test func `a key that is not there is named`() {
        #expect(throws: ParameterEditFailure.missing(key: "rules.churn_risk.parameters.r")) {
            try ParameterEdit.replacing(Self.values, in: "rules: {churn_risk: {enabled: true}}\n")
        }
    }

    @Test(arguments: [
        "rules: {churn_risk: {parameters: {r: &x 0.525, alpha: *x}}}\n",
        "rules: {churn_risk: {parameters: {r: [1], alpha: 6.183}}}\n",
        "rules:\n  churn_risk:\n    parameters:\n      r: >-\n        0.525\n      alpha: 6.183\n",
        "rules: {churn_risk: {parameters: {r: \"0\\x2e5\", alpha: 6.183}}}\n",
        "rules: {churn_risk: {parameters: {r: 0.5, r: 0.6, alpha: 6.183}}}\n",
        "rules: [unfinished\n",
    ])
    func `what cannot be replaced with certainty is left alone`(yaml: String) {
        #expect(throws: ParameterEditFailure.self) { try ParameterEdit.replacing(Self.values, in: yaml) }
    }
}
