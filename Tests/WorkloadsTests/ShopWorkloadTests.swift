import Primitives
import Testing
import Workloads

@Suite struct ShopWorkloadTests {
    private static func settings(
        seed: UInt64 = 1, days: Int = 30, customers: Int = 300
    ) -> ShopSettings {
        var settings = ShopSettings()
        settings.seed = seed
        settings.dayCount = days
        settings.customerCount = customers
        return settings
    }

    @Test func `the same seed gives the same bytes and another seed others`() {
        let first = bytes(of: ShopWorkload(Self.settings()))
        #expect(first == bytes(of: ShopWorkload(Self.settings())))
        #expect(first != bytes(of: ShopWorkload(Self.settings(seed: 2))))
    }

    @Test func `every line is an event with its required fields`() {
        for line in lines(of: ShopWorkload(Self.settings())) {
            let text = String(decoding: line.text, as: UTF8.self)
            let required = requiredFields(of: line.type)
            let isComplete = required?.allSatisfy { line.object[$0] != nil } == true
            let isTrue = line.event.isJSON && line.time == line.event.timestamp.milliseconds
            #expect(isComplete && isTrue && !line.id.isEmpty && line.customer.hasPrefix("c-"), "\(text)")
        }
    }

    @Test func `in two months everything happens that can happen to an event`() {
        let made = lines(of: ShopWorkload(Self.settings(days: 60, customers: 700)))
        let types = Set(made.map(\.type))
        #expect(types.count == 22, "\(types.sorted())")
        #expect(made.contains { $0.object["bounce"] as? String == "hard" })
        #expect(made.contains { $0.object["bounce"] as? String == "soft" })
        #expect(made.contains { $0.object["campaign"] as? String == "cart-reminder" })
    }

    @Test func `deliveries never go back and events are 8 seconds late at most`() {
        let settings = Self.settings()
        var last = settings.start
        var lateCount = 0
        for line in lines(of: ShopWorkload(settings)) {
            #expect(line.event.deliveredAt >= last)
            last = line.event.deliveredAt
            let late = line.event.deliveredAt - line.event.timestamp
            #expect((0...8_000).contains(late))
            if late > 0 { lateCount += 1 }
        }
        #expect(lateCount > 0)
        #expect(last < settings.start + 30 * 86_400_000 + 8_001)
    }

    @Test func `a repeated id is a second copy of the same bytes`() {
        var first: [String: [UInt8]] = [:]
        var copies = 0
        for line in lines(of: ShopWorkload(Self.settings(customers: 1_000))) {
            if let earlier = first.updateValue(line.text, forKey: line.id) {
                #expect(earlier == line.text)
                copies += 1
            }
        }
        #expect(copies > 0)
    }

    @Test func `an order is worth what was in the basket`() {
        var settings = Self.settings(days: 40, customers: 600)
        settings.lateShare = 0
        settings.duplicateShare = 0
        var baskets: [String: Basket] = [:]
        var orderCount = 0
        var orders: Set<String> = []
        for line in lines(of: ShopWorkload(settings)) {
            var basket = baskets[line.customer] ?? Basket()
            if line.type == "order.placed" {
                orderCount += 1
                orders.insert(line.object["order"] as? String ?? "")
                #expect(!basket.quantities.isEmpty)
                #expect(basket.cents == EventLine.cents(line.object["value"]))
                var ordered = Basket()
                ordered.set(line.object["items"])
                #expect(ordered.quantities == basket.quantities)
            }
            basket.apply(line)
            baskets[line.customer] = basket
        }
        #expect(orderCount > 200)
        #expect(orders.count == orderCount)
        let forgotten = baskets.values.count { !$0.quantities.isEmpty }
        #expect(forgotten > 100)
    }

    @Test func `customers leave after an order as often as their model says`() {
        var settings = Self.settings(days: 60, customers: 800)
        settings.lateShare = 0
        settings.duplicateShare = 0
        // So fast that everyone has left before the end.
        settings.purchases.r = 5
        settings.purchases.alpha = 5
        settings.purchases.timeUnitMilliseconds = 43_200_000
        var orderCounts: [[UInt8]: Int] = [:]
        var workload = ShopWorkload(settings)
        var writer = ByteWriter()
        while let event = workload.next(into: &writer) {
            if writer.bytes.starts(with: Array(#"{"type":"order.placed""#.utf8)) {
                orderCounts[Array(writer.bytes[event.customer]), default: 0] += 1
            }
            writer.removeAll()
        }
        let model = settings.purchases
        let leavers = Double(orderCounts.values.count { $0 == 1 }) / Double(orderCounts.count)
        // The mean of a beta distribution; five standard errors of 600 buyers are 0.1.
        #expect(abs(leavers - model.a / (model.a + model.b)) < 0.1, "\(leavers)")
    }

    @Test func `an erased customer never comes back`() {
        var erased: Set<String> = []
        var settings = Self.settings(customers: 800)
        settings.lateShare = 0
        settings.duplicateShare = 0
        for line in lines(of: ShopWorkload(settings)) {
            if erased.contains(line.customer) { Issue.record("\(line.customer) came back") }
            if line.type == "customer.erased" { erased.insert(line.customer) }
        }
        #expect(!erased.isEmpty)
    }

    @Test func `a shop of few customers is lively from the first day`() {
        let settings = Self.settings(days: 3)
        let day = lines(of: ShopWorkload(settings)).filter {
            $0.event.timestamp < settings.start + 86_400_000
        }
        #expect(day.count { $0.type == "cart.add" } > 30)
        #expect(day.count { $0.type == "order.placed" } > 10)
    }

    @Test func `spoiled lines come at the asked share and keep their customer`() {
        var settings = Self.settings()
        settings.badShare = 0.05
        let made = lines(of: ShopWorkload(settings))
        let bad = made.filter { $0.object["type"] == nil || $0.time != $0.event.timestamp.milliseconds }
        let share = Double(bad.count) / Double(made.count)
        #expect((0.03...0.06).contains(share), "\(share)")
        for line in bad {
            let start = line.event.customer.lowerBound - line.event.value.lowerBound
            let name = line.text[start..<start + line.event.customer.count]
            #expect(name.starts(with: Array("c-".utf8)))
            #expect(line.text[start - 1] == 0x22)
            let isObject = !line.object.isEmpty
            #expect(line.event.isJSON || !isObject)
        }
    }

    @Test func `the shop closes early when enough events are made`() {
        var settings = Self.settings()
        settings.eventCountMax = 100
        #expect(lines(of: ShopWorkload(settings)).count == 100)
    }
}

/// A customer's basket as the events tell it.
private struct Basket {
    var quantities: [String: Int] = [:]
    var prices: [String: Int] = [:]

    var cents: Int { quantities.reduce(0) { $0 + $1.value * (prices[$1.key] ?? 0) } }

    mutating func apply(_ line: EventLine) {
        let sku = line.object["sku"] as? String ?? ""
        switch line.type {
        case "cart.add":
            quantities[sku, default: 0] += line.object["qty"] as? Int ?? 1
            prices[sku] = EventLine.cents(line.object["price"])
        case "cart.remove":
            let left = (quantities[sku] ?? 0) - (line.object["qty"] as? Int ?? .max / 2)
            quantities[sku] = left > 0 ? left : nil
        case "cart.set": set(line.object["items"])
        case "cart.clear", "order.placed": quantities = [:]
        default: break
        }
    }

    mutating func set(_ items: Any?) {
        quantities = [:]
        for item in items as? [[String: Any]] ?? [] {
            let sku = item["sku"] as? String ?? ""
            quantities[sku] = item["qty"] as? Int
            prices[sku] = EventLine.cents(item["price"])
        }
    }
}
