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
}
