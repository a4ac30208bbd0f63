import Coordination
import Primitives
import Settings
import SimulatedDisk
import SnapshotStore
import Testing

@testable import Runtime

/// Where a shard begins, by what was committed, its snapshots and its journal.
struct ShardPreparationTests {
    private func mark(_ number: UInt64, _ chain: UInt64) -> CommitMark {
        CommitMark(sequenceNumber: number, chain: chain, writer: "w")
    }

    @Test func `rules that changed right after a snapshot do not move where reading goes on`() throws {
        var state = ShardState()
        state.journal.firstOffset = 5
        try state.writeSnapshot(5, chain: 77, positions: [10, 0, 0], journalOffset: 4)
        var changed = state.settings
        changed.rules.abandonedCart.stepMilliseconds = [60_000]
        // Records up to 49 were fetched by then, those from 10 on not taken yet.
        var range = InputRange(at: 10)
        range.end = 60
        range.count = 50
        let record = state.record(
            after: 5, 77, positions: [60, 0, 0],
            steps: [
                .rules(text: SequenceRules(changed).text, decodeFrom: [50, 0, 0]),
                .input([range, InputRange(at: 0), InputRange(at: 0)]),
            ])
        let chain = state.journal.append(record)
        let prepared = try state.prepare(mark: mark(6, chain))
        #expect(prepared.core.positions == [10, 0, 0])
        #expect(prepared.row.count == 1)
        let decoding = prepared.decodingRules(topicIndex: 0, from: 10, then: changed.rules)
        #expect(decoding.map(\.from) == [10, 50, 60])
    }

    @Test func `what was decoded ahead of a change and then given up goes by the rules that come after`()
        throws
    {
        var state = ShardState()
        state.journal.firstOffset = 5
        try state.writeSnapshot(5, chain: 77, positions: [10, 0, 0], journalOffset: 4)
        // Records up to 49 were fetched when other rules came; none of them was taken before the process ended.
        let record = state.record(
            after: 5, 77, positions: [10, 0, 0],
            steps: [.rules(text: state.rules.text, decodeFrom: [50, 0, 0])])
        let chain = state.journal.append(record)
        let prepared = try state.prepare(mark: mark(6, chain))
        var configured = state.settings.rules
        configured.aheadMillisecondsMax = 1
        let decoding = prepared.decodingRules(topicIndex: 0, from: 10, then: configured)
        #expect(decoding.map(\.from) == [10, 10])
        #expect(decoding.last?.rules == configured)
        // The journal must say so, even if the rules are the same as before.
        #expect(prepared.mustNameRules)
    }

    @Test func `topics that changed right after a snapshot begin where the journal says`() throws {
        var state = ShardState()
        state.journal.firstOffset = 5
        try state.writeSnapshot(5, chain: 77, positions: [10, 20, 30], journalOffset: 4)
        state.settings.topics.inputs = ["new", state.settings.topics.inputs[0]]
        let record = state.record(
            after: 5, 77, positions: [3, 10],
            steps: [.rules(text: state.rules.text, decodeFrom: [0, 10])])
        let chain = state.journal.append(record)
        let prepared = try state.prepare(mark: mark(6, chain))
        #expect(prepared.core.positions == [0, 10])
    }

    private func refusal(
        _ state: ShardState, _ mark: CommitMark?, _ journal: (any JournalSource)? = nil
    ) -> String {
        do throws(DaemonFailure) {
            _ = try state.prepare(mark: mark, journal: journal)
            return "it was prepared"
        } catch {
            return error.description
        }
    }

    @Test func `inputs that have grown since the snapshot are refused`() throws {
        var state = ShardState()
        try state.writeSnapshot(5, chain: 77, positions: [10, 20, 30], journalOffset: 4)
        state.partitionCount = 8
        #expect(refusal(state, mark(5, 77)).contains("had 4 partitions and have 8 now"))
    }

    @Test func `inputs that have grown since the journal was written are refused`() {
        var state = ShardState()
        let record = state.record(
            after: 0, 0, positions: [0, 0, 0],
            steps: [.rules(text: state.rules.text, decodeFrom: [0, 0, 0])])
        let chain = state.journal.append(record)
        #expect(refusal(state, mark(1, chain)) == "it was prepared")
        state.partitionCount = 8
        #expect(refusal(state, mark(1, chain)).contains("had 4 partitions and have 8 now"))
    }

    @Test func `after a snapshot that cannot be used comes a full one, since none continues the one before`()
        throws
    {
        let disk = MemoryFileSystem()
        var state = ShardState()
        state.local = SnapshotDirectory("/state", fileSystem: disk)
        try state.writeSnapshot(5, chain: 77, positions: [10, 0, 0], journalOffset: 4)
        #expect(try !state.prepare(mark: mark(5, 77)).core.policy.nextIsFull)
        let record = state.record(
            after: 5, 77, positions: [10, 0, 0],
            steps: [.rules(text: state.rules.text, decodeFrom: [10, 0, 0])])
        state.journal.firstOffset = 5
        let chain = state.journal.append(record)
        try state.writeSnapshot(6, chain: chain, positions: [10, 0, 0], journalOffset: 5)
        #expect(try !state.prepare(mark: mark(6, chain)).core.policy.nextIsFull)
        let newest = try #require(try state.local.list(shard: 0).files.last)
        disk.damage("/state/shard-0/\(newest.name)") { $0[$0.count - 20] ^= 1 }
        let prepared = try state.prepare(mark: mark(6, chain))
        #expect(prepared.row.count == 1)
        #expect(prepared.core.policy.nextIsFull)
    }

    @Test func `a snapshot that is not the end needs its journal`() throws {
        let state = ShardState()
        try state.writeSnapshot(5, chain: 77, positions: [10, 20, 30], journalOffset: 4)
        #expect(refusal(state, mark(5, 77), MissingJournal()) == "it was prepared")
        #expect(
            refusal(state, mark(9, 99), MissingJournal()).contains("the journal cannot be used: record 9"))
    }

    @Test func `a snapshot that nothing knows of is refused`() throws {
        let state = ShardState()
        try state.writeSnapshot(5, chain: 77, positions: [10, 20, 30], journalOffset: 4)
        #expect(
            refusal(state, mark(3, 33)).contains(
                "holds journal record 5, but the last that was committed is 3"))
        // No positions are committed, and the journal holds nothing either.
        #expect(refusal(state, nil).contains("holds journal record 5, but the last that was committed is 0"))
    }
}
