import Coordination
import Settings
import Testing

@testable import Runtime

/// What the threads tell each other about a shard's commits.
struct ShardBoardTests {
    private static let epoch: UInt64 = 3

    private func makeBoard() -> ShardBoard {
        let board = ShardBoard()
        board.begin(7, epoch: Self.epoch, sequenceNumber: 10, chain: 1)
        return board
    }

    private func settle(_ board: ShardBoard, _ number: UInt64, isCut: Bool, isConfirmed: Bool) {
        let mark = CommitMark(sequenceNumber: number, chain: number * 100, writer: "w")
        board.settle(
            7, epoch: Self.epoch, batchCount: 0, mark: mark, journalOffset: Int64(number),
            cutNumber: isCut ? number : 0,
            commit: isConfirmed ? nil : ShardBoard.Commit(positions: [5], mark: mark))
    }

    private var core: ShardCore {
        ShardCore(partition: 7, rules: SequenceRules(Settings()), positions: [0, 0, 0])
    }

    @Test func `a cut is given out once a transaction has committed it`() {
        let board = makeBoard()
        settle(board, 11, isCut: true, isConfirmed: true)
        #expect(board.takeCut(7, 11)?.sequenceNumber == 11)
        #expect(board.takeCut(7, 11) == nil)
    }

    @Test func `the cut of a snapshot that was given up is not taken for the next one`() {
        let board = makeBoard()
        settle(board, 11, isCut: true, isConfirmed: true)
        // Its snapshot was given up, and the next one was cut already.
        #expect(board.takeCut(7, 12) == nil)
        settle(board, 12, isCut: true, isConfirmed: true)
        #expect(board.takeCut(7, 12)?.sequenceNumber == 12)
    }

    @Test func `without transactions a cut waits until the positions are committed`() {
        let board = makeBoard()
        settle(board, 11, isCut: true, isConfirmed: false)
        #expect(board.takeCut(7, 11) == nil)
        let first = board.takeUncommitted()
        #expect(board.takeCut(7, 11) == nil)
        settle(board, 12, isCut: false, isConfirmed: false)
        #expect(board.takeCut(7, 11) == nil)
        board.confirm(first)
        #expect(board.takeCut(7, 11)?.sequenceNumber == 11)
        settle(board, 13, isCut: true, isConfirmed: false)
        board.confirm(first)
        #expect(board.takeCut(7, 13) == nil)
        board.confirm(board.takeUncommitted())
        #expect(board.takeCut(7, 13)?.chain == 1_300)
    }

    @Test func `what is left of a shard is kept only if its positions are committed`() {
        let board = makeBoard()
        settle(board, 11, isCut: false, isConfirmed: false)
        #expect(board.end(7, core) == nil)

        let other = makeBoard()
        settle(other, 11, isCut: false, isConfirmed: false)
        other.confirm(other.takeUncommitted())
        let kept = other.end(7, core)
        #expect(kept?.sequenceNumber == 11)
        #expect(kept?.chain == 1_100)
        #expect(kept?.journalOffset == 11)
        #expect(other.shard(7) == nil)
    }

    @Test func `what is left of a shard is dropped if anything of it is under way`() {
        let board = makeBoard()
        let batch = OutputBatch()
        batch.partition = 7
        batch.epoch = Self.epoch
        board.register(batch)
        #expect(board.end(7, core) == nil)
    }
}
