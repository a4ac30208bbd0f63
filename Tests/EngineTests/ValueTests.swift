@testable import Engine
import Model
import Primitives
import Testing

/// README, "Customer value": what records say of a customer's value.
struct ValueTests {
    private let off = Scenario(.cart, .churn, .suppression)
    private var on: Scenario { off.with { $0.value.isEnabled = true } }

    private let log = """
        {"type":"cart.add","ts":@0,"id":"e1","sku":"A","price":40}
        {"type":"order.placed","ts":@2h,"id":"e2","order":"o1","value":40}
        {"type":"cart.add","ts":@30d,"id":"e3","sku":"B","price":10}
        {"type":"order.placed","ts":@40d,"order":"o2","value":60}
        {"type":"consent.withdrawn","ts":@41d,"purpose":"ads"}
        {"type":"cart.add","ts":@42d,"sku":"C"}
        {"type":"customer.erased","ts":@400d}
        """

    @Test func `every record has clv and tier before cause, and is else the same`() {
        let plain = off.run(log, until: "@900d").records.map(\.json)
        let valued = on.run(log, until: "@900d").records.map(\.json)
        #expect(plain.count > 10)
        #expect(plain.allSatisfy { !$0.contains("clv") && !$0.contains("tier") })
        let pattern =
            /,"clv":(?:null,"tier":null|[0-9]+(?:\.[0-9]{1,2})?,"tier":"(?:bronze|silver|gold)")(?=,"cause":)/
        #expect(valued.allSatisfy { $0.matches(of: pattern).count == 1 })
        #expect(valued.map { $0.replacing(pattern, with: "") } == plain)
    }

    @Test func `before the first order nothing is known, and after an erasure nothing is said`() {
        let records = on.run(log, until: "@900d").records
        #expect(records.first?["type"] == "abandoned_cart")
        #expect(records.first.map { "\($0["clv"]) \($0["tier"])" } == "null null")
        let erased = records.filter { $0.json.contains("erased") }
        #expect(erased.map { "\($0["clv"]) \($0["tier"])" } == ["null null"])
        #expect(records.count { $0["clv"] == "null" } == 2)
    }

    @Test func `all records of one instant tell the same value, the order that caused them counted`() {
        let outcome = on.run(
            """
            {"type":"cart.add","ts":@0,"sku":"A","price":40}
            {"type":"order.placed","ts":@2h,"order":"o1","value":40}
            """)
        #expect(
            outcome.fields("type clv tier") == [
                "abandoned_cart null null", "cart_recovered 52.75 bronze", "ad_suppression 52.75 bronze",
            ])
    }

    @Test func `the value is that of the instant of the record`() {
        let outcome = Scenario(.cart).with { $0.value.isEnabled = true }.run(
            """
            {"type":"order.placed","ts":@0,"order":"o1","value":40}
            {"type":"cart.add","ts":@99d23h,"sku":"A","price":40}
            """, until: "@101d")
        #expect(outcome.fields("at clv") == ["@100d 17.51", "@100d23h 17.39"])
    }

    @Test func `a record of an instant before the last order counts from that order`() {
        let patient = Scenario(.suppression).with {
            $0.value.isEnabled = true
            $0.allowedLatenessMilliseconds = 86_400_000
        }
        let outcome = patient.run(
            """
            {"type":"order.placed","ts":@20h,"order":"o1","value":40}
            {"type":"consent.withdrawn","ts":@10h,"purpose":"ads"}
            """)
        #expect(outcome.fields("at clv") == ["@20h 52.75", "@10h 52.75"])
    }

    @Test func `tiers begin at their bounds`() {
        let bounds = [("52.76", "52.75"), ("52.75", "0"), ("100", "52.76")]
        let tiers = bounds.map { gold, silver in
            on.with {
                $0.value.goldBound = Money(tenThousandths: Int64((Double(gold) ?? 0) * 10_000))
                $0.value.silverBound = Money(tenThousandths: Int64((Double(silver) ?? 0) * 10_000))
            }.run(#"{"type":"order.placed","ts":@0,"order":"o1","value":40}"#).fields("tier")
        }
        #expect(tiers == [["silver"], ["gold"], ["bronze"]])
    }

    @Test func `with an order in another currency the value is not known, and stays so when stored`() {
        let outcome = on.run(
            """
            {"type":"order.placed","ts":@0,"order":"o1","value":40}
            {"type":"order.placed","ts":@30d,"order":"o2","value":40,"currency":"EUR"}
            {"type":"order.placed","ts":@60d,"order":"o3","value":40}
            """)
        #expect(
            outcome.fields("at type clv tier") == [
                "@0 ad_suppression 52.75 bronze", "@14d ad_suppression 41.76 bronze",
                "@30d ad_suppression null null", "@44d ad_suppression null null",
                "@60d ad_suppression null null",
            ])
    }

    @Test func `orders of one period are one order of their whole value`() {
        let parts = on.run(
            """
            {"type":"order.placed","ts":@0,"order":"o1","value":15}
            {"type":"order.placed","ts":@1h,"order":"o2","value":25}
            {"type":"click.ad","ts":@1h,"channel":"x"}
            """)
        // The second record's instant is an hour after the first order.
        #expect(parts.fields("clv").last == "52.72")
    }

    @Test func `churn alerts may be off`() {
        let outcome = Scenario(.suppression).with { $0.value.isEnabled = true }
            .run(#"{"type":"order.placed","ts":@0,"order":"o1","value":40}"#, until: "@20d")
        #expect(outcome.fields("suppressed clv") == ["true 52.75", "false 41.76"])
    }
}
