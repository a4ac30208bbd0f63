import Primitives
import Testing
import Workloads

@Suite struct BenchWorkloadTests {
    private static func settings(eventCount: Int, seed: UInt64 = 1) -> BenchSettings {
        var settings = BenchSettings()
        settings.eventCount = eventCount
        settings.seed = seed
        return settings
    }

    @Test func `the same seed gives the same bytes and another seed others`() {
        let first = bytes(of: BenchWorkload(Self.settings(eventCount: 2_000)))
        #expect(first == bytes(of: BenchWorkload(Self.settings(eventCount: 2_000))))
        #expect(first != bytes(of: BenchWorkload(Self.settings(eventCount: 2_000, seed: 2))))
    }

    @Test func `every line is an event with its required fields`() {
        for line in lines(of: BenchWorkload(Self.settings(eventCount: 20_000))) {
            let text = String(decoding: line.text, as: UTF8.self)
            let required = requiredFields(of: line.type)
            #expect(required != nil, "\(text)")
            #expect(required?.allSatisfy { line.object[$0] != nil } == true, "\(text)")
            #expect(line.time == line.event.timestamp.milliseconds)
            #expect(!line.customer.isEmpty && !line.id.isEmpty)
        }
    }

    @Test func `the mix is the one that throughput is stated for`() {
        let eventCount = 100_000
        let made = lines(of: BenchWorkload(Self.settings(eventCount: eventCount)))
        var counts: [String: Int] = [:]
        for line in made {
            counts[line.type.hasPrefix("email.") ? "email" : line.type, default: 0] += 1
        }
        let shares = [
            "click.product": 64, "click.page": 6, "click.ad": 3, "cart.add": 11, "cart.remove": 2,
            "order.placed": 4, "email": 10,
        ]
        #expect(Set(counts.keys) == Set(shares.keys))
        for (type, share) in shares {
            let measured = Double(counts[type] ?? 0) / Double(eventCount) * 100
            #expect(abs(measured - Double(share)) < 0.5, "\(type): \(measured) %")
        }
        let byteCount = made.reduce(0) { $0 + $1.text.count }
        let average = Double(byteCount) / Double(eventCount)
        #expect((190...200).contains(average), "\(average) bytes an event")
    }

    @Test func `one event in two hundred is late, by 8 seconds at most`() {
        let eventCount = 100_000
        var lateCount = 0
        for line in lines(of: BenchWorkload(Self.settings(eventCount: eventCount))) {
            let late = line.event.deliveredAt - line.event.timestamp
            #expect((0...8_000).contains(late))
            if late > 0 { lateCount += 1 }
        }
        #expect((400...600).contains(lateCount))
    }

    @Test func `events are spread evenly over the days and skewed over the customers`() {
        let settings = Self.settings(eventCount: 20_000)
        let made = lines(of: BenchWorkload(settings))
        let half = made[10_000].event.deliveredAt - settings.start
        #expect(half == 15 * 86_400_000)
        let firstQuarter = made.count { Int($0.customer.dropFirst(2)) ?? .max <= settings.customerCount / 4 }
        #expect((9_500...10_500).contains(firstQuarter))
    }

    @Test func `ids and orders are unique`() {
        let made = lines(of: BenchWorkload(Self.settings(eventCount: 50_000)))
        let orders = made.compactMap { $0.object["order"] as? String }
        #expect(Set(orders).count == orders.count)
        #expect(Set(made.map(\.id)).count == made.count)
    }
}
