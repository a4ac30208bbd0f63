/// A few threads that do the parts of one task side by side, again and again; the caller is one of them.
///
/// Isolation: `run` is called by the thread that made the team.
final class WorkerTeam {
    private struct Round {
        var number = 0
        var task: (@Sendable (Int) -> Void)?
        var unfinishedCount = 0
        var isOver = false
    }

    private enum Next {
        case run(@Sendable (Int) -> Void)
        case end
    }

    let memberCount: Int
    private let round = Monitor(Round())
    private var threads: [SystemThread] = []

    /// Makes a team of `memberCount` members, at least 1: the caller and `memberCount - 1` threads.
    init(memberCount: Int) {
        self.memberCount = max(memberCount, 1)
        for member in 1..<self.memberCount {
            threads.append(
                SystemThread(name: "tetik-worker-\(member)") { [round] in Self.work(member: member, round) })
        }
    }

    private static func work(member: Int, _ round: Monitor<Round>) {
        var done = 0
        // BOUND: until `finish`.
        while true {
            let next: Next = round.wait { state in
                if state.isOver { return .end }
                guard state.number > done, let task = state.task else { return nil }
                done = state.number
                return .run(task)
            }
            guard case .run(let task) = next else { return }
            task(member)
            round.change { $0.unfinishedCount -= 1 }
        }
    }

    /// Runs `task` once for each member number from 0, side by side, and waits for all of them.
    func run(_ task: @escaping @Sendable (Int) -> Void) {
        if memberCount > 1 {
            round.change { state in
                state.number += 1
                state.task = task
                state.unfinishedCount = memberCount - 1
            }
        }
        task(0)
        if memberCount > 1 { round.wait { $0.unfinishedCount == 0 ? () : nil } }
    }

    /// Ends the threads; the team cannot run again.
    func finish() {
        round.change { $0.isOver = true }
        for thread in threads { thread.join() }
        threads = []
    }
}
