import Model
import Primitives
import Settings
import Testing

@Suite struct LoadingTests {
    @Test func `nothing at all gives the defaults`() throws {
        for yaml in ["", " ", "~", "# only a comment", "---\n", "rules:\n", "kafka: {properties: }"] {
            #expect(try load(yaml).settings == Settings(), "\(yaml)")
        }
    }

    @Test func `every kind of value arrives where it belongs`() throws {
        let settings = try load(
            """
            currency: eur
            kafka: {bootstrap_servers: "a, [::1]:9093", group_instance_id: i, give_up_after: 2m}
            topics: {inputs: [x], auto_create: false, partitions: 12, replication_factor: 3}
            delivery: at_least_once
            http: {listen: "[::1]:0"}
            log: {level: trace, format: json}
            rules:
              email_consent: explicit
              abandoned_cart: &cart {enabled: false, steps: [1ms, 2h], min_value: 19.99, recovery_window: 0s}
              churn_risk: {model: bg_nbd, parameters: {b: 1e-3}, min_orders: 4, levels: {watch: 0.7}}
              ad_suppression: {churn_level: lost, ad_fatigue: {clicks: 8}}
            """
        ).settings
        #expect(settings.rules.currency == Currency("eur"))
        #expect(settings.kafka.bootstrapServers == "a,[::1]:9093")
        #expect(settings.kafka.groupInstanceID == "i" && settings.kafka.giveUpAfterMilliseconds == 120_000)
        #expect(settings.topics.inputs == ["x"] && !settings.topics.createsMissing)
        #expect(settings.topics.partitionCount == 12 && settings.topics.replicationFactor == 3)
        #expect(settings.delivery == .atLeastOnce)
        #expect(settings.http.listen == ListenAddress(host: "::1", port: 0))
        #expect(settings.log.level == .trace && settings.log.format == .json)
        #expect(settings.rules.emailConsent == .explicit)
        #expect(!settings.rules.abandonedCart.isEnabled)
        #expect(settings.rules.abandonedCart.stepMilliseconds == [1, 7_200_000])
        #expect(settings.rules.abandonedCart.minValue == Money(tenThousandths: 199_900))
        #expect(settings.rules.abandonedCart.recoveryWindowMilliseconds == 0)
        #expect(settings.rules.churnRisk.model == .bgNBD && settings.rules.churnRisk.b == 0.001)
        #expect(settings.rules.churnRisk.orderCountMin == 4 && settings.rules.churnRisk.watchThreshold == 0.7)
        #expect(settings.rules.adSuppression.churnLevel == .lost)
        #expect(settings.rules.adSuppression.fatigueClickCount == 8)
    }

    @Test func `a later origin wins over an earlier one, and each value knows its own`() throws {
        let loaded = try SettingsLoader.load(
            file: "/dev/null",
            environment: [
                "TETIK_CURRENCY": "USD", "TETIK_RULES_ABANDONED_CART_STEPS": "1h, 24h", "PATH": "/bin",
            ],
            overrides: ["currency=EUR", "currency=GBP", "topics.inputs=[a, b]"])
        #expect(loaded.settings.rules.currency == Currency("GBP"))
        #expect(loaded.origin(of: "currency") == .override)
        #expect(loaded.settings.rules.abandonedCart.stepMilliseconds == [3_600_000, 86_400_000])
        #expect(
            loaded.origin(of: "rules.abandoned_cart.steps")
                == .environment("TETIK_RULES_ABANDONED_CART_STEPS"))
        #expect(loaded.settings.topics.inputs == ["a", "b"])
        #expect(loaded.origin(of: "log.level") == .standard)
        #expect(loaded.counts.override == 2 && loaded.counts.environment == 1 && loaded.counts.file == 0)
    }

    @Test func `values of a file know their line`() throws {
        let loaded = try load("# c\nlog:\n  level: debug\nkafka:\n  properties:\n    debug: all\n")
        #expect(loaded.origin(of: "log.level") == .file("t.yaml", line: 3))
        #expect(loaded.origin(of: "kafka.properties.debug") == .file("t.yaml", line: 6))
    }

    @Test func `an anchor can be used again`() throws {
        let loaded = try load(
            "rules:\n  ad_suppression: {recent_purchase: &t 3d, ad_fatigue: {window: *t, cool_off: *t}}")
        #expect(loaded.settings.rules.adSuppression.fatigueCoolOffMilliseconds == 3 * 86_400_000)
    }

    @Test func `properties of librdkafka come from all origins, one by one`() throws {
        let loaded = try SettingsLoader.load(
            file: "/dev/null", environment: ["TETIK_KAFKA_PROPERTIES_SASL_PASSWORD": "env=1"],
            overrides: ["kafka.properties.sasl.password=a=b,c", "kafka.properties.fetch.wait.max.ms=5"])
        #expect(
            loaded.settings.kafka.properties == [
                KafkaProperty(name: "fetch.wait.max.ms", value: "5"),
                KafkaProperty(name: "sasl.password", value: "a=b,c"),
            ])
    }

    @Test func `secrets are shown nowhere`() throws {
        let secret = "hunter2"
        let loaded = try load(
            "kafka: {properties: {sasl.password: \(secret), ssl.key.pem: \(secret), debug: all}}")
        var dumped = ""
        dump(loaded.settings, to: &dumped)
        for text in [loaded.table, loaded.jsonText, dumped, "\(loaded.settings)", "\(loaded)"] {
            #expect(!text.contains(secret))
        }
        let rows = loaded.table.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(rows.contains(["kafka.properties.sasl.password", "[hidden]", "t.yaml:1"]))
        #expect(rows.contains(["kafka.properties.debug", "all", "t.yaml:1"]))
        let refused =
            problems("kafka: {properties: {sasl.password: [\(secret)], \(secret)x: {}}}")
            + problems("kafka:\n  properties:\n    sasl.password: \"\(secret)\n")
            + problems(overrides: ["kafka.properties=\(secret)", "kafka.properties. =\(secret)"])
        #expect(refused.count == 5)
        #expect(refused.filter { $0.contains(secret) && !$0.contains("\(secret)x: takes") } == [])
    }

    @Test func `what is shown in JSON can be told apart by type`() throws {
        let json = try load("kafka: {client_id: 'a\"b'}").jsonText
        #expect(json.contains(#"{"key": "kafka.client_id", "value": "a\"b", "from": "t.yaml:1"}"#))
        #expect(json.contains(#"{"key": "kafka.group_instance_id", "value": null, "from": "default"}"#))
        #expect(json.contains(#"{"key": "rules.abandoned_cart.steps", "value": ["1h", "1d", "3d"], "#))
        #expect(json.contains(#"{"key": "rules.churn_risk.parameters.r", "value": 0.525, "#))
    }

    @Test func `the fingerprint follows every key that decides records, and no other`() throws {
        let valued = try loaded(overrides: ValueKeys.enabled).settings.rules
        for key in SettingRegistry.keys where key.kind != .properties {
            let isValue = key.path.hasPrefix("rules.value.")
            let standard = isValue && key.path != "rules.value.enabled" ? valued : Rules()
            let rules = try loaded(
                overrides: (isValue ? ValueKeys.enabled : []) + ["\(key.path)=\(key.example)"]
            ).settings.rules
            #expect((rules.fingerprint != standard.fingerprint) == key.decidesRecords, "\(key.path)")
            #expect((rules != standard) == key.decidesRecords, "\(key.path)")
        }
    }

    private func loaded(overrides: [String]) throws -> LoadedSettings {
        try SettingsLoader.load(file: "/dev/null", environment: [:], overrides: overrides)
    }

    @Test func `while value is off, its other keys are no part of the canonical text`() throws {
        let text = Rules().canonicalText
        #expect(!text.contains("rules.value"))
        let off = try loaded(overrides: ["rules.value.parameters.v=3", "rules.value.tiers.gold=900"])
        #expect(off.settings.rules.canonicalText == text)
        let valued = try loaded(overrides: ValueKeys.enabled).settings.rules.canonicalText
        #expect(valued.split(separator: "\n").count { $0.hasPrefix("rules.value.") } == 9)
        #expect(valued.hasPrefix(text))
    }

    @Test func `the canonical text of the default rules never changes`() {
        #expect(Rules().canonicalText.hasPrefix("currency=TRY\nevent_time.allowed_lateness=10s\n"))
        #expect(Rules().canonicalText.contains("\nrules.abandoned_cart.steps=1h,1d,3d\n"))
        #expect(Rules().canonicalText.contains("\nrules.churn_risk.parameters.alpha=6.183\n"))
    }
}
