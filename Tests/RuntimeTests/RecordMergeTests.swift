import Engine
import Model
import Primitives
import Testing

@testable import Runtime

/// The records of several workers in one order.
struct RecordMergeTests {
    /// A replay of one chunk after another by `memberCount` workers, one after the other.
    private final class Trial {
        let memberCount: Int
        let parts: [ReplayPart]
        let slices: [DecodedSlice]
        private let placement: SlicePlacement
        private let decoder = EventDecoder(rules: RandomLines.rules)
        private var chunk = LinesInSlices([], lineCounts: [0])

        init(memberCount: Int) {
            self.memberCount = memberCount
            parts = (0..<memberCount).map {
                ReplayPart(rules: RandomLines.rules, member: $0, memberCount: memberCount)
            }
            slices = (0..<4).map { _ in DecodedSlice(memberCount: memberCount) }
            placement = SlicePlacement(
                slices, latenessMilliseconds: RandomLines.rules.allowedLatenessMilliseconds)
        }

        func apply(_ lines: [String]) {
            let quarter = lines.count / 4
            chunk = LinesInSlices(lines, lineCounts: [quarter, quarter, 0, lines.count - 2 * quarter])
            placement.begin()
            for index in slices.indices {
                chunk.decode(index, into: slices[index], decoder)
                placement.note(decoded: index)
            }
            for part in parts {
                part.removeRecords()
                part.apply(slices, clock: placement.clock)
            }
        }

        /// The pieces that the merge hands out.
        func pieces() -> [String] {
            var pieces: [String] = []
            RecordMerge.forEach(parts) { pieces.append(String(decoding: $0, as: UTF8.self)) }
            return pieces
        }

        /// All records of all workers, put into the contract's order by plain sorting.
        func sorted() -> String {
            let records = parts.enumerated().flatMap { member, part in
                part.records.entries.enumerated().map { index, entry in
                    PlainRecord(
                        line: entry.line, isEvent: entry.isTimer ? 0 : 1,
                        at: entry.isTimer ? entry.at.milliseconds : 0,
                        customer: entry.isTimer ? Array(part.records.customer(of: entry)) : [],
                        member: member, index: index,
                        text: String(decoding: part.records.line(of: entry), as: UTF8.self))
                }
            }
            return records.sorted { $0.precedes($1) }.map(\.text).joined()
        }
    }

    /// A record with what its place depends on; contract, section 6.
    private struct PlainRecord {
        var line: UInt32
        var isEvent: Int
        var at: Int64
        var customer: [UInt8]
        var member: Int
        var index: Int
        var text: String

        func precedes(_ other: PlainRecord) -> Bool {
            if line != other.line { return line < other.line }
            if isEvent != other.isEvent { return isEvent < other.isEvent }
            if at != other.at { return at < other.at }
            if customer != other.customer { return customer.lexicographicallyPrecedes(other.customer) }
            return (member, index) < (other.member, other.index)
        }
    }

    private static let customers = (0..<60).map { "c-\($0)" } + ["c", "c-", "ç", "\u{1F6D2}"]

    @Test(arguments: [0, 3], [UInt64(1), 2, 3])
    func `the merge gives what sorting gives, and the same for any number of workers`(
        partitionCount: Int, seed: UInt64
    ) {
        let trials = [1, 2, 3, 5].map { Trial(memberCount: $0) }
        var lines = RandomLines(seed: seed, customers: Self.customers, partitionCount: partitionCount)
        var recordCount = 0
        for chunk in 0..<6 {
            let taken = lines.take(chunk == 3 ? 1 : 500)
            for trial in trials { trial.apply(taken) }
            let alone = trials[0].pieces().joined()
            for trial in trials {
                let merged = trial.pieces().joined()
                #expect(merged == trial.sorted(), "chunk \(chunk), \(trial.memberCount) workers")
                #expect(merged == alone, "chunk \(chunk), \(trial.memberCount) workers")
            }
            recordCount += trials[0].parts[0].records.count
        }
        #expect(recordCount > 500)
    }

    @Test(arguments: [0, 3])
    func `engines that nothing is brought near for give the same records`(partitionCount: Int) {
        let trial = Trial(memberCount: 1)
        var lines = RandomLines(seed: 40, customers: Self.customers, partitionCount: partitionCount)
        let engines = PlainEngines(count: max(partitionCount, 1))
        for _ in 0..<4 {
            trial.apply(lines.take(700))
            #expect(engines.apply(trial.slices) == trial.pieces().joined())
        }
    }

    /// One engine a sequence, without the looks ahead of a replay.
    private final class PlainEngines {
        private var engines: ReplayEngines
        private var records = RecordBuffer()

        init(count: Int) {
            engines = ReplayEngines(rules: RandomLines.rules, memberCount: 1)
            engines.prepare(sequenceCount: count)
        }

        func apply(_ slices: [DecodedSlice]) -> String {
            records.removeAll()
            for slice in slices {
                for (event, place) in zip(slice.batch.events, slice.placements) {
                    (engines.engines + Int(place.sequence)).pointee.apply(
                        event, of: slice.batch, watermark: place.watermark, into: &records)
                }
            }
            return String(decoding: records.values.bytes, as: UTF8.self)
        }
    }

    @Test
    func `timers of one instant come in the order of customers' bytes, and then the event's own record`()
        throws
    {
        let start: Int64 = 1_767_225_600_000
        let names = Self.customers.shuffled(seed: 6)
        let carts = names.map { #"{"customer":"\#($0)","ts":\#(start),"type":"cart.add","sku":"A"}"# }
        let order =
            #"{"customer":"c-7","ts":\#(start + 700_000),"type":"order.placed","order":"1","value":1}"#
        for memberCount in [2, 3, 5] {
            let trial = Trial(memberCount: memberCount)
            trial.apply(carts + [order])
            let customers = trial.pieces().joined().split(separator: "\n").map { record in
                let rest = record.drop { $0 != "," }.dropFirst().drop { $0 != "," }
                return String(rest.dropFirst(#","customer":""#.count).prefix { $0 != "\"" })
            }
            let sorted = names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
            #expect(Array(customers.prefix(names.count)) == sorted, "\(memberCount) workers")
            #expect(Set(customers.dropFirst(names.count)) == ["c-7"])
            #expect(customers.count > names.count)
        }
    }

    @Test func `the records of one worker alone come out, however many have none`() throws {
        for memberCount in [2, 3, 5] {
            for member in 0..<memberCount {
                let own = Self.customers.filter { customer in
                    let hash = Array(customer.utf8).withUnsafeBytes(StableHash.hash)
                    return EventShares.owner(of: hash, memberCount: memberCount) == member
                }
                try #require(!own.isEmpty)
                var lines = RandomLines(seed: 9, customers: own, partitionCount: 0)
                let trial = Trial(memberCount: memberCount)
                trial.apply(lines.take(400))
                let records = trial.parts[member].records.count
                #expect(records > 50)
                #expect(trial.parts.map { $0.records.count }.reduce(0, +) == records)
                // Timers fire late where a worker has no event of its own, but here only one has any.
                #expect(trial.pieces().joined() == trial.sorted())
                #expect(trial.pieces().count == 1, "records in one run were handed out in pieces")
            }
        }
    }

    @Test func `without a record nothing is handed out, before, between and after chunks that have some`() {
        let trial = Trial(memberCount: 3)
        var lines = RandomLines(seed: 2, customers: Self.customers, partitionCount: 0)
        let quiet = #"{"customer":"q","ts":1000000000000,"type":"click.page"}"#
        #expect(trial.pieces() == [])
        trial.apply([quiet])
        #expect(trial.pieces() == [])
        trial.apply(lines.take(300))
        #expect(!trial.pieces().isEmpty)
        trial.apply([quiet, "", "no event"])
        #expect(trial.pieces() == [])
        trial.apply([])
        #expect(trial.pieces() == [])
        #expect(RecordMergeTests.pieces(of: []) == [])
    }

    private static func pieces(of parts: [ReplayPart]) -> [String] {
        var pieces: [String] = []
        RecordMerge.forEach(parts) { pieces.append(String(decoding: $0, as: UTF8.self)) }
        return pieces
    }

    private struct Full: Error {}

    @Test func `a failure ends the merge at once and comes through`() {
        let trial = Trial(memberCount: 3)
        var lines = RandomLines(seed: 2, customers: Self.customers, partitionCount: 0)
        trial.apply(lines.take(500))
        let all = trial.pieces()
        var taken: [String] = []
        #expect(throws: Full.self) {
            try RecordMerge.forEach(trial.parts) { (bytes) throws(Full) in
                if taken.count == 2 { throw Full() }
                taken.append(String(decoding: bytes, as: UTF8.self))
            }
        }
        #expect(taken == Array(all.prefix(2)))
        #expect(all.count > 3)
    }
}

extension Array {
    /// The same elements in another order, the same for each seed.
    fileprivate func shuffled(seed: UInt64) -> [Element] {
        var random = RandomStream(seed: seed)
        var rest = self
        return indices.map { _ in rest.remove(at: random.index(below: rest.count)) }
    }
}
