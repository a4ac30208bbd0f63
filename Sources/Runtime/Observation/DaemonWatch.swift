import Telemetry

/// The thread that looks at the daemon once a second: samples for charts, and what systemd is told.
public final class DaemonWatch: @unchecked Sendable {
    // SAFETY: the notifier is used by the thread alone, or inside `notifier`; the rest is constant.
    private static let tickMilliseconds: Int64 = 1_000

    private let daemon: Daemon
    private let notifier: Monitor<ServiceNotifier>
    private let isOver = Monitor(false)
    private var thread: SystemThread?

    /// Prepares to look at `daemon`.
    public init(_ daemon: Daemon, environment: [String: String]) {
        self.daemon = daemon
        notifier = Monitor(ServiceNotifier(environment: environment))
    }

    /// Begins to look.
    public func start() { thread = SystemThread(name: "tetik-watch") { [self] in run() } }

    /// Says that the daemon ends, and looks no more.
    public func stop() {
        isOver.change { $0 = true }
        thread?.join()
        thread = nil
        notifier.change { $0.noteStopping() }
    }

    /// Tells systemd that a reload happens while `body` runs.
    public func reloading(_ body: () -> Void) {
        notifier.read { $0.noteReloading(monotonicMicroseconds: SystemClock.monotonicMicroseconds()) }
        body()
        notifier.read { $0.noteReloaded() }
    }

    private func run() {
        // BOUND: until `stop`.
        while isOver.wait(milliseconds: Self.tickMilliseconds, { $0 ? () : nil }) == nil {
            let status = daemon.status
            daemon.observer.sample(status)
            let isTurning = daemon.observer.areLoopsTurning
            notifier.change { $0.tick(status, isTurning: isTurning) }
        }
    }
}
