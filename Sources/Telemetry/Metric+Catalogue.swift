extension Metric {
    /// Every metric of the daemon, in the order in which they are written.
    public static let catalogue: [Metric] = process + totals + shardMetrics + delivery + safety + service

    private static let process: [Metric] = [
        Metric("build_info", .gauge, .ratio, "1, with version and configuration fingerprint as labels.") {
            .info([("version", $0.version), ("configuration", $0.configurationFingerprint)])
        },
        gauge("uptime_seconds", .seconds, "Time since the process started.") { $0.uptimeSeconds },
        gauge("process_resident_memory_bytes", .bytes, "Resident memory of the process.") {
            $0.residentByteCount.map(Double.init)
        },
        gauge("live", .ratio, "1 while every shard's thread turns.") { $0.isLive ? 1 : 0 },
        gauge("ready", .ratio, "1 while recovered, assigned, in contact and not lagging over the limit.") {
            $0.isReady ? 1 : 0
        },
        Metric("phase", .gauge, .ratio, "1 for the phase that the daemon is in, 0 for the others.") {
            status in
            .labelled(
                "phase", DaemonStatus.Phase.allCases.map { ($0.rawValue, $0 == status.phase ? 1 : 0) })
        },
    ]

    private static let totals: [Metric] = [
        counter("events", "Records read from the input topics.") { $0.totals.eventCount },
        counter("events_applied", "Events applied to a customer, late ones included.") {
            $0.totals.appliedCount
        },
        counter("events_rejected", "Records that went to the dead letters.") { $0.totals.rejectedCount },
        counter("events_ignored", "Records of unknown types or without a value.") { $0.totals.ignoredCount },
        counter("events_duplicate", "Events that repeated an id or an order.") { $0.totals.duplicateCount },
        counter("events_late", "Events older than the watermark; they are applied all the same.") {
            $0.totals.lateCount
        },
        counter("events_lost", "Input records that retention removed before they were read, at most.") {
            $0.totals.lostCount
        },
        counter("cart_items_dropped", "Skus that found no room in a cart of 200.") {
            $0.totals.droppedItemCount
        },
        Metric("triggers_total", .counter, .count, "Trigger records acknowledged, by type.") { status in
            .labelled("type", status.triggers.map { ($0.type, Double($0.count)) })
        },
        counter("dead_letters", "Dead letters acknowledged.") { $0.totals.deadLetterCount },
        gauge("customers", .count, "Customers in memory.") { Double($0.totals.customerCount) },
        gauge("timers", .count, "Pending timers.") { Double($0.totals.timerCount) },
        gauge("state_memory_bytes", .bytes, "Memory reserved for customers and timers.") {
            Double($0.totals.memoryByteCount)
        },
    ]

    private static let shardMetrics: [Metric] = [
        shards("shard_events_total", .counter, .count, "Records read by the shard.") {
            Double($0.eventCount)
        },
        shards("shard_lag_records", .gauge, .count, "Records that wait to be read by the shard.") {
            $0.lagCount.map(Double.init)
        },
        shards("shard_watermark_delay_seconds", .gauge, .seconds, "Wall clock minus the shard's watermark.") {
            $0.watermarkDelaySeconds
        },
        shards("shard_customers", .gauge, .count, "Customers in the shard's memory.") {
            Double($0.customerCount)
        },
        shards("shard_state_memory_bytes", .gauge, .bytes, "Memory reserved by the shard.") {
            Double($0.memoryByteCount)
        },
        shards(
            "shard_last_step_age_seconds", .gauge, .seconds, "Time since the shard read or fired something."
        ) { $0.lastStepAgeSeconds },
        shards("shard_last_commit_age_seconds", .gauge, .seconds, "Time since the shard's last commit.") {
            $0.lastCommitAgeSeconds
        },
        shards("shard_recovered", .gauge, .ratio, "1 once the shard's state is complete.") {
            $0.isRecovered ? 1 : 0
        },
    ]

    private static let delivery: [Metric] = [
        Metric("commit_duration_seconds", .histogram, .seconds, "How long commits took.") {
            .histogram($0.commits)
        },
        counter("commit_failures", "Commits that failed and were tried again.") { $0.commitFailureCount },
        Metric(
            "trigger_latency_seconds", .histogram, .seconds,
            "From the step that emitted a record to its acknowledgement."
        ) { .histogram($0.triggerLatency) },
        gauge("kafka_reachable", .ratio, "1 while a broker answers.") { $0.kafka.isReachable ? 1 : 0 },
        gauge("kafka_assigned_partitions", .count, "Partitions of the group that are ours.") {
            $0.kafka.assignedPartitionCount.map(Double.init)
        },
        counter("kafka_rebalances", "Times that partitions were given or taken away.") {
            $0.kafka.rebalanceCount
        },
        gauge("kafka_unsent_records", .count, "Records that are written and not acknowledged.") {
            Double($0.kafka.unsentCount)
        },
        gauge(
            "kafka_round_trip_p99_seconds", .seconds,
            "The slowest broker's 99th percentile of the round trip."
        ) { $0.kafka.roundTripP99Seconds },
    ]

    private static let safety: [Metric] = [
        counter("snapshots", "Snapshots written.") { $0.snapshots.count },
        counter("snapshot_failures", "Snapshots that failed.") { $0.snapshots.failureCount },
        gauge(
            "snapshot_age_seconds", .seconds,
            "Age of the oldest of the newest snapshots, of shards that changed since."
        ) {
            $0.snapshots.ageSeconds
        },
        gauge("snapshot_duration_seconds", .seconds, "How long the last snapshot took.") {
            $0.snapshots.lastSeconds
        },
        gauge("snapshot_size_bytes", .bytes, "Bytes of the last snapshot.") {
            Double($0.snapshots.lastByteCount)
        },
        gauge("recovery_done_records", .count, "Input records applied again so far.") {
            Double($0.recovery.doneCount)
        },
        gauge("recovery_records", .count, "Input records to be applied again in all.") {
            Double($0.recovery.totalCount)
        },
        gauge("recovery_duration_seconds", .seconds, "How long the last finished recovery took.") {
            $0.recovery.lastSeconds
        },
    ]

    private static let service: [Metric] = [
        counter("http_requests", "Requests answered by the admin service.") { $0.http.requestCount },
        counter("http_refused", "Requests refused: not authorised, too large or too many.") {
            $0.http.refusedCount
        },
        gauge("http_streams", .count, "Readers of the trigger stream at this moment.") {
            Double($0.http.streamCount)
        },
        counter("http_streams_dropped", "Readers of the trigger stream dropped for being too slow.") {
            $0.http.droppedStreamCount
        },
    ]
}
