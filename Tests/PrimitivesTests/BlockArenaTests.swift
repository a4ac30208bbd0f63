import Glibc
import Primitives
import Testing

struct BlockArenaTests {
    /// A block that is in use, and the byte that it was filled with.
    private struct Block {
        var reference: BlockArena.Reference
        var byteCount: Int
        var filler: UInt8
    }

    /// The arena, with what it should hold.
    private final class Trial {
        var arena = BlockArena()
        var random: RandomStream
        var blocks: [Block] = []
        /// First and last unit of every block in use.
        var ends: [UInt32: UInt32] = [:]
        var references: [BlockArena.Reference] = []
        var usedByteCount = 0
        let expected = UnsafeMutableRawPointer.allocate(
            byteCount: BlockArena.blockByteCountMax, alignment: 16)

        init(seed: UInt64) { random = RandomStream(seed: seed) }

        deinit { expected.deallocate() }

        /// Sizes of carts and of customers without one, seldom the largest.
        func randomByteCount() -> Int {
            switch random.index(below: 20) {
            case 0: 1 + random.index(below: BlockArena.blockByteCountMax)
            case 1: BlockArena.blockByteCountMax - random.index(below: 20)
            case 2...6: 1 + random.index(below: 4_000)
            default: 1 + random.index(below: 200)
            }
        }

        func allocate() {
            let byteCount = randomByteCount()
            let reference = arena.allocate(byteCount: byteCount)
            references.append(reference)
            let filler = UInt8(truncatingIfNeeded: random.next())
            memset(arena.pointer(reference), Int32(filler), byteCount)
            blocks.append(Block(reference: reference, byteCount: byteCount, filler: filler))
            ends[reference] = reference + UInt32(BlockArena.unitCount(byteCount))
            usedByteCount += BlockArena.unitCount(byteCount) * BlockArena.unitByteCount
        }

        func freeOne() -> Bool {
            guard !blocks.isEmpty else { return true }
            let index = random.index(below: blocks.count)
            let block = blocks[index]
            blocks.swapAt(index, blocks.count - 1)
            blocks.removeLast()
            guard isIntact(block) else { return false }
            arena.free(block.reference, byteCount: block.byteCount)
            ends[block.reference] = nil
            usedByteCount -= BlockArena.unitCount(block.byteCount) * BlockArena.unitByteCount
            return true
        }

        func isIntact(_ block: Block) -> Bool {
            memset(expected, Int32(block.filler), block.byteCount)
            return memcmp(expected, arena.pointer(block.reference), block.byteCount) == 0
        }

        /// Whether no two blocks share a unit.
        func isDisjoint() -> Bool {
            let sorted = ends.sorted { $0.key < $1.key }
            return zip(sorted, sorted.dropFirst()).allSatisfy { $0.value <= $1.key }
        }

        func run(stepCount: Int) -> String? {
            for step in 0..<stepCount {
                // More room is taken than given back for a while, and then the other way round.
                let share = step / 2_000 % 2 == 0 ? 0.7 : 0.35
                if random.chance(share) {
                    allocate()
                } else if !freeOne() {
                    return "step \(step): overwritten"
                }
                if step % 500 == 0, !isDisjoint() { return "step \(step): two blocks share memory" }
                if arena.usedByteCount != usedByteCount { return "step \(step): wrong count of used bytes" }
            }
            return blocks.allSatisfy(isIntact) && isDisjoint() ? nil : "at the end: overwritten"
        }
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `blocks never overlap and keep what they hold`(seed: UInt64) {
        let trial = Trial(seed: seed)
        let fault = trial.run(stepCount: 12_000)
        #expect(fault == nil, "seed \(seed)")
        #expect(trial.arena.reservedByteCount > 2 << 20, "seed \(seed): one segment only")
    }

    @Test func `the same calls give the same references`() {
        let first = Trial(seed: 77)
        let second = Trial(seed: 77)
        _ = first.run(stepCount: 6_000)
        _ = second.run(stepCount: 6_000)
        #expect(first.references == second.references)
    }

    @Test func `a freed block is used again for the same size`() {
        var arena = BlockArena()
        let first = arena.allocate(byteCount: 40)
        let second = arena.allocate(byteCount: 40)
        arena.free(first, byteCount: 40)
        arena.free(second, byteCount: 40)
        let other = arena.allocate(byteCount: 64)
        #expect(other != first && other != second)
        #expect(arena.allocate(byteCount: 33) == second)
        #expect(arena.allocate(byteCount: 40) == first)
    }

    @Test func `memory that is given back and taken again does not grow`() {
        var arena = BlockArena()
        func fill(_ arena: inout BlockArena) -> [BlockArena.Reference] {
            (0..<5_000).map { arena.allocate(byteCount: 16 + $0 % 700) }
        }
        var references = fill(&arena)
        let reserved = arena.reservedByteCount
        for _ in 0..<5 {
            for (index, reference) in references.enumerated() {
                arena.free(reference, byteCount: 16 + index % 700)
            }
            #expect(arena.usedByteCount == 0)
            references = fill(&arena)
        }
        #expect(arena.reservedByteCount == reserved)
    }

    @Test func `reference 0 names no block, and every block is aligned`() {
        var arena = BlockArena()
        for byteCount in 1...300 {
            let reference = arena.allocate(byteCount: byteCount)
            #expect(reference != 0)
            #expect(Int(bitPattern: arena.pointer(reference)) % BlockArena.unitByteCount == 0)
        }
    }

    @Test func `bytes behind the last block can be read`() {
        var arena = BlockArena()
        // A segment holds 31 of the largest and a rest that is a few units shorter.
        for _ in 0..<70 {
            let reference = arena.allocate(byteCount: BlockArena.blockByteCountMax)
            let end = arena.pointer(reference) + BlockArena.blockByteCountMax
            var sum: UInt8 = 0
            for offset in 0..<BlockArena.readSlackByteCount {
                sum &+= (end + offset).load(as: UInt8.self)
            }
            #expect(sum &- sum == 0)
        }
    }
}
