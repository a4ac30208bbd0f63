import Model
import Primitives
import Settings

/// Configurations in which timers are short, so that a run of minutes sees all of them fire.
enum RandomSettings {
    static func make(_ random: inout RandomStream) -> Settings {
        var settings = Settings()
        settings.topics.inputs = ["carts", "orders"]
        settings.commitIntervalMilliseconds = Int64(20 + random.index(below: 200))
        settings.idleAfterMilliseconds = Int64(500 + random.index(below: 4_000))
        settings.state.directory = "state"
        settings.state.snapshotIntervalMilliseconds = Int64(500 + random.index(below: 10_000))
        settings.state.snapshotsKept = Int64(1 + random.index(below: 3))
        settings.rules = rules(&random)
        return settings
    }

    private static func rules(_ random: inout RandomStream) -> Rules {
        var rules = Rules()
        rules.allowedLatenessMilliseconds = Int64(random.index(below: 3) * 1_000)
        rules.abandonedCart.stepMilliseconds = [2_000, 10_000, 60_000]
        rules.abandonedCart.cooldownMilliseconds = 20_000
        rules.abandonedCart.recoveryWindowMilliseconds = 120_000
        rules.churnRisk.timeUnitMilliseconds = 10_000
        rules.churnRisk.mergeMilliseconds = 2_000
        rules.adSuppression.recentPurchaseMilliseconds = 30_000
        rules.adSuppression.fatigueClickCount = 3
        rules.adSuppression.fatigueWindowMilliseconds = 60_000
        rules.adSuppression.fatigueCoolOffMilliseconds = 20_000
        return rules
    }

    /// Changes something that decides records.
    static func change(_ rules: inout Rules, _ random: inout RandomStream) {
        rules.aheadMillisecondsMax = Int64(1 + random.index(below: 4)) * 5_000
        rules.adSuppression.fatigueClickCount = 2 + random.index(below: 4)
        rules.abandonedCart.cooldownMilliseconds = Int64(10_000 + random.index(below: 20_000))
        rules.allowedLatenessMilliseconds = Int64(random.index(below: 3) * 1_000)
    }

    /// The same rules for the naive model.
    static func yaml(_ rules: Rules) -> String {
        """
        event_time:
          allowed_lateness: \(rules.allowedLatenessMilliseconds)ms
        rules:
          abandoned_cart:
            steps: [2s, 10s, 60s]
            cooldown: 20s
            recovery_window: 120s
          churn_risk:
            time_unit: 10s
            merge: 2s
          ad_suppression:
            recent_purchase: 30s
            ad_fatigue:
              clicks: 3
              window: 60s
              cool_off: 20s
        """
    }
}
