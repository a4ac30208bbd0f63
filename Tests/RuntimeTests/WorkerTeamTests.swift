import Glibc
import Testing

@testable import Runtime

/// The threads of a replay and their rounds.
struct WorkerTeamTests {
    /// How members wait for each other.
    enum Waiting: CaseIterable, Sendable {
        /// They look until it is so.
        case spinning
        /// They sleep at once.
        case sleeping
        /// They look a few times, and then sleep.
        case both

        var spinCount: Int {
            switch self {
            case .spinning: .max
            case .sleeping: 0
            case .both: 3
            }
        }
    }

    /// How often each member has worked, and what was not as it should be.
    private final class Tally: Sendable {
        private let counts: Monitor<[Int]>
        private let faults = Monitor<[String]>([])

        init(memberCount: Int) { counts = Monitor(Array(repeating: 0, count: memberCount)) }

        /// `member` works in `round`, counted from 0: everybody must be through with the one before.
        func note(_ member: Int, round: Int) {
            let seen = counts.change { counts in
                defer { counts[member] += 1 }
                return counts
            }
            if seen[member] != round || seen.contains(where: { $0 < round }) {
                faults.change { $0.append("member \(member) works in round \(round) after \(seen)") }
            }
        }

        /// Waits until all others have been counted in `round`.
        func awaitOthers(than member: Int, round: Int) {
            counts.wait { counts -> Void? in
                counts.indices.allSatisfy { $0 == member || counts[$0] > round } ? () : nil
            }
        }

        /// What has gone wrong after `roundCount` rounds.
        func faults(afterRounds roundCount: Int) -> [String] {
            let counts = counts.read { $0 }
            let isComplete = counts.allSatisfy { $0 == roundCount }
            return faults.read { $0 } + (isComplete ? [] : ["after \(roundCount) rounds: \(counts)"])
        }
    }

    /// Runs `body` on a thread of its own; false if it does not return, as it would if nobody were woken.
    private func returns(_ body: @escaping @Sendable () -> Void) -> Bool {
        let isDone = Monitor(false)
        _ = SystemThread(name: "team-test") {
            body()
            isDone.change { $0 = true }
        }
        return isDone.wait(milliseconds: 20_000) { $0 ? true : nil } ?? false
    }

    @Test(arguments: Waiting.allCases, [1, 2, 3, 5])
    func `each member works once in each round, and no round begins before the one before is over`(
        waiting: Waiting, memberCount: Int
    ) {
        // Who spins takes the processor from those who work, if there are more members than processors.
        let roundCount = waiting == .spinning ? 40 : 400
        let tally = Tally(memberCount: memberCount)
        let isOver = returns {
            let team = WorkerTeam(memberCount: memberCount, spinCount: waiting.spinCount)
            for round in 0..<roundCount { team.run { tally.note($0, round: round) } }
            team.finish()
        }
        #expect(isOver)
        #expect(tally.faults(afterRounds: roundCount) == [])
    }

    @Test(arguments: [Waiting.sleeping, .both], [2, 3, 5])
    func `who sleeps is woken, whoever comes last`(waiting: Waiting, memberCount: Int) {
        let roundCount = 60
        let tally = Tally(memberCount: memberCount)
        let sleeperCountAtEnd = Monitor(-1)
        let isOver = returns {
            nonisolated(unsafe) let team = WorkerTeam(memberCount: memberCount, spinCount: waiting.spinCount)
            for round in 0..<roundCount {
                team.run { member in
                    tally.note(member, round: round)
                    // Everybody else sleeps before the last one is done.
                    while member == round % memberCount, team.sleeperCount < memberCount - 1 { sched_yield() }
                }
            }
            // And all of the threads when the team ends.
            while team.sleeperCount < memberCount - 1 { sched_yield() }
            team.finish()
            sleeperCountAtEnd.change { $0 = team.sleeperCount }
        }
        #expect(isOver)
        #expect(tally.faults(afterRounds: roundCount) == [])
        #expect(sleeperCountAtEnd.read { $0 } == 0)
    }

    @Test(arguments: [2, 3])
    func `who spins sees that the others are done without having slept`(memberCount: Int) {
        let roundCount = 20
        let tally = Tally(memberCount: memberCount)
        let sleeperCountMax = Monitor(0)
        let isOver = returns {
            nonisolated(unsafe) let team = WorkerTeam(memberCount: memberCount, spinCount: .max)
            for round in 0..<roundCount {
                team.run { member in
                    tally.note(member, round: round)
                    guard member == round % memberCount else { return }
                    tally.awaitOthers(than: member, round: round)
                    let count = team.sleeperCount
                    sleeperCountMax.change { $0 = max($0, count) }
                }
            }
            team.finish()
        }
        #expect(isOver)
        #expect(tally.faults(afterRounds: roundCount) == [])
        #expect(sleeperCountMax.read { $0 } == 0)
    }

    @Test(arguments: Waiting.allCases)
    func `a team that never ran ends, and one that ends twice does nothing more`(waiting: Waiting) {
        let workCount = Monitor(0)
        let isOver = returns {
            for memberCount in [1, 2, 4] {
                let idle = WorkerTeam(memberCount: memberCount, spinCount: waiting.spinCount)
                idle.finish()
                let team = WorkerTeam(memberCount: memberCount, spinCount: waiting.spinCount)
                team.run { _ in workCount.change { $0 += 1 } }
                team.finish()
                team.finish()
            }
        }
        #expect(isOver)
        #expect(workCount.read { $0 } == 7)
    }

    @Test func `the caller is the first member`() {
        let team = WorkerTeam(memberCount: 3)
        defer { team.finish() }
        let caller = UInt64(pthread_self())
        let threads = Monitor([UInt64](repeating: 0, count: 3))
        team.run { member in threads.change { $0[member] = UInt64(pthread_self()) } }
        let seen = threads.read { $0 }
        #expect(seen[0] == caller)
        #expect(Set(seen).count == 3)
    }

    @Test func `less than one member is one`() {
        let members = Monitor<[Int]>([])
        let team = WorkerTeam(memberCount: 0)
        team.run { member in members.change { $0.append(member) } }
        team.finish()
        #expect(team.memberCount == 1)
        #expect(members.read { $0 } == [0])
    }
}
