import Engine
import Model
import Primitives
import Testing

/// Bringing customers near before their turn.
struct LookaheadTests {
    @Test(arguments: [3, 60, 2_000], [UInt64(1), 2, 3, 4])
    func `whoever is brought near, records and state are the same`(customerCount: Int, seed: UInt64) {
        let events = RandomEvents(
            seed: seed, count: 3_000, customerCount: customerCount, erasureShare: seed % 2 == 0 ? 3 : 12)
        var random = RandomStream(seed: seed + 100)
        var plain = Engine(rules: events.rules)
        var ahead = Engine(rules: events.rules)
        var plainRecords = RecordBuffer()
        var aheadRecords = RecordBuffer()
        events.apply(0..<events.count, to: &plain, into: &plainRecords)
        events.apply(0..<events.count, bringingNearBy: &random, to: &ahead, into: &aheadRecords)
        let isSame = text(of: plainRecords) == text(of: aheadRecords)
        #expect(isSame, "the records differ")
        let isSameState = imageBytes(of: plain) == imageBytes(of: ahead)
        #expect(isSameState, "the states differ")
        #expect(plain.counters == ahead.counters)
        #expect(plainRecords.count > 100)
    }

    @Test func `bringing near goes from far to near: index, slot, customer`() {
        #expect(EngineLookahead.event > EngineLookahead.index)
        #expect(EngineLookahead.index > EngineLookahead.slot)
        #expect(EngineLookahead.slot > EngineLookahead.customer)
        #expect(EngineLookahead.customer > 0)
    }
}
