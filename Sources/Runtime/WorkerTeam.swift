import CSupport
import Glibc
import Synchronization

/// A few threads that do the parts of one task side by side, again and again; the caller is one of them.
///
/// Who waits for the others looks for them a little while before going to sleep: rounds take less than a millisecond,
/// and waking a thread takes up to a tenth of that. With more members than processors everybody sleeps at once.
///
/// Isolation: `run` is called by the thread that made the team.
final class WorkerTeam {
    private final class Round: @unchecked Sendable {
        // SAFETY: `task` is set before `number` rises and read after that was seen; nobody works by then.
        let number = Atomic<Int>(0)
        let unfinishedCount = Atomic<Int>(0)
        let isOver = Atomic<Bool>(false)
        var task: (@Sendable (Int) -> Void)?
        /// How many members sleep.
        let sleeperCount = Monitor(0)
        let spinCount: Int

        init(spinCount: Int) { self.spinCount = spinCount }

        /// Waits until `isTrue`, which another thread makes true before it calls `wakeSleepers`.
        func wait(until isTrue: () -> Bool) {
            for _ in 0..<spinCount {
                if isTrue() { return }
                tetik_spin_pause()
            }
            var isAsleep = false
            sleeperCount.wait { count -> Void? in
                if isTrue() {
                    if isAsleep { count -= 1 }
                    return ()
                }
                if !isAsleep { count += 1 }
                isAsleep = true
                return nil
            }
        }

        func wakeSleepers() { sleeperCount.change { _ in } }
    }

    /// Looks before sleeping: some 50 microseconds, at about 40 ns a look.
    private static let spinCountMax = 1_200

    let memberCount: Int
    private let round: Round
    private var threads: [SystemThread] = []

    /// Makes a team of `memberCount` members, at least 1: the caller and `memberCount - 1` threads.
    ///
    /// - Parameter spinCount: looks before sleeping; nil for what suits the processors.
    init(memberCount: Int, spinCount: Int? = nil) {
        self.memberCount = max(memberCount, 1)
        let hasProcessorEach = self.memberCount <= sysconf(Int32(_SC_NPROCESSORS_ONLN))
        round = Round(spinCount: spinCount ?? (hasProcessorEach ? Self.spinCountMax : 0))
        for member in 1..<self.memberCount {
            threads.append(
                SystemThread(name: "tetik-worker-\(member)") { [round] in Self.work(member: member, round) })
        }
    }

    /// Members that sleep just now, until the others are done or there is something to do. Any thread.
    var sleeperCount: Int { round.sleeperCount.read { $0 } }

    private static func work(member: Int, _ round: Round) {
        var done = 0
        // BOUND: until `finish`.
        while true {
            round.wait {
                round.number.load(ordering: .acquiring) > done || round.isOver.load(ordering: .acquiring)
            }
            guard round.number.load(ordering: .acquiring) > done else { return }
            done += 1
            round.task?(member)
            if round.unfinishedCount.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
                round.wakeSleepers()
            }
        }
    }

    /// Runs `task` once for each member number from 0, side by side, and waits for all of them.
    func run(_ task: @escaping @Sendable (Int) -> Void) {
        guard memberCount > 1 else { return task(0) }
        round.task = task
        round.unfinishedCount.store(memberCount - 1, ordering: .relaxed)
        round.number.add(1, ordering: .releasing)
        round.wakeSleepers()
        task(0)
        round.wait { round.unfinishedCount.load(ordering: .acquiring) == 0 }
    }

    /// Ends the threads; the team cannot run again.
    func finish() {
        round.isOver.store(true, ordering: .releasing)
        round.wakeSleepers()
        for thread in threads { thread.join() }
        threads = []
    }
}
