import Testing

/// Contract, section 1, Duplicates.
struct DuplicatesTests {
    private let scenario = Scenario(.cart, .churn)

    private func add(_ id: String, _ time: String = "@0") -> String {
        #"{"type":"cart.add","ts":\#(time),"sku":"A","id":"\#(id)"}"# + "\n"
    }

    private func quantity(_ log: String) -> String {
        scenario.run(log, until: "@2h").records.first?["items"] ?? "none"
    }

    @Test func `an id of the last eight counts once`() {
        let outcome = scenario.run(add("e") + add("e"), until: "@1h")
        #expect(outcome.fields("items") == [#"[{"sku":"A","qty":1}]"#])
        #expect(outcome.counters.duplicateCount == 1)
        #expect(outcome.counters.appliedCount == 1)
    }

    @Test func `the ninth id back is forgotten, and a repeat does not refresh its place`() {
        let seven = (1...7).map { add("x\($0)") }.joined()
        #expect(quantity(add("e") + seven + add("e")) == #"[{"sku":"A","qty":8}]"#)
        #expect(quantity(add("e") + seven + add("x8") + add("e")) == #"[{"sku":"A","qty":10}]"#)
        #expect(quantity(add("e") + seven + add("e") + add("x8") + add("e")) == #"[{"sku":"A","qty":10}]"#)
    }

    @Test(arguments: ["click.page", "click.product", "click.search"])
    func `clicks other than on ads neither repeat nor are remembered`(type: String) {
        let click = #"{"type":"\#(type)","ts":@0,"id":"e","sku":"A"}"# + "\n"
        let outcome = scenario.run(click + click + add("e") + add("e"))
        #expect(outcome.counters.duplicateCount == 1)
        #expect(outcome.counters.appliedCount == 3)
    }

    @Test func `ids are those of one customer`() {
        let outcome = scenario.run(
            add("e") + #"{"type":"cart.add","ts":@0,"sku":"A","id":"e","customer":"d"}"#)
        #expect(outcome.counters.duplicateCount == 0)
    }

    private func order(_ name: String, _ id: String? = nil) -> String {
        let id = id.map { #","id":"\#($0)""# } ?? ""
        return #"{"type":"order.placed","ts":@0,"order":"\#(name)","value":1\#(id)}"# + "\n"
    }

    @Test func `an order of the last four counts once, with whatever id`() {
        let log = order("o", "e1") + order("o", "e2") + order("o")
        #expect(scenario.run(log).counters.duplicateCount == 2)
        let others = order("p") + order("q") + order("r")
        #expect(scenario.run(order("o") + others + order("o")).counters.duplicateCount == 1)
        #expect(scenario.run(order("o") + others + order("s") + order("o")).counters.duplicateCount == 0)
    }

    @Test func `the id of a repeated order is remembered`() {
        let log = order("o", "e1") + order("o", "e2") + order("p", "e2")
        #expect(scenario.run(log).counters.duplicateCount == 2)
    }

    @Test func `a duplicate still moves the watermark`() {
        let outcome = scenario.run(add("e") + add("e", "@1h"))
        #expect(outcome.fields("at") == ["@1h"])
    }
}
