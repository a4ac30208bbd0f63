import Model
import NaiveModel
import Settings

/// Configuration files.
enum ConfigFuzzing {
    /// A file is refused with problems that name it, or loaded into something that can be shown and kept.
    static func check(_ bytes: [UInt8]) throws(FuzzFailure) {
        // Bytes that are no UTF-8 are refused before this.
        guard let yaml = String(validating: bytes, as: UTF8.self) else { return }
        let loaded: LoadedSettings
        do throws(SettingsError) {
            loaded = try SettingsLoader.load(yaml: yaml, name: "t.yaml")
        } catch {
            let problems = error.description
            if problems.contains("t.yaml") { return }
            throw FuzzFailure("a problem that does not name the file: \(problems)")
        }
        try check(loaded)
    }

    private static func check(_ loaded: LoadedSettings) throws(FuzzFailure) {
        let lineCount = loaded.table.split(separator: "\n").count
        if lineCount <= loaded.entries.count { throw FuzzFailure("the table leaves keys out") }
        if !NaiveVerdict.isJSON(Array(loaded.jsonText.utf8), depthMax: 8) {
            throw FuzzFailure("no JSON: \(loaded.jsonText)")
        }
        let rules = loaded.settings.rules
        let copy: Rules
        do throws(SettingsError) { copy = try Rules(canonicalText: rules.canonicalText) } catch {
            throw FuzzFailure("rules that cannot be read back: \(error)")
        }
        if copy.canonicalText != rules.canonicalText || copy.fingerprint != rules.fingerprint {
            throw FuzzFailure("rules that come back otherwise:\n\(rules.canonicalText)\(copy.canonicalText)")
        }
    }

    static let seeds = [
        "currency: EUR\n", "topics:\n  inputs: [clicks, carts]\n  journal: j\n",
        "rules:\n  abandoned_cart:\n    steps: [1h, 1d]\n    min_value: 20.5\n  value:\n    enabled: true\n",
        "rules: {churn_risk: {levels: {watch: 0.5, at_risk: 0.3, lost: 0.1}, parameters: {r: 0.5, alpha: 6}}}\n",
        "kafka:\n  bootstrap_servers: \"a:1,b:2\"\n  properties:\n    sasl.password: \"x\"\n",
        "event_time: {allowed_lateness: 10s}\nstate: {directory: /var/lib/x}\nlog: &l {level: info}\n",
        "http: {listen: '[::1]:8080', token_file: /t}\n# comment\ncommit_interval: 90m\n", "", "---\n...\n",
    ]
}
