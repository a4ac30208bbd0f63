import Primitives
import Testing

/// Contract, section 3: the cart and its steps.
struct AbandonedCartTests {
    private let scenario = Scenario(.cart)

    /// The items of the record of step 1, an hour after the last activity.
    private func items(_ log: String, until: String = "@1d") -> [String] {
        scenario.run(log, until: until).fields("step items").filter { $0.hasPrefix("1 ") }
            .map { String($0.dropFirst(2)) }
    }

    @Test func `a cart that is left alone fires its steps`() {
        let outcome = scenario.run(#"{"type":"cart.add","ts":@0,"sku":"A","price":10}"#, until: "@9d")
        #expect(
            outcome.fields("type at step steps since cause") == [
                "abandoned_cart @1h 1 3 @0 timer", "abandoned_cart @1d 2 3 @0 timer",
                "abandoned_cart @3d 3 3 @0 timer",
            ])
        #expect(outcome.timerCount == 0)
    }

    @Test func `a record has its fields in the order of the contract`() {
        let outcome = scenario.run(
            """
            {"type":"cart.add","ts":1767261600000,"customer":"c-1","sku":"A","qty":2,"price":19.99,"id":"e-7"}
            {"type":"click.page","ts":1767265200000,"customer":"z"}
            """)
        #expect(
            outcome.records.map(\.json) == [
                #"{"id":"ae8a83b7d16905b2a972d7983c858748","type":"abandoned_cart","customer":"c-1","#
                    + #""at":"2026-01-01T11:00:00.000Z","step":1,"steps":3,"since":"2026-01-01T10:00:00.000Z","#
                    + #""items":[{"sku":"A","qty":2,"price":19.99}],"value":39.98,"currency":"TRY","#
                    + #""channel":"email","last_event":"e-7","cause":"timer"}"#
            ])
    }

    @Test func `an order before the timer cancels it`() {
        let outcome = scenario.run(
            """
            {"type":"cart.add","ts":@0,"sku":"A","price":10}
            {"type":"order.placed","ts":@59m,"order":"o1","value":10}
            """, until: "@9d")
        #expect(outcome.records.isEmpty)
        #expect(outcome.timerCount == 0)
    }

    @Test func `a timer that is due at the order's time fires before it`() {
        let outcome = scenario.run(
            """
            {"type":"cart.add","ts":@0,"sku":"A","price":10}
            {"type":"order.placed","ts":@1h,"order":"o1","value":10}
            """, until: "@9d")
        #expect(
            outcome.fields("type at cause") == ["abandoned_cart @1h timer", "cart_recovered @1h null"])
    }

    @Test func `an order settles only what was touched up to its time`() {
        let log = """
            {"type":"cart.add","ts":@0,"sku":"A"}
            {"type":"cart.add","ts":@20m,"sku":"B"}
            {"type":"order.placed","ts":@10m,"order":"o1","value":10}
            """
        #expect(items(log) == [#"[{"sku":"B","qty":1}]"#])
    }

    @Test(arguments: ["cart.add", "cart.remove", "cart.checkout", "cart.set"])
    func `activity starts the steps over`(type: String) {
        let more = type == "cart.set" ? #","items":[{"sku":"A"}]"# : #","sku":"B","qty":1"#
        let outcome = scenario.run(
            """
            {"type":"cart.add","ts":@0,"sku":"A"}
            {"type":"\(type)","ts":@30m\(more)}
            """, until: "@2h")
        #expect(outcome.fields("at since step") == ["@1h30m @30m 1"])
    }

    @Test func `an event that is not newer than the last activity changes the cart but not its steps`() {
        let outcome = scenario.run(
            """
            {"type":"cart.add","ts":@30m,"sku":"A","id":"first"}
            {"type":"cart.add","ts":@30m,"sku":"A","id":"second"}
            {"type":"cart.add","ts":@20m,"sku":"B","id":"third"}
            """, until: "@2h")
        #expect(outcome.fields("at since last_event") == ["@1h30m @30m first"])
        #expect(outcome.fields("items") == [#"[{"sku":"A","qty":2},{"sku":"B","qty":1}]"#])
    }

    @Test func `first steps keep the cooldown between them`() {
        let outcome = scenario.run(
            """
            {"type":"cart.add","ts":@0,"sku":"A"}
            {"type":"cart.add","ts":@2h,"sku":"B"}
            """, until: "@30h")
        #expect(outcome.fields("at step since") == ["@1h 1 @0", "@1d1h 1 @2h"])
    }

    @Test func `a step that is due already when it is set fires with its event, in order`() {
        let outcome = scenario.run(
            """
            {"type":"click.page","ts":@2d,"customer":"z"}
            {"type":"cart.add","ts":@0,"sku":"A"}
            """)
        #expect(outcome.fields("at step") == ["@1h 1", "@1d 2"])
        #expect(outcome.counters.lateCount == 1)
    }

    @Test func `timers of one instant fire in the order of the customers' bytes`() {
        let names = ["b", "a", "～", "😀", "ab", "é", "e\u{301}", "B"]
        let log = names.map { #"{"type":"cart.add","ts":@0,"sku":"A","customer":"\#($0)"}"# }
        let outcome = scenario.run(log.joined(separator: "\n"), until: "@1h")
        #expect(outcome.fields("customer") == ["B", "a", "ab", "b", "e\u{301}", "é", "～", "😀"])
    }

    @Test func `quantities add up and the newest price counts`() {
        let log = """
            {"type":"cart.add","ts":@10m,"sku":"A","price":10,"qty":2}
            {"type":"cart.add","ts":@20m,"sku":"A","price":12,"currency":"EUR"}
            {"type":"cart.add","ts":@15m,"sku":"A","price":99}
            {"type":"cart.add","ts":@25m,"sku":"A"}
            """
        let outcome = scenario.run(log, until: "@2h")
        #expect(outcome.fields("items") == [#"[{"sku":"A","qty":5,"price":12}]"#])
        #expect(outcome.fields("value currency") == ["60 EUR"])
    }

    @Test func `removing takes off the quantity, and at nothing the item goes`() {
        let add =
            #"{"type":"cart.add","ts":@0,"sku":"A","qty":3}"# + "\n"
            + #"{"type":"cart.add","ts":@0,"sku":"B"}"# + "\n"
        #expect(
            items(add + #"{"type":"cart.remove","ts":@1m,"sku":"A","qty":2}"#)
                == [#"[{"sku":"A","qty":1},{"sku":"B","qty":1}]"#])
        for quantity in [",\"qty\":3", ",\"qty\":4", ""] {
            let remove = #"{"type":"cart.remove","ts":@1m,"sku":"A"\#(quantity)}"#
            #expect(items(add + remove) == [#"[{"sku":"B","qty":1}]"#])
        }
    }

    @Test func `removing a sku that is not there is activity all the same`() {
        let outcome = scenario.run(
            """
            {"type":"cart.add","ts":@0,"sku":"A"}
            {"type":"cart.remove","ts":@5m,"sku":"X"}
            """, until: "@2h")
        #expect(outcome.fields("at since") == ["@1h5m @5m"])
    }

    @Test func `a cart that becomes empty forgets its steps`() {
        let outcome = scenario.run(
            """
            {"type":"cart.add","ts":@0,"sku":"A"}
            {"type":"cart.remove","ts":@1m,"sku":"A"}
            {"type":"cart.checkout","ts":@2m}
            """, until: "@9d")
        #expect(outcome.records.isEmpty)
    }

    @Test(arguments: [#""type":"cart.clear""#, #""type":"cart.set","items":[]"#])
    func `what is not newer than a clear has no effect`(clear: String) {
        let log = """
            {\(clear),"ts":@10m}
            {"type":"cart.add","ts":@10m,"sku":"A"}
            {"type":"cart.add","ts":@5m,"sku":"B"}
            {"type":"cart.add","ts":@10m1ms,"sku":"C"}
            """
        #expect(items(log) == [#"[{"sku":"C","qty":1}]"#])
    }

    @Test func `a late clear takes what was touched up to it`() {
        let log = """
            {"type":"cart.add","ts":@5m,"sku":"A"}
            {"type":"cart.add","ts":@6m,"sku":"B"}
            {"type":"cart.set","ts":@5m,"items":[]}
            """
        #expect(items(log) == [#"[{"sku":"B","qty":1}]"#])
    }
}
