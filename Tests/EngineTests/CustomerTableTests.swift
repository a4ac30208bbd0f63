@testable import Engine
import Primitives
import Testing

struct CustomerTableTests {
    /// How keys are hashed: as always, or so that the index has to work for it.
    enum Hashing: CaseIterable {
        case stable
        /// A handful of values for all keys.
        case fewValues
        /// One part of the index, spread within it.
        case onePart
        /// All keys want the last places of their part.
        case lastPlaces

        func hash(_ key: [UInt8]) -> UInt64 {
            let stable = key.withUnsafeBytes { StableHash.hash($0) }
            switch self {
            case .stable: return stable
            case .fewValues: return stable % 5 &* 0x1234_5678_9abc_de00
            case .onePart: return stable & ~0xFF | 0x2A
            case .lastPlaces: return stable | 0xFFFF_FF00_0000_0000
            }
        }
    }

    /// The table beside a dictionary that says the same.
    private final class Trial {
        var table = CustomerTable()
        var slots: [[UInt8]: UInt32] = [:]
        var owners: [UInt32: [UInt8]] = [:]
        var random: RandomStream
        let hashing: Hashing
        let keyCount: Int
        var countMax = 0

        init(seed: UInt64, hashing: Hashing, keyCount: Int) {
            random = RandomStream(seed: seed)
            self.hashing = hashing
            self.keyCount = keyCount
        }

        func key(_ number: Int) -> [UInt8] { Array("c-\(number)".utf8) }

        func find(_ key: [UInt8]) -> UInt32? {
            // A hint, of this customer or left from another one, changes nothing in what is found.
            if random.next() & 1 == 0 { table.prefetchSlot(hash: hashing.hash(key)) }
            return key.withUnsafeBytes { table.find(key: $0, hash: hashing.hash(key)) }
        }

        func insert(_ key: [UInt8]) -> String? {
            let byteCount = PackedCustomer.emptyByteCount(keyCount: key.count)
            let slot = table.insert(hash: hashing.hash(key), byteCount: byteCount)
            key.withUnsafeBytes { PackedCustomer.writeEmpty(key: $0, to: table.block(of: slot)) }
            if let owner = owners[slot] { return "slot \(slot) is that of \(owner)" }
            slots[key] = slot
            owners[slot] = key
            countMax = max(countMax, slots.count)
            return nil
        }

        func remove(_ key: [UInt8], _ slot: UInt32) {
            let byteCount = PackedCustomer.byteCount(of: table.block(of: slot))
            table.remove(slot, hash: hashing.hash(key), byteCount: byteCount)
            slots[key] = nil
            owners[slot] = nil
        }

        func step() -> String? {
            let key = key(random.index(below: keyCount))
            let known = slots[key]
            guard find(key) == known else { return "\(key) is not where it was put" }
            if let known {
                if random.chance(0.5) { remove(key, known) }
            } else if let fault = insert(key) {
                return fault
            }
            return table.count == slots.count ? nil : "wrong count"
        }

        func isComplete() -> Bool {
            (0..<keyCount).allSatisfy { number in find(key(number)) == slots[key(number)] }
        }
    }

    @Test(arguments: Hashing.allCases)
    func `customers are found as in a dictionary, however they are hashed`(hashing: Hashing) {
        for seed in UInt64(1)...3 {
            let trial = Trial(seed: seed, hashing: hashing, keyCount: 300)
            for step in 0..<3_000 {
                if let fault = trial.step() {
                    Issue.record("seed \(seed), step \(step): \(fault)")
                    return
                }
            }
            #expect(trial.isComplete(), "seed \(seed)")
            #expect(trial.table.slotCount <= trial.countMax, "seed \(seed): free slots were not used again")
        }
    }

    @Test func `the index grows with its customers, and slots stay`() {
        let trial = Trial(seed: 0, hashing: .stable, keyCount: 30_000)
        for number in 0..<30_000 { _ = trial.insert(trial.key(number)) }
        #expect(trial.isComplete())
        #expect(trial.table.count == 30_000)
        #expect(trial.table.slotCount == 30_000)
        #expect(trial.find(Array("d-1".utf8)) == nil)
    }

    @Test func `the same calls give the same slots`() {
        let (first, second) = (
            Trial(seed: 9, hashing: .stable, keyCount: 500), Trial(seed: 9, hashing: .stable, keyCount: 500)
        )
        for _ in 0..<3_000 {
            _ = first.step()
            _ = second.step()
        }
        #expect(first.slots == second.slots)
    }

    @Test func `a customer's block is replaced when it no longer fits, and only then`() {
        var table = CustomerTable()
        let slot = table.insert(hash: 1, byteCount: 20)
        let block = table.block(of: slot)
        #expect(table.resize(slot, from: 20, to: 24) == block)
        #expect(table.resize(slot, from: 24, to: 25) != block)
        #expect(table.arena.usedByteCount == 32)
        #expect(table.slotCount == 1)
    }

    @Test func `keys that are one the beginning of the other are two customers`() {
        let trial = Trial(seed: 1, hashing: .fewValues, keyCount: 1)
        let names = ["a", "ab", "abc", "e\u{301}", "é", String(repeating: "x", count: 255)]
        for name in names + [String(repeating: "x", count: 256)] { _ = trial.insert(Array(name.utf8)) }
        for (key, slot) in trial.slots { #expect(trial.find(key) == slot) }
        #expect(trial.find(Array("abcd".utf8)) == nil)
    }
}
