import Foundation
import Settings
import Testing

@Suite struct RefusalTests {
    @Test(arguments: [
        ("currency: EURO", "currency: cannot be EURO; write three ASCII letters, such as TRY"),
        ("currency:", "currency: has no value; write three ASCII letters, or leave the key out"),
        ("currency: [TRY]", "currency: takes one value, not a list; write three ASCII letters"),
        ("currency: {a: b}", "currency: takes one plain value"),
        ("commit_interval: 6s", "commit_interval: 6s is out of range; write 1ms to 5s"),
        ("commit_interval: 0s", "commit_interval: 0s is out of range; write 1ms to 5s"),
        ("delivery: exactly-once", "delivery: cannot be exactly-once; write exactly_once or at_least_once"),
        ("rules.abandoned_cart.enabled: yes", "write true, not yes"),
        ("rules.abandoned_cart.steps: 1h", "rules.abandoned_cart.steps: is a list; write [1h]"),
        ("rules.abandoned_cart.steps: []", "is out of range; write 1 to 16 rising durations"),
        ("rules.abandoned_cart.steps: [1h, 60m]", "must rise strictly, but 1h comes after 1h"),
        ("rules.abandoned_cart.steps: [0s]", "0s is out of range; write 1ms to 36500d"),
        ("rules.abandoned_cart.steps: [[1h]]", "takes a list of plain values"),
        ("rules.abandoned_cart.cooldown: 0ms", "0ms is out of range; write 1ms to 36500d"),
        ("rules.abandoned_cart.cooldown: 36501d", "36501d is out of range"),
        ("rules.abandoned_cart.min_value: 1.23456", "1.23456 is no amount; write 0 to 9999999999"),
        ("rules.abandoned_cart.min_value: 10000000000", "is out of range"),
        ("rules.abandoned_cart.min_value: -1", "-1 is no amount"),
        ("rules.churn_risk.parameters.r: 0", "0 is out of range; write a number above 0"),
        ("rules.churn_risk.parameters.r: .inf", ".inf is no number"),
        ("rules.churn_risk.parameters.r: 1e999", "1e999 is out of range"),
        ("rules.churn_risk.parameters.r: 0x1", "0x1 is no number"),
        ("rules.churn_risk.levels.watch: 1", "1 is out of range; write a number above 0 and below 1"),
        ("rules.churn_risk.min_orders: 0", "0 is out of range; write 1 to 1000000"),
        ("rules.churn_risk.min_orders: 1.5", "1.5 is no integer"),
        ("rules.churn_risk.model: pareto", "cannot be pareto; write mbg_nbd or bg_nbd"),
        ("rules.ad_suppression.churn_level: none", "cannot be none; write watch, at_risk or lost"),
        ("rules.ad_suppression.ad_fatigue.clicks: 9", "9 is out of range; write 2 to 8"),
        ("event_time.idle_after: 0s", "0s is out of range"),
        ("topics.inputs: []", "is out of range; write 1 to 16 names"),
        ("topics.inputs: [a, a]", "names the topic a twice; write it once"),
        ("topics.inputs: ['a b']", "a b is no name of a topic"),
        ("topics.outcomes: ..", ".. is no name of a topic"),
        (
            "topics.outcomes: tetik.journal",
            "tetik.journal is the topic of both topics.outcomes and topics.journal"
        ),
        ("topics.replication_factor: 0", "0 is out of range; write -1"),
        ("http.listen: 8080", "cannot be 8080; write host:port, such as 127.0.0.1:8080"),
        ("http.listen: 'a:65536'", "cannot be a:65536"),
        ("http.listen: '::1:80'", "such as 127.0.0.1:8080 or [::1]:8080"),
        ("kafka.bootstrap_servers: 'a:9092,,b'", "write host:port, several with commas"),
        ("kafka.group_id: ''", "is empty; write any text that is not empty"),
        ("log.level: warn", "cannot be warn; write trace, debug, info, notice, warning or error"),
        ("state.snapshots_kept: 0", "0 is out of range; write 1 to 1000"),
    ])
    func `a bad value is refused with file, line, key and what to write`(line: String, message: String) throws
    {
        let found = problems(nested(line))
        #expect(found.count == 1, "\(found)")
        let problem = try #require(found.first)
        let key = line.prefix { $0 != ":" }
        let number = key.count { $0 == "." } + 1
        #expect(problem.hasPrefix("t.yaml:\(number): \(key): "), "\(problem)")
        #expect(problem.contains(message), "\(problem)")
    }

    @Test(arguments: [
        ("curency: TRY", "t.yaml:1: curency: is no known key; did you mean currency?"),
        ("kafka: {groupId: x}", "t.yaml:1: kafka.groupId: is no known key; did you mean kafka.group_id?"),
        ("kafka: {bootstrap: x}", "did you mean kafka.bootstrap_servers?"),
        ("min_orders: 3", "did you mean rules.churn_risk.min_orders?"),
        ("abandoned_cart: {steps: [1h]}", "did you mean rules.abandoned_cart?"),
        ("event-time: {max_ahead: 1m}", "did you mean event_time?"),
        ("kafka: {sasl.username: x}", "properties of librdkafka go below kafka.properties"),
        ("wombat: 1", "t.yaml:1: wombat: is no known key; `tetik config show` lists them all"),
        ("rules: 5", "t.yaml:1: rules: is a section; write its keys below it, indented"),
        ("kafka.group_id: x", "t.yaml:1: kafka.group_id: has to be nested; write a section for each word"),
        ("- 1", "t.yaml:1: is no map of keys and values"),
        ("[a]: 1", "has a key that is no plain text"),
        ("kafka: {properties: [a]}", "kafka.properties: is a map; write one `name: value` a line below it"),
        ("kafka: {properties: {a: }}", "kafka.properties.a: has no value"),
        ("kafka: {properties: {sasl: {password: x}}}", "write the dots into the name, such as sasl.password"),
        ("kafka: {properties: {group.id: x}}", "kafka.properties.group.id: is set by kafka.group_id"),
        ("kafka: {properties: {isolation.level: x}}", "whose guarantees depend on it; leave it out"),
    ])
    func `an unknown or misplaced key is refused with the nearest known one`(yaml: String, message: String) {
        let found = problems(yaml)
        #expect(found.count == 1 && found[0].contains(message), "\(found)")
    }

    @Test(arguments: [
        (
            "log: {level: info}\nlog: {format: text}",
            "t.yaml:1: log: is given more than once; keep one of them"
        ),
        ("a: [1", "t.yaml:1: is no YAML: "), ("a: *b", "t.yaml:1: is no YAML: found undefined alias"),
        ("currency: TRY\nhttp: \u{1}", "t.yaml:2: is no YAML: "),
        ("currency: TRY\n---\ncurrency: EUR", "t.yaml:2: is no YAML: but found another document"),
        ("a: b: c", "t.yaml:1: is no YAML: "),
    ])
    func `what is no YAML is refused with its line`(yaml: String, message: String) {
        let found = problems(yaml)
        #expect(found.count == 1 && found[0].hasPrefix(message), "\(found)")
    }

    @Test func `an address that others reach needs a token`() throws {
        let found = problems("currency: EUR\nhttp:\n  listen: 0.0.0.0:8080")
        #expect(found.count == 1 && found[0].hasPrefix("t.yaml:3: http.listen: 0.0.0.0:8080 can be reached"))
        #expect(found.count == 1 && found[0].contains("http.token_file"), "\(found)")
        #expect(problems("http: {listen: '0.0.0.0:8080', token_file: /etc/token}").isEmpty)
        for listen in ["localhost:1", "127.8.9.1:1", "'[::1]:1'"] {
            #expect(problems("http: {listen: \(listen)}").isEmpty, "\(listen)")
        }
        for listen in ["'[::]:1'", "127.0.0.1.example:1", "shop.example:1", "128.0.0.1:1"] {
            #expect(problems("http: {listen: \(listen)}").count == 1, "\(listen)")
        }
    }

    @Test func `credentials of the service are secrets and a token`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let environment = ["CREDENTIALS_DIRECTORY": folder.path()]
        let listen = ["http.listen=0.0.0.0:1"]
        #expect(problems(environment: environment, overrides: listen).count == 1)
        try Data("0123456789abcdef\n".utf8).write(to: folder.appending(path: "http-token"))
        #expect(problems(environment: environment, overrides: listen).isEmpty)
        // Who only asks the service need not see its token here.
        _ = try SettingsLoader.load(
            file: "/dev/null", environment: [:], overrides: listen, listens: false)
        try Data("pass word\n".utf8).write(to: folder.appending(path: "kafka.properties.sasl.password"))
        let loaded = try SettingsLoader.load(file: "/dev/null", environment: environment, overrides: [])
        #expect(
            loaded.settings.kafka.properties == [KafkaProperty(name: "sasl.password", value: "pass word")])
        #expect(!loaded.entries.map { "\($0)" }.joined().contains("pass word"))
        try Data("x\n".utf8).write(to: folder.appending(path: "kafka.properties.group.id"))
        #expect(problems(environment: environment).count == 1)
    }

    @Test func `contradictions are reported at the key that was set last`() {
        let levels = problems("rules:\n  churn_risk:\n    levels:\n      watch: 0.2")
        #expect(levels.count == 1 && levels[0].hasPrefix("t.yaml:4: rules.churn_risk.levels.watch: "))
        #expect(
            levels[0].contains("(0.3) must be below") && levels[0].hasSuffix("(the other is from: default)"))
        let outputs = problems("topics: {outcomes: x, dead_letters: x}")
        #expect(
            outputs.count == 1
                && outputs[0].hasPrefix("t.yaml:1: topics.dead_letters: x is the topic of both"))
        let loop = problems("", overrides: ["topics.inputs=triggers.outcomes"])
        #expect(
            loop.count == 1 && loop[0].hasPrefix("--set topics.inputs: triggers.outcomes is both an input"))
    }

    @Test func `a refused value leads to no further complaint`() {
        #expect(problems("rules: {churn_risk: {levels: {watch: 0.2, at_risk: x, lost: 0.1}}}").count == 1)
    }

    @Test func `all problems of all origins are reported, in their order`() {
        let environment = [
            "TETIK_LOG_LEVEL": "loud", "TETIK_LOG_LEVLE": "info", "TETIK_PORT": "tcp://10.0.0.1:80",
        ]
        let found = problems(environment: environment, overrides: ["currency", "log.format=xml", "rules=1"])
        #expect(
            found == [
                "environment TETIK_LOG_LEVEL: log.level: cannot be loud; write trace, debug, info, notice, "
                    + "warning or error",
                "environment TETIK_LOG_LEVLE: stands for no known key; did you mean TETIK_LOG_LEVEL?",
                "--set: needs key=value, such as --set currency=EUR",
                "--set log.format: cannot be xml; write auto, text or json",
                "--set rules: is a section; set one of its keys",
            ])
    }

    @Test func `a file that is named and cannot be read is refused`() {
        func message(_ path: String) -> String {
            do throws(SettingsError) {
                _ = try SettingsLoader.load(file: path, environment: [:], overrides: [])
                return ""
            } catch { return error.description }
        }
        #expect(message("/no/such.yaml") == "/no/such.yaml: does not exist; name another file with --config")
        #expect(message("/") == "/: cannot be read: Is a directory")
        #expect(message("/dev/zero").hasPrefix("/dev/zero: is over 1 MiB"))
    }

    /// `a.b: v` as three lines of nested YAML would be written by hand.
    private func nested(_ line: String) -> String {
        let parts = line.split(separator: ":", maxSplits: 1)
        let words = parts[0].split(separator: ".")
        return words.enumerated().map { depth, word in
            let isLast = depth == words.count - 1
            return String(repeating: "  ", count: depth) + word + ":"
                + (isLast ? parts.dropFirst().joined() : "")
        }.joined(separator: "\n")
    }
}
