import Model
import Primitives
import Testing

@testable import Runtime

/// Which worker of a replay an event belongs to.
struct EventSharesTests {
    private func hash(_ customer: String) -> UInt64 { Array(customer.utf8).withUnsafeBytes(StableHash.hash) }

    private func events(_ customers: [String]) -> [Event] {
        customers.map {
            Event(
                kind: .clickPage, timestamp: .earliest, customer: .none, customerHash: hash($0))
        }
    }

    @Test(arguments: [1, 2, 3, 5])
    func `each event is in one share, its owner's, and in order`(memberCount: Int) {
        var shares = EventShares(memberCount: memberCount)
        var random = RandomStream(seed: 11)
        // Fewer and more in turn: room that was enough before has to grow, and what was there before to go.
        for count in [0, 1, 10, 3, 1_000, 999, 0, 5_000, 2] {
            let events = events((0..<count).map { _ in "c-\(random.index(below: 300))" })
            events.withUnsafeBufferPointer { shares.fill($0) }
            var owners = [Int?](repeating: nil, count: count)
            for member in 0..<memberCount {
                let indices = shares[member].map { Int($0) }
                #expect(indices == indices.sorted())
                for index in indices {
                    #expect(owners[index] == nil, "event \(index) of \(count) is twice in the shares")
                    owners[index] = member
                }
            }
            let expected = events.map { EventShares.owner(of: $0.customerHash, memberCount: memberCount) }
            #expect(owners == expected, "\(count) events")
        }
    }

    /// How customers are called in a shop.
    enum Naming: CaseIterable {
        case counted, padded, address, random

        func names(_ count: Int) -> [String] {
            var random = RandomStream(seed: 4)
            return (0..<count).map { number in
                switch self {
                case .counted: return "c-\(number)"
                case .padded: return String("0000000\(number)".suffix(8))
                case .address: return "customer.\(number)@example.com"
                case .random: return String(random.next(), radix: 16)
                }
            }
        }
    }

    /// Of 20,000 customers a worker of 2, 3 or 5 gets its part of all, but for 5 %: three standard deviations and more
    /// of a fair choice (at 5 workers: 57 of 4,000 customers).
    @Test(arguments: Naming.allCases, [2, 3, 5])
    func `workers get about as many customers each`(naming: Naming, memberCount: Int) {
        let counts = countByOwner(naming.names(20_000).map(hash), memberCount)
        let fair = 20_000 / memberCount
        for count in counts { #expect(abs(count - fair) <= fair / 20, "\(counts)") }
    }

    /// The engines' index picks one of its 256 parts by the low 8 bits of the hash, and places by the upper 32: neither
    /// all of a part's customers nor all neighbours in it may be one worker's, or parts and caches would be used unevenly.
    /// Of some 200 customers a worker of two gets between 30 % and 70 %: more than five standard deviations.
    @Test func `the customers of a part of the index, and of a place in it, are shared, too`() {
        var parts = [[Int]](repeating: [0, 0], count: 256)
        var places = parts
        for number in 0..<50_000 {
            let hash = hash("c-\(number)")
            let owner = EventShares.owner(of: hash, memberCount: 2)
            parts[Int(hash & 0xFF)][owner] += 1
            places[Int(hash >> 56)][owner] += 1
        }
        for counts in parts + places {
            let all = counts[0] + counts[1]
            #expect(counts[0] * 10 > all * 3 && counts[0] * 10 < all * 7, "\(counts)")
        }
    }

    private func countByOwner(_ hashes: [UInt64], _ memberCount: Int) -> [Int] {
        hashes.reduce(into: Array(repeating: 0, count: memberCount)) { counts, hash in
            counts[EventShares.owner(of: hash, memberCount: memberCount)] += 1
        }
    }

    @Test func `every hash has an owner, the extremes included; ticks are the first member's`() {
        for memberCount in [1, 2, 3, 5, 64, 256] {
            for hash in [0, 1, 0xFF, 0xFF00, 0xFFFF00, 0xFF_FFFF, 1 << 63, UInt64.max] {
                let owner = EventShares.owner(of: hash, memberCount: memberCount)
                #expect((0..<memberCount).contains(owner))
            }
            #expect(EventShares.owner(of: 0, memberCount: memberCount) == 0)
        }
    }

    @Test(arguments: [2, 3, 5])
    func `all events of a customer are one worker's, in whichever slice and sequence they are`(
        memberCount: Int
    ) {
        var lines = RandomLines(seed: 3, customers: (0..<40).map { "c-\($0)" }, partitionCount: 4)
        var random = RandomStream(seed: 8)
        let chunk = LinesInSlices(lines.take(2_000), sliceCount: 7, &random)
        let decoder = EventDecoder(rules: RandomLines.rules)
        let slice = DecodedSlice(memberCount: memberCount)
        var owners: [String: Set<Int>] = [:]
        var shareCount = 0
        var eventCount = 0
        for index in chunk.lineCounts.indices {
            chunk.decode(index, into: slice, decoder)
            eventCount += slice.batch.events.count
            for member in 0..<memberCount {
                slice.withEvents(of: member) { events in
                    shareCount += events.count
                    for place in 0..<events.count {
                        let name = String(
                            decoding: slice.batch.bytes(of: events.customer(place)), as: UTF8.self)
                        owners[name, default: []].insert(member)
                    }
                }
            }
        }
        #expect(shareCount == eventCount)
        #expect(owners.count == 41, "40 customers, and nobody for ticks")
        #expect(owners.values.allSatisfy { $0.count == 1 })
        #expect(owners.values.reduce(into: Set()) { $0.formUnion($1) }.count == memberCount)
    }
}
