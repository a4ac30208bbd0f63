import Glibc

/// Turns SIGTERM and SIGINT into a call on an ordinary thread.
///
/// To be installed before any other thread is started: they inherit that the signals are blocked.
public enum StopSignals {
    /// Signals that come this soon after the first are the same wish: timeout(1), for one, sends two.
    private static let repeatMilliseconds: Int64 = 1_000

    /// Calls `onStop` at the first signal; a later one ends the process at once with the shell's code for it.
    public static func handle(_ onStop: @escaping @Sendable () -> Void) {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        let signals = set
        _ = SystemThread(name: "tetik-signals") {
            var set = signals
            var number: Int32 = 0
            sigwait(&set, &number)
            let first = SystemClock.monotonicMilliseconds()
            onStop()
            // BOUND: until somebody asks again, or the process ends.
            repeat {
                sigwait(&set, &number)
            } while SystemClock.monotonicMilliseconds() - first < repeatMilliseconds
            _exit(128 + number)
        }
    }
}
