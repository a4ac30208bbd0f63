public import Telemetry

/// The daemon as one screen of a terminal. Owned by whoever draws; keeps the status before, for rates.
public struct TopScreen {
    private var last: DaemonStatus?

    /// Makes a screen that has seen nothing yet.
    public init() {}

    /// The lines of one screen, none longer than `columnCount`, at most `rowCount`; rates are since the call before,
    /// or since the start.
    public mutating func lines(
        _ status: DaemonStatus, columnCount: Int, rowCount: Int, isColoured: Bool
    ) -> [String] {
        defer { last = status }
        // What matters most comes first: a small screen shows no more.
        var lines = head(status) + [""] + health(status) + [""] + totals(status) + [""] + shards(status)
        if lines.count > rowCount { lines.removeAll(where: \.isEmpty) }
        if lines.count > rowCount {
            let hiddenCount = lines.count - rowCount + 1
            lines = lines.prefix(rowCount - 1) + ["… \(hiddenCount) more lines"]
        }
        lines = lines.map { TerminalText.truncated($0, to: columnCount) }
        if isColoured, !lines.isEmpty { lines[0] = Self.painted(lines[0], status) }
        return lines
    }

    private static func state(_ status: DaemonStatus) -> String { status.isReady ? "ready" : "not ready" }

    private func head(_ status: DaemonStatus) -> [String] {
        let phase = status.phase.rawValue.replacing("_", with: " ")
        let first =
            "\(Self.state(status))  \(phase) for \(Self.duration(status.phaseSeconds))  "
            + "up \(Self.duration(status.uptimeSeconds))  group \(TerminalText.visible(status.consumerGroup))  "
            + "tetik \(status.version)"
        return [first] + status.problems.map { "  ! \($0)" }
    }

    /// The state at the beginning of the first line in its colour: green, yellow, or red if it is not live either.
    private static func painted(_ line: String, _ status: DaemonStatus) -> String {
        let state = state(status)
        guard line.hasPrefix(state) else { return line }
        let code = status.isReady ? 32 : status.isLive ? 33 : 31
        return "\u{1B}[\(code)m\(state)\u{1B}[0m\(line.dropFirst(state.count))"
    }

    private func health(_ status: DaemonStatus) -> [String] {
        let totals = status.totals
        let lag = totals.lagCount.map { Self.short($0) } ?? "unknown"
        return [
            "lag \(lag)   customers \(Self.short(totals.customerCount))   state "
                + "\(Self.bytes(totals.memoryByteCount))   process "
                + (status.residentByteCount.map(Self.bytes) ?? "?"),
            "latency p50 \(Self.latency(status.triggerLatency, 0.5)) p99 \(Self.latency(status.triggerLatency, 0.99))"
                + "   commit p99 \(Self.latency(status.commits, 0.99))   broker p99 "
                + Self.duration(status.kafka.roundTripP99Seconds)
                + "   snapshot age \(status.snapshots.ageSeconds.map(Self.duration) ?? "-")",
        ]
    }

    private func totals(_ status: DaemonStatus) -> [String] {
        let seconds = max(status.uptimeSeconds - (last?.uptimeSeconds ?? 0), 0.001)
        func rate(_ count: Int64, _ before: Int64?) -> String {
            Self.short(Double(count - (before ?? 0)) / seconds)
        }
        let totals = status.totals
        var lines = [
            Self.row("", ["per second", "in all"]),
            Self.row(
                "events", [rate(totals.eventCount, last?.totals.eventCount), Self.short(totals.eventCount)]),
        ]
        for (index, trigger) in status.triggers.enumerated() {
            let before = last.flatMap { $0.triggers.indices.contains(index) ? $0.triggers[index].count : nil }
            lines.append(Self.row(trigger.type, [rate(trigger.count, before), Self.short(trigger.count)]))
        }
        lines.append(
            Self.row(
                "dead letters",
                [
                    rate(totals.deadLetterCount, last?.totals.deadLetterCount),
                    Self.short(totals.deadLetterCount),
                ]))
        return lines
    }

    private func shards(_ status: DaemonStatus) -> [String] {
        let names = ["events/s", "lag", "delay", "customers", "memory", "last step", "last commit"]
        let seconds = max(status.uptimeSeconds - (last?.uptimeSeconds ?? 0), 0.001)
        var lines = [Self.row("shard", names)]
        for shard in status.shards {
            let before = last?.shards.first { $0.partition == shard.partition }?.eventCount ?? 0
            lines.append(
                Self.row(
                    "\(shard.partition)",
                    [
                        shard.isRecovered
                            ? Self.short(Double(max(shard.eventCount - before, 0)) / seconds) : "recovering",
                        shard.lagCount.map { Self.short($0) } ?? "?",
                        shard.watermarkDelaySeconds.map(Self.duration) ?? "-",
                        Self.short(shard.customerCount), Self.bytes(shard.memoryByteCount),
                        shard.lastStepAgeSeconds.map(Self.duration) ?? "-",
                        shard.lastCommitAgeSeconds.map(Self.duration) ?? "-",
                    ]))
        }
        return lines
    }

    private static func row(_ name: String, _ values: [String]) -> String {
        TerminalText.padded(name, to: 16)
            + values.map { String(repeating: " ", count: max(12 - $0.count, 1)) + $0 }.joined()
    }

    private static func latency(_ histogram: LatencyHistogram, _ share: Double) -> String {
        histogram.quantileSeconds(share).map(duration) ?? "-"
    }

    /// `950 us`, `12 ms`, `3.4 s`, `2h 5m`.
    static func duration(_ seconds: Double) -> String {
        if seconds < 0 { return "-\(duration(-seconds))" }
        if seconds < 0.001 { return "\(Int(seconds * 1_000_000)) us" }
        if seconds < 1 { return "\(Int(seconds * 1_000)) ms" }
        if seconds < 10 { return "\(Double(Int(seconds * 10)) / 10) s" }
        return TriggerSummary.duration(milliseconds: Int64(min(seconds, 1e12)) * 1_000)
    }

    /// `12345`, `1.2 M`.
    static func short(_ count: Int64) -> String { short(Double(count)) }

    private static func short(_ number: Double) -> String {
        if abs(number) >= 10_000_000 { return "\(Double(Int(number / 100_000)) / 10) M" }
        if number != 0, abs(number) < 10 { return "\(Double(Int(number * 10)) / 10)" }
        return "\(Int(number))"
    }

    /// `12.3 MiB`.
    static func bytes(_ count: Int64) -> String {
        var number = Double(count)
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if number < 1_024 || unit == "GiB" { return "\(Double(Int(number * 10)) / 10) \(unit)" }
            number /= 1_024
        }
        return "\(count) B"
    }
}
