@testable import Engine
import Model
import Primitives
import Testing

struct CustomerViewTests {
    @Test func `of a customer nobody has heard of nothing is known`() {
        #expect(Scenario(.cart).view(of: "other", after: #"{"type":"click.page","ts":@1d}"#) == nil)
    }

    @Test func `a cart is shown with its value, its next step and when that is due`() throws {
        let view = try #require(
            Scenario(.cart).view(
                after: """
                    {"type":"cart.add","ts":@1d,"sku":"A","qty":2,"price":1.5}
                    {"type":"cart.add","ts":@1d1m,"sku":"B"}
                    """))
        let cart = try #require(view.cart)
        #expect(cart.items.map(\.sku) == ["A", "B"])
        #expect(cart.valueTenThousandths == 30_000)
        #expect(cart.nextStep == 1)
        #expect(cart.nextStepDue == EventTime(milliseconds: Scenario.start + 86_400_000 + 61 * 60_000))
        #expect(view.timers.map(\.timer) == [.cartStep])
        #expect(view.timers.map(\.due) == [cart.nextStepDue])
    }

    @Test func `orders come with the curve, its crossings, and the reasons for no ads`() throws {
        let view = try #require(
            Scenario(.churn, .suppression).view(
                after: """
                    {"type":"order.placed","ts":@1d,"order":"1","value":5}
                    {"type":"order.placed","ts":@9d,"order":"2","value":7}
                    """))
        let orders = try #require(view.orders)
        #expect(orders.count == 2 && orders.spend.tenThousandths == 120_000)
        #expect(orders.crossings.map(\.level) == [.watch, .atRisk, .lost])
        let times = orders.crossings.compactMap(\.at)
        #expect(times.count == 3 && times == times.sorted())
        #expect(orders.curve.count <= CustomerView.curvePointCount)
        #expect(orders.curve.map(\.at) == orders.curve.map(\.at).sorted())
        // 1 up to the newest order, then falling past the last threshold.
        #expect(orders.curve.first?.probability == 1)
        let after = orders.curve.filter { $0.at >= orders.last }.map(\.probability)
        #expect(after == after.sorted(by: >))
        #expect(try #require(after.last) < 0.1)
        #expect(view.reasons.map(\.name) == ["recent_purchase"])
        #expect(view.timers.contains { $0.timer == .churnLevel && $0.due == times[0] })
    }

    @Test func `looking changes nothing`() {
        let log = """
            {"type":"cart.add","ts":@1d,"sku":"A","price":1}
            {"type":"order.placed","ts":@1d1h,"order":"1","value":5}
            {"type":"cart.add","ts":@2d,"sku":"A","price":1}
            """
        let scenario = Scenario(.cart, .churn, .suppression)
        let first = scenario.view(after: log, until: "4d")
        #expect(first == scenario.view(after: log, until: "4d"))
        #expect(scenario.view(of: "d", after: log) == nil)
    }
}
