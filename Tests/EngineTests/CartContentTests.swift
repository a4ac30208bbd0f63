import Primitives
import Testing

/// Contract, section 3: `cart.set`, full carts, value and currency.
struct CartContentTests {
    private let scenario = Scenario(.cart)

    @Test func `a set replaces the list and makes older events count no more`() {
        let outcome = scenario.run(
            """
            {"type":"cart.add","ts":@0,"sku":"A"}
            {"type":"cart.set","ts":@10m,"items":[{"sku":"B","qty":2,"price":3},{"sku":"C"}]}
            {"type":"cart.add","ts":@9m59s999ms,"sku":"D"}
            {"type":"cart.add","ts":@10m,"sku":"E"}
            """, until: "@2h")
        #expect(
            outcome.fields("items") == [
                #"[{"sku":"B","qty":2,"price":3},{"sku":"C","qty":1},{"sku":"E","qty":1}]"#
            ])
    }

    @Test func `a set older than the last activity has no effect at all`() {
        let outcome = scenario.run(
            """
            {"type":"cart.add","ts":@10m,"sku":"A"}
            {"type":"cart.set","ts":@9m,"items":[{"sku":"B"}]}
            {"type":"cart.add","ts":@8m30s,"sku":"C"}
            """, until: "@2h")
        #expect(outcome.fields("items") == [#"[{"sku":"A","qty":1},{"sku":"C","qty":1}]"#])
    }

    @Test func `a sku named twice in a set adds up and keeps the last price given`() {
        let outcome = scenario.run(
            """
            {"type":"cart.set","ts":@0,"items":[{"sku":"A","price":5},{"sku":"A","qty":2,"price":7},{"sku":"A"}]}
            """, until: "@2h")
        #expect(outcome.fields("items value") == [#"[{"sku":"A","qty":4,"price":7}] 28"#])
    }

    private func set(_ count: Int, at time: String) -> String {
        let items = (0..<count).map { #"{"sku":"S\#($0)"}"# }.joined(separator: ",")
        return #"{"type":"cart.set","ts":\#(time),"items":[\#(items)]}"#
    }

    @Test func `over 200 skus the cart is truncated until it is next empty`() {
        let full = scenario.run(set(200, at: "@0"), until: "@1h")
        #expect(full.fields("truncated") == ["-"])
        let log = set(200, at: "@0") + "\n" + #"{"type":"cart.add","ts":@1m,"sku":"one more"}"# + "\n"
        let truncated = scenario.run(log, until: "@1h1m")
        #expect(truncated.fields("at truncated") == ["@1h1m true"])
        #expect(truncated.counters.droppedItemCount == 1)
        #expect(truncated.records[0].json.hasSuffix(#","cause":"timer","truncated":true}"#))
        let emptied = scenario.run(
            log + #"{"type":"cart.clear","ts":@2m}"# + "\n" + #"{"type":"cart.add","ts":@3m,"sku":"A"}"#,
            until: "@1h3m")
        #expect(emptied.fields("truncated") == ["-"])
    }

    @Test func `a present sku still counts in a full cart, and a set takes the truncation back`() {
        let log = set(201, at: "@0") + "\n" + #"{"type":"cart.add","ts":@1m,"sku":"S7","qty":5}"# + "\n"
        let outcome = scenario.run(log, until: "@1h1m")
        #expect(outcome.fields("truncated") == ["true"])
        #expect(outcome.records[0]["items"].contains(#"{"sku":"S7","qty":6}"#))
        #expect(scenario.run(log + set(3, at: "@2m"), until: "@1h2m").fields("truncated") == ["-"])
    }

    @Test func `the currency is that of the item touched last, and only its items are summed`() {
        let outcome = scenario.run(
            """
            {"type":"cart.add","ts":@1m,"sku":"A","price":10,"currency":"EUR"}
            {"type":"cart.add","ts":@2m,"sku":"B","price":0.0001,"qty":3}
            {"type":"cart.add","ts":@2m,"sku":"C"}
            """, until: "@2h")
        #expect(
            outcome.fields("items value currency") == [
                #"[{"sku":"A","qty":1,"price":10,"currency":"EUR"},{"sku":"B","qty":3,"price":0.0001},"#
                    + #"{"sku":"C","qty":1}] 0.0003 TRY"#
            ])
    }

    @Test func `a cart without prices has no value`() {
        let outcome = scenario.run(#"{"type":"cart.add","ts":@0,"sku":"A"}"#, until: "@1h")
        #expect(outcome.fields("value") == ["null"])
    }

    @Test func `the largest cart has an exact value`() {
        let items = (0..<200).map { #"{"sku":"S\#($0)","qty":1000000,"price":9999999999}"# }
        let set = #"{"type":"cart.set","ts":@0,"items":[\#(items.joined(separator: ","))]}"#
        #expect(scenario.run(set, until: "@1h").fields("value") == ["1999999999800000000"])
    }

    @Test func `a cart below min_value emits nothing and its steps go on`() {
        let careful = scenario.with { $0.abandonedCart.minValue = Money(tenThousandths: 100_000) }
        let outcome = careful.run(
            """
            {"type":"cart.add","ts":@0,"sku":"A","price":9.9999}
            {"type":"cart.add","ts":@-1m,"sku":"B","price":0.0001}
            """, until: "@9d")
        #expect(outcome.fields("step") == ["1", "2", "3"])
        let less = careful.run(#"{"type":"cart.add","ts":@0,"sku":"A","price":9.9999}"#, until: "@9d")
        #expect(less.records.isEmpty)
        #expect(careful.run(#"{"type":"cart.add","ts":@0,"sku":"A"}"#, until: "@9d").records.isEmpty)
        let later = careful.run(
            """
            {"type":"cart.add","ts":@0,"sku":"A","price":9}
            {"type":"click.page","ts":@2h,"customer":"z"}
            {"type":"cart.add","ts":@0,"sku":"A","price":9}
            """, until: "@9d")
        #expect(later.fields("step at") == ["2 @1d", "3 @3d"])
    }
}
