import KafkaTransport

/// Why the daemon stopped by itself.
public enum DaemonFailure: Error, Sendable, CustomStringConvertible {
    /// Kafka was away for longer than `kafka.give_up_after`.
    case kafkaUnreachable(String)
    /// The configuration, or what the cluster has, does not fit.
    case configuration(String)
    /// Input is gone that was not read.
    case dataLoss(String)
    /// Something that should not happen.
    case fault(String)

    /// What happened, and what to do about it.
    public var description: String {
        switch self {
        case .kafkaUnreachable(let text), .configuration(let text), .dataLoss(let text), .fault(let text):
            text
        }
    }
}

/// Whether the daemon is to go on; shared by all of its threads.
public final class Lifecycle: @unchecked Sendable {
    // SAFETY: everything is inside the monitor.
    private struct State {
        var isStopping = false
        var failure: DaemonFailure?
        var wakers: [@Sendable () -> Void] = []
    }

    private let state = Monitor(State())

    /// Makes the life cycle of a daemon that is to run.
    public init() {}

    /// Whether everything is to come to an end.
    public var isStopping: Bool { state.read { $0.isStopping } }

    /// The first failure, if there was one.
    public var failure: DaemonFailure? { state.read { $0.failure } }

    /// Asks everything to drain and end. Any thread, not a signal handler.
    public func stop() {
        let wakers = state.change { state in
            state.isStopping = true
            return state.wakers
        }
        for wake in wakers { wake() }
    }

    /// Notes why, unless another reason was first, and stops.
    func fail(_ failure: DaemonFailure) {
        state.change { state in
            if state.failure == nil { state.failure = failure }
        }
        stop()
    }

    /// Has `stop` call `wake` too.
    func onStop(_ wake: @escaping @Sendable () -> Void) { state.change { $0.wakers.append(wake) } }

    /// Waits so long, or until it is time to stop. Returns whether it is.
    func pause(milliseconds: Int64) -> Bool {
        state.wait(milliseconds: milliseconds) { $0.isStopping ? () : nil } != nil
    }
}
