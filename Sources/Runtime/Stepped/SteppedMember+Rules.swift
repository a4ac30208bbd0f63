import Model

extension SteppedMember {
    /// Other rules from the next step of each shard on, as SIGHUP brings them to the daemon.
    package func change(rules: Rules) {
        parts.settings.rules = rules
        let changed = SequenceRules(parts.settings)
        for shard in shards { shard.change(rules: changed) }
    }
}
