/// Tells systemd how the daemon is. Source: sd_notify(3) and systemd.service(5), systemd 252.
///
/// One thread. Without `NOTIFY_SOCKET` in the environment nothing happens.
public struct ServiceNotifier {
    /// A start that goes on is given so much more time, again and again.
    private static let extensionMicroseconds = 30_000_000
    /// Between two status texts or extensions, in ticks.
    private static let reportTickCount = 5

    private let socketPath: String?
    private let send: (String, String) -> Void
    private var isReadySaid = false
    private var isStoppingSaid = false
    private var lastPhase: DaemonStatus.Phase?
    private var wasTurning = true
    private var tickCount = 0

    /// Makes a notifier for the process's environment.
    ///
    /// - Parameter send: hands a message to the socket at a path; tests look at it here.
    public init(
        environment: [String: String],
        send: @escaping (_ message: String, _ path: String) -> Void = { UnixDatagram.send($0, to: $1) }
    ) {
        let path = environment["NOTIFY_SOCKET"] ?? ""
        socketPath = path.hasPrefix("/") || path.hasPrefix("@") ? path : nil
        self.send = send
    }

    /// To be called about once a second with how the daemon is.
    ///
    /// - Parameter isTurning: whether every shard's thread turns; only then the watchdog is fed.
    public mutating func tick(_ status: DaemonStatus, isTurning: Bool) {
        guard socketPath != nil else { return }
        var lines: [String] = []
        if isTurning { lines.append("WATCHDOG=1") }
        if status.phase == .stopping {
            if !isStoppingSaid { lines.append("STOPPING=1") }
            isStoppingSaid = true
        } else if status.phase == .running, !isReadySaid {
            isReadySaid = true
            lines.append("READY=1")
        }
        let isReport =
            tickCount % Self.reportTickCount == 0 || status.phase != lastPhase || isTurning != wasTurning
        if isReport {
            lines.append("STATUS=\(Self.text(of: status))")
            if !isReadySaid, isTurning { lines.append("EXTEND_TIMEOUT_USEC=\(Self.extensionMicroseconds)") }
        }
        lastPhase = status.phase
        wasTurning = isTurning
        tickCount += 1
        notify(lines)
    }

    /// The daemon begins to take on a changed configuration; `MONOTONIC_USEC` is what newer systemds ask for.
    public func noteReloading(monotonicMicroseconds: Int64) {
        notify(["RELOADING=1", "MONOTONIC_USEC=\(monotonicMicroseconds)"])
    }

    /// The configuration was taken on, or refused.
    public func noteReloaded() { notify(["READY=1"]) }

    /// The daemon is about to end.
    public mutating func noteStopping() {
        guard !isStoppingSaid else { return }
        isStoppingSaid = true
        notify(["STOPPING=1", "STATUS=Stopping"])
    }

    private func notify(_ lines: [String]) {
        guard let socketPath, !lines.isEmpty else { return }
        send(lines.joined(separator: "\n"), socketPath)
    }

    /// One line for `systemctl status`.
    static func text(of status: DaemonStatus) -> String {
        let lag = status.totals.lagCount.map { "\($0)" } ?? "unknown"
        let counts =
            "\(status.shards.count) shards, \(status.totals.customerCount) customers, "
            + "\(status.totals.eventCount) events, \(status.totals.triggerCount) triggers, lag \(lag)"
        // What the watchdog is about to end should say why.
        if !status.isLive { return "Stuck: \(status.problems.first ?? "a thread of shards"); \(counts)" }
        switch status.phase {
        case .starting: return "Starting: waiting for partitions of the group"
        case .recovering:
            return "Recovering: \(status.recovery.doneCount) of \(status.recovery.totalCount) records"
        case .waitingForKafka:
            return "Waiting for Kafka, away for \(Int(status.kafka.unreachableSeconds ?? 0)) s; \(counts)"
        case .running: return "Running: \(counts)"
        case .stopping: return "Stopping: \(counts)"
        }
    }
}
