import Model
import Primitives
import Testing

@testable import Runtime

/// How one customer's orders become what the models look at.
@Suite struct CustomerOrdersTests {
    private static let day: Int64 = 86_400_000

    /// Adds orders of (day, amount), nil for one in another currency; the calibration ends with `until`.
    private func orders(_ given: [(Double, Int64?)], until: Double = 1_000) -> CustomerOrders {
        var orders = CustomerOrders()
        for (day, amount) in given {
            orders.add(
                at: Self.time(day), amount: amount.map { Money(tenThousandths: $0 * 10_000) },
                merge: Self.day, calibrationEnd: Self.time(until))
        }
        return orders
    }

    private static func time(_ day: Double) -> EventTime {
        EventTime(milliseconds: Int64((20_000 + day) * Double(Self.day)))
    }

    @Test func `orders of the period of the first or the last order count once`() {
        let merged = orders([(0.1, 5), (0.9, 5), (3, 5), (3.5, 5), (0.5, 5), (3.9, 5), (7, 5)])
        #expect(merged.orderCount == 3)
        #expect(merged.first == Self.time(0.1) && merged.last == Self.time(7))
        // An order between the two is told from them, as in the engine.
        #expect(orders([(0, 5), (9, 5), (4, 5), (4.5, 5)]).orderCount == 4)
    }

    @Test func `the mean leaves out the first period, and divides by merged repeats`() {
        #expect(orders([(0, 100), (0.5, 50)]).repeatValueMean == nil)
        #expect(orders([(0, 100), (0.5, 50), (3, 10), (3.2, 20), (8, 6)]).repeatValueMean == 18)
        #expect(orders([(0, 100), (5, 0)]).repeatValueMean == nil)
    }

    @Test func `an order that comes late, before all others, is the first from then on`() {
        let late = orders([(5, 40), (9, 10), (2, 7), (2.5, 3)])
        #expect(late.first == Self.time(2) && late.orderCount == 3)
        #expect(late.repeatValueMean == 25)
        // Earlier on the same day: still the same first period.
        let sameDay = orders([(5.5, 40), (9, 10), (5.1, 7)])
        #expect(sameDay.first == Self.time(5.1) && sameDay.orderCount == 2)
        #expect(sameDay.repeatValueMean == 10)
    }

    @Test func `with an order in another currency the mean is not known, the count is`() {
        let mixed = orders([(0, 10), (3, nil), (6, 10)])
        #expect(mixed.orderCount == 3)
        #expect(mixed.repeatValueMean == nil)
    }

    @Test func `orders after the calibration are counted apart, and change nothing before it`() {
        let split = orders([(0, 10), (4, 10), (5, 99), (8, 99), (8.5, 99), (5.5, 99), (3, 30)], until: 4)
        #expect(split.orderCount == 3 && split.holdoutCount == 2)
        #expect(split.first == Self.time(0) && split.last == Self.time(4))
        #expect(split.repeatValueMean == 20)
        // The day on which the calibration ends is not a new order in the holdout.
        #expect(orders([(4, 10), (4.6, 10), (4.9, 10)], until: 4.5).holdoutCount == 0)
        #expect(orders([(9, 10)], until: 4).orderCount == 0)
    }

    @Test func `ids are remembered eight deep, orders four deep, and a repeat does not refresh its place`() {
        var orders = CustomerOrders()
        var newIDs: [UInt64] = []
        var newOrders: [UInt64] = []
        for id in [1, 2, 3, 4, 5, 6, 7, 8, 1, 9, 1, 3, 2] as [UInt64] where orders.isNew(id: id) {
            newIDs.append(id)
        }
        for order in [1, 2, 3, 4, 5, 2, 1, 4, 2, 3] as [UInt64] where orders.isNew(order: order) {
            newOrders.append(order)
        }
        #expect(newIDs == [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2])
        #expect(newOrders == [1, 2, 3, 4, 5, 1, 2, 3])
    }
}
