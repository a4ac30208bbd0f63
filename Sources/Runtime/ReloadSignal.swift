import Glibc

/// Turns SIGHUP into a call on an ordinary thread.
///
public enum ReloadSignal {
    /// Keeps the signal waiting until `handle` is called; before that it would end the process.
    ///
    /// To be called before any other thread is started, the one of `StopSignals` too: threads inherit it.
    public static func block() {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGHUP)
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Calls `onReload` at each signal, one after another. `block` has been called before.
    public static func handle(_ onReload: @escaping @Sendable () -> Void) {
        _ = SystemThread(name: "tetik-reload") {
            var set = sigset_t()
            sigemptyset(&set)
            sigaddset(&set, SIGHUP)
            var number: Int32 = 0
            // BOUND: until the process ends.
            while true {
                sigwait(&set, &number)
                onReload()
            }
        }
    }
}
