import Testing

/// Contract, section 5, `customer.erased`.
struct ErasureTests {
    private let erase = #"{"type":"customer.erased","ts":@30m,"id":"e-1"}"# + "\n"

    @Test func `an erasure emits one record and leaves no timer`() {
        let outcome = Scenario(.cart, .churn, .suppression).run(
            """
            {"type":"cart.add","ts":@0,"sku":"A"}
            {"type":"order.placed","ts":@10m,"order":"o","value":1}
            {"type":"cart.add","ts":@20m,"sku":"A"}
            \(erase)
            """, until: "@9000d")
        #expect(
            outcome.fields("at reasons until cause") == [
                "@10m [\"recent_purchase\"] @14d10m null", "@30m [\"erased\"] null e-1",
            ])
        #expect(outcome.timerCount == 0)
        #expect(outcome.customerCount == 0)
    }

    @Test func `an unknown customer is erased as well`() {
        let outcome = Scenario(.suppression).run(erase)
        #expect(outcome.fields("reasons suppressed") == ["[\"erased\"] true"])
        #expect(outcome.customerCount == 0)
    }

    @Test func `with the rule disabled an erasure says nothing and forgets all the same`() {
        let outcome = Scenario(.cart).run(
            #"{"type":"cart.add","ts":@0,"sku":"A"}"# + "\n" + erase, until: "@9d")
        #expect(outcome.records.isEmpty)
        #expect(outcome.customerCount == 0)
    }

    @Test func `later events start afresh, with ids, orders, consent and clears forgotten`() {
        let before = """
            {"type":"cart.clear","ts":@2h,"id":"x"}
            {"type":"order.placed","ts":@10m,"order":"o","value":1}
            {"type":"email.complained","ts":@20m}
            """ + "\n"
        let after = """
            {"type":"cart.add","ts":@40m,"sku":"A","id":"x"}
            {"type":"order.placed","ts":@35m,"order":"o","value":1}
            """
        let outcome = Scenario(.cart).run(before + erase + after, until: "@9d")
        #expect(outcome.counters.duplicateCount == 0)
        #expect(outcome.fields("type channel").first == "abandoned_cart email")
    }

    @Test func `the id of the erasure itself is forgotten`() {
        let outcome = Scenario(.suppression).run(erase + erase)
        #expect(outcome.records.count == 2)
        #expect(outcome.counters.duplicateCount == 0)
    }

    @Test func `an erasure that repeats an id has no effect`() {
        let outcome = Scenario(.cart, .suppression).run(
            #"{"type":"cart.add","ts":@0,"sku":"A","id":"e-1"}"# + "\n" + erase, until: "@1h")
        #expect(outcome.fields("type") == ["abandoned_cart"])
        #expect(outcome.counters.duplicateCount == 1)
    }

    @Test func `other customers keep what they have`() {
        let log = (0..<40).map { #"{"type":"cart.add","ts":@0,"sku":"A","customer":"c\#($0)"}"# }
        let erasures = stride(from: 0, to: 40, by: 2).map {
            #"{"type":"customer.erased","ts":@1m,"customer":"c\#($0)"}"#
        }
        let outcome = Scenario(.cart).run((log + erasures).joined(separator: "\n"), until: "@1h")
        #expect(Set(outcome.fields("customer")) == Set(stride(from: 1, to: 40, by: 2).map { "c\($0)" }))
        #expect(outcome.customerCount == 20)
    }
}
