import Runtime

/// The one thread on which everything asynchronous of the admin service runs.
///
/// Not in the cooperative pool, so that neither takes the other's threads; and one thread, so that however many people
/// look on, they take one core at most from the shards.
final class AdminExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isOver = false
    }

    private let state = Monitor(State())

    /// Starts the thread; after the process's signals have been arranged, which threads inherit.
    func start() {
        _ = SystemThread(name: "tetik-admin") { [self] in
            // BOUND: until `finish`.
            while true {
                let jobs: [UnownedJob]? = state.wait { state in
                    if state.jobs.isEmpty { return state.isOver ? .some(nil) : nil }
                    defer { state.jobs = [] }
                    return .some(state.jobs)
                }
                guard let jobs else { return }
                for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
            }
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.change { $0.jobs.append(job) }
    }

    /// Ends the thread once no job is waiting.
    func finish() { state.change { $0.isOver = true } }
}
