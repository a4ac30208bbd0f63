internal import Model
internal import Primitives

extension SettingsLayers {
    /// Checks what no key can know alone.
    ///
    /// - Parameter listens: whether the process will listen at `http.listen`; others have no use for a token of
    ///   its own.
    mutating func checkContradictions(listens: Bool = true) {
        checkLevels()
        checkTopics()
        if settings.rules.value.isEnabled { checkValue() }
        if listens { checkService() }
    }

    /// Whoever can connect sees every customer, so others than this host need a token.
    private mutating func checkService() {
        guard !settings.http.listen.isLoopback, settings.http.tokenFile.isEmpty, !hasTokenCredential,
            !refused.contains("http.listen"), !refused.contains("http.token_file")
        else { return }
        report(
            origins["http.listen"] ?? .standard, "http.listen",
            "\(settings.http.listen) can be reached from other hosts; name a file with a token in "
                + "http.token_file (or, as a service, put it in \(Self.storedTokenPath), mode 600), or write "
                + "127.0.0.1:\(settings.http.listen.port)"
        )
    }

    private mutating func checkLevels() {
        let levels = ["watch", "at_risk", "lost"].map { "rules.churn_risk.levels.\($0)" }
        let thresholds = [
            settings.rules.churnRisk.watchThreshold, settings.rules.churnRisk.atRiskThreshold,
            settings.rules.churnRisk.lostThreshold,
        ]
        for deeper in 1..<levels.count where thresholds[deeper] >= thresholds[deeper - 1] {
            contradiction(
                between: levels[deeper - 1], levels[deeper],
                "\(levels[deeper]) (\(thresholds[deeper])) must be below "
                    + "\(levels[deeper - 1]) (\(thresholds[deeper - 1])); write thresholds that fall from "
                    + "watch to lost")
        }
    }

    /// Values from another shop's parameters would look right and be wrong, so all have to be written.
    private mutating func checkValue() {
        let enabled = "rules.value.enabled"
        let names = ["r", "alpha", "a", "b"].map { "rules.churn_risk.parameters.\($0)" }
        let missing = (names + ["p", "q", "v"].map { "rules.value.parameters.\($0)" })
            .filter { origins[$0] == nil && !refused.contains($0) }
        if !missing.isEmpty {
            report(
                origins[enabled] ?? .standard, enabled,
                "needs parameters of this shop; write \(missing.joined(separator: ", ")), as `tetik fit` finds "
                    + "them")
        }
        let (value, churn) = (settings.rules.value, settings.rules.churnRisk)
        if value.goldBound <= value.silverBound {
            let (gold, silver) = (MoneyText.text(value.goldBound), MoneyText.text(value.silverBound))
            contradiction(
                between: "rules.value.tiers.gold", "rules.value.tiers.silver",
                "rules.value.tiers.silver (\(silver)) must be below rules.value.tiers.gold (\(gold)); write "
                    + "bounds that fall from gold to silver")
        }
        if value.p + value.q <= 1 {
            contradiction(
                between: "rules.value.parameters.p", "rules.value.parameters.q",
                "p + q (\(value.p + value.q)) must be above 1, or an order has no mean value; write what "
                    + "`tetik fit` finds")
        }
        // Above it the sum behind the value takes too long. Source: `Hypergeometric`, bound of terms.
        if Double(value.horizonMilliseconds) > 1_000 * churn.alpha * Double(churn.timeUnitMilliseconds) {
            contradiction(
                between: "rules.value.horizon", "rules.churn_risk.parameters.alpha",
                "rules.value.horizon must be at most 1000 times rules.churn_risk.parameters.alpha "
                    + "(\(churn.alpha) time units); write a shorter horizon")
        }
    }

    private mutating func checkTopics() {
        let outputs = [
            ("topics.abandoned_cart", settings.topics.abandonedCart),
            ("topics.churn_risk", settings.topics.churnRisk),
            ("topics.ad_suppression", settings.topics.adSuppression),
            ("topics.outcomes", settings.topics.outcomes),
            ("topics.dead_letters", settings.topics.deadLetters),
            ("topics.journal", settings.topics.journal),
        ]
        for (index, (path, name)) in outputs.enumerated() {
            for (earlier, other) in outputs[..<index] where other == name {
                contradiction(
                    between: earlier, path,
                    "\(name) is the topic of both \(earlier) and \(path); write two names")
            }
            if settings.topics.inputs.contains(name) {
                contradiction(
                    between: "topics.inputs", path,
                    "\(name) is both an input and \(path); Tetik must not read what it writes"
                )
            }
        }
    }

    /// Reports at whichever of the two keys was set last, since the other may be right.
    private mutating func contradiction(between first: String, _ second: String, _ message: String) {
        guard !refused.contains(first), !refused.contains(second) else { return }
        let firstOrigin = origins[first] ?? .standard
        let secondOrigin = origins[second] ?? .standard
        let isFirstLater = firstOrigin.rank > secondOrigin.rank
        let other = isFirstLater ? secondOrigin : firstOrigin
        report(
            isFirstLater ? firstOrigin : secondOrigin, isFirstLater ? first : second,
            "\(message) (the other is from: \(other))")
    }
}

/// Properties that Tetik sets itself, because a guarantee or another key depends on them.
enum ReservedProperty {
    /// Why `name` cannot be set, and what to do instead; nil if it can.
    static func reason(_ name: String) -> String? {
        switch name {
        case "bootstrap.servers", "metadata.broker.list": "is set by kafka.bootstrap_servers; write it there"
        case "group.id": "is set by kafka.group_id; write it there"
        case "client.id": "is set by kafka.client_id; write it there"
        case "group.instance.id": "is set by kafka.group_instance_id; write it there"
        case "auto.offset.reset":
            "is set by Tetik, which stops at lost input; leave it out, and see --accept-data-loss"
        case "enable.auto.commit", "enable.auto.offset.store", "enable.partition.eof", "enable.idempotence",
            "isolation.level", "partition.assignment.strategy", "partitioner", "transactional.id",
            "transaction.timeout.ms":
            "is set by Tetik, whose guarantees depend on it; leave it out"
        default: nil
        }
    }
}
