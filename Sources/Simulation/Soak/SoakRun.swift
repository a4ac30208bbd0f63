import Glibc

/// Everything that one soak found out.
struct SoakResult {
    var eventCount: Int64 = 0
    var seconds = 0.0
    var kills = 0
    var terminations = 0
    var freezes = 0
    var restarts = 0
    /// Members that ended without being told to, or otherwise than with 0 when told to.
    var oddEndings: [String] = []
    var recordCount = 0
    var deadLetterCount = 0
    var missingInputCount: Int64 = 0
    var repeatedInputCount: Int64 = 0
    var isLoadCut = false
    /// Milliseconds from the start of a process until it had recovered, sorted.
    var recoveries: [Int64] = []
    var samples: [ProcessSample] = []
    var comparison: Comparison
    var differences: [String] = []

    /// Nothing lost, nothing twice, everything in order.
    var isGood: Bool {
        comparison.losses + comparison.repeats + comparison.unexpected + comparison.outOfOrder == 0
            && missingInputCount + repeatedInputCount == 0
    }
}

/// One soak from beginning to end. One thread, which owns the members.
final class SoakRun {
    private static let pollMilliseconds = 20
    private static let sampleMilliseconds: Int64 = 500
    /// How often members may end by themselves, before they count as unable to run.
    private static let ownEndingCountMax = 50
    /// How long nothing may move at the end, before it counts as stuck.
    private static let silenceMillisecondsMax: Int64 = 60_000

    private let options: SoakOptions
    private let broker: SoakBroker
    private let feed: ShopFeed
    private let follower: TopicFollower
    private let members: [Member]
    private let isStopped: () -> Bool
    private var result = SoakResult(comparison: Comparison([], [], topics: [], showsAborted: false))
    private var sampledAt: Int64 = 0
    private var ownEndingCount = 0
    /// Records by input topic and partition, once the shop has closed.
    private var inputEnds: [[Int64]] = []
    private let topics: [String]

    private init(
        _ options: SoakOptions, _ broker: SoakBroker, folder: String, isStopped: @escaping () -> Bool
    ) {
        self.options = options
        self.broker = broker
        self.isStopped = isStopped
        topics = broker.triggerTopics + [broker.settings.topics.deadLetters, broker.settings.topics.journal]
        feed = ShopFeed(options, settings: broker.settings)
        follower = TopicFollower(broker.settings, topics: topics, partitionCount: options.partitionCount)
        members = (1...options.memberCount).map {
            Member(
                number: $0, program: options.tetik, configurationPath: broker.configurationPath,
                folder: folder)
        }
    }

    /// Runs a soak; files go to `folder`. When `isStopped` the trouble ends early, and what there is, is compared.
    static func run(_ options: SoakOptions, folder: String, isStopped: @escaping () -> Bool) throws
        -> SoakResult
    {
        let broker = try SoakBroker(options, folder: folder)
        defer { broker.stop() }
        let run = SoakRun(options, broker, folder: folder, isStopped: isStopped)
        do {
            try run.torment()
            try run.settle()
            run.stopMembers()
        } catch {
            for member in run.members { member.kill() }
            run.feed.stop()
            _ = try? run.follower.finish()
            throw error
        }
        let found = try run.follower.finish()
        return try run.compare(found, folder: folder)
    }

    private func torment() throws {
        let began = SoakClock.monotonicMilliseconds()
        follower.start()
        for member in members { try member.start() }
        feed.start()
        var plan = TroubleMaker(options)
        // BOUND: the length of the soak.
        while !isStopped(), !isOver(since: began) {
            let step = plan.next()
            try wait(milliseconds: step.pauseMilliseconds)
            if isStopped() { break }
            try carryOut(step)
        }
        feed.stop()
        result.seconds = Double(SoakClock.monotonicMilliseconds() - began) / 1_000
        let written = feed.progress
        if let failure = written.failure { throw SoakFailure("the shop cannot write: \(failure)") }
        inputEnds = try broker.inputEnds(partitionCount: options.partitionCount)
        if inputEnds != written.counts {
            throw SoakFailure(
                "the input topics hold \(inputEnds) records, by topic and partition, and not the \(written.counts) "
                    + "that their producer says were written")
        }
    }

    private func isOver(since began: Int64) -> Bool {
        switch options.length {
        case .kills(let count): result.kills >= count
        case .minutes(let minutes):
            Double(SoakClock.monotonicMilliseconds() - began) >= minutes * 60_000
        }
    }

    private func carryOut(_ step: TroubleMaker.Step) throws {
        let member = members[step.member]
        switch step.trouble {
        case .kill:
            member.kill()
            result.kills += 1
        case .terminate:
            note(member.terminate(), of: member, isAsked: true)
            result.terminations += 1
        case .freeze:
            member.freeze()
            result.freezes += 1
            try wait(milliseconds: step.awayMilliseconds)
            member.wake()
            return
        }
        try wait(milliseconds: step.awayMilliseconds, absent: member)
        try restart(member, followsKill: step.trouble == .kill)
    }

    private func restart(_ member: Member, followsKill: Bool) throws {
        result.restarts += 1
        try member.start(followsKill: followsKill)
    }

    /// Waits, looks at the members and starts those again that ended by themselves.
    private func wait(milliseconds: Int, absent: Member? = nil) throws {
        let deadline = SoakClock.monotonicMilliseconds() + Int64(milliseconds)
        // BOUND: the deadline.
        while true {
            let now = SoakClock.monotonicMilliseconds()
            for member in members where member !== absent {
                guard let ending = member.ending() else { continue }
                note(ending, of: member, isAsked: false)
                ownEndingCount += 1
                if ownEndingCount > Self.ownEndingCountMax {
                    throw SoakFailure("members end again and again: \(result.oddEndings.last ?? "")")
                }
                try restart(member, followsKill: false)
            }
            if now - sampledAt >= Self.sampleMilliseconds {
                sampledAt = now
                if let failure = follower.progress.failure {
                    throw SoakFailure("the topics cannot be read: \(failure)")
                }
                sample()
            }
            if now >= deadline || isStopped() { return }
            SoakClock.sleep(milliseconds: min(Self.pollMilliseconds, Int(deadline - now)))
        }
    }

    private func sample() {
        let wall = SoakClock.wallMilliseconds()
        for member in members {
            // Young processes are left out: they are still taking on their state.
            guard let processID = member.processID, let start = member.starts.last,
                wall - start.wallMilliseconds > 1_000
            else { continue }
            if let sample = ProcessSample(processID) { result.samples.append(sample) }
        }
    }

    private func note(_ ending: Member.Ending?, of member: Member, isAsked: Bool) {
        if isAsked, ending == 0 { return }
        let how =
            ending.map { $0 >= 0 ? "with exit code \($0)" : "by signal \(-$0)" }
            ?? "not in time, and was killed"
        let log = member.starts.last?.logPath ?? ""
        result.oddEndings.append(
            "member \(member.number) ended \(how)\(isAsked ? " when told to stop" : " by itself"), see \(log)"
        )
    }

    /// Waits until everything that was written is processed and committed, by the journal.
    private func settle() throws {
        var movedAt = SoakClock.monotonicMilliseconds()
        var last: [Int32: [Int64]] = [:]
        let written = inputEnds
        // BOUND: silenceMillisecondsMax without news.
        while true {
            let progress = follower.progress
            if Self.isReached(written, progress.positions) { return }
            let now = SoakClock.monotonicMilliseconds()
            if progress.positions != last {
                last = progress.positions
                movedAt = now
            }
            if now - movedAt > Self.silenceMillisecondsMax {
                throw SoakFailure(
                    "nothing moves: of \(written) records (by topic and partition) the journal has \(last)")
            }
            try wait(milliseconds: 100)
        }
    }

    private static func isReached(_ written: [[Int64]], _ positions: [Int32: [Int64]]) -> Bool {
        written.enumerated().allSatisfy { topic, counts in
            counts.enumerated().allSatisfy { partition, count in
                count == 0 || (positions[Int32(partition)].map { $0[topic] >= count } ?? false)
            }
        }
    }

    private func stopMembers() {
        for member in members { note(member.terminate(), of: member, isAsked: true) }
    }

    private func compare(_ found: [FoundRecord], folder: String) throws -> SoakResult {
        let written = feed.progress
        let expected = try ExpectedRecords(broker.settings, folder: folder, written: inputEnds)
        result.comparison = Comparison(
            expected.entries, found, topics: topics, showsAborted: options.isEmbedded)
        result.eventCount = written.total
        result.isLoadCut = written.isFull
        result.recordCount = expected.entries.count - expected.deadLetterCount
        result.deadLetterCount = expected.deadLetterCount
        result.missingInputCount = expected.missingInputCount
        result.repeatedInputCount = expected.repeatedInputCount
        result.differences = Array((expected.inputDifferences + result.comparison.differences).prefix(20))
        result.recoveries = members.flatMap(\.starts).compactMap { RecoveryTime.milliseconds(of: $0) }
            .sorted()
        return result
    }
}
