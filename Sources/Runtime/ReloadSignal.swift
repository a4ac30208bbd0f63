import Glibc

/// Turns SIGHUP into a call on an ordinary thread.
///
/// To be installed before any other thread is started: they inherit that the signal is blocked.
public enum ReloadSignal {
    /// Calls `onReload` at each signal, one after another.
    public static func handle(_ onReload: @escaping @Sendable () -> Void) {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGHUP)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        let signals = set
        _ = SystemThread(name: "tetik-reload") {
            var set = signals
            var number: Int32 = 0
            // BOUND: until the process ends.
            while true {
                sigwait(&set, &number)
                onReload()
            }
        }
    }
}
