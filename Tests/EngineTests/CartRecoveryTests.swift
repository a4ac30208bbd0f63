import Testing

/// Contract, section 3, Recovery.
struct CartRecoveryTests {
    private let scenario = Scenario(.cart)
    private let add = #"{"type":"cart.add","ts":@0,"sku":"A","price":10}"# + "\n"

    private func recoveries(_ log: String) -> [String] {
        scenario.run(log).fields("type at step after_ms").filter { $0.hasPrefix("cart_recovered") }
            .map { String($0.dropFirst("cart_recovered ".count)) }
    }

    @Test func `an order within the window recovers the cart`() {
        let outcome = scenario.run(
            add + #"{"type":"order.placed","ts":@1h30m,"order":"o-1","value":39.98,"id":"e-9"}"#)
        #expect(outcome.fields("type") == ["abandoned_cart", "cart_recovered"])
        #expect(outcome.records[1]["trigger"] == outcome.records[0]["id"])
        #expect(
            outcome.records[1].json.contains(
                #""at":"2026-01-01T01:30:00.000Z","order":"o-1","value":39.98,"currency":"TRY","step":1,"trigger":""#
            ))
        #expect(outcome.records[1].json.hasSuffix(#"","after_ms":1800000,"cause":"e-9"}"#))
    }

    @Test func `the edges of the window belong to it`() {
        let fast = add + #"{"type":"order.placed","ts":@1h,"order":"o","value":1}"#
        #expect(recoveries(fast) == ["@1h 1 0"])
        // The latest record is that of step 3, on the third day.
        let last = add + #"{"type":"order.placed","ts":@8d,"order":"o","value":1}"#
        #expect(recoveries(last) == ["@8d 3 432000000"])
    }

    @Test func `an order after the window is none, and settles the record`() {
        let tooLate = add + #"{"type":"order.placed","ts":@8d1ms,"order":"o","value":1}"#
        #expect(recoveries(tooLate) == [])
        #expect(recoveries(tooLate + "\n" + #"{"type":"order.placed","ts":@7d,"order":"p","value":1}"#) == [])
    }

    @Test func `an order older than the record is none, and settles it`() {
        let older =
            add + """
                {"type":"click.page","ts":@1h,"customer":"z"}
                {"type":"order.placed","ts":@59m59s999ms,"order":"o","value":1}

                """
        #expect(recoveries(older) == [])
        #expect(recoveries(older + #"{"type":"order.placed","ts":@2h,"order":"p","value":1}"#) == [])
    }

    @Test func `only the first order recovers`() {
        let log =
            add + """
                {"type":"order.placed","ts":@2h,"order":"o","value":1}
                {"type":"order.placed","ts":@3h,"order":"p","value":1}
                """
        #expect(recoveries(log) == ["@2h 1 3600000"])
    }

    @Test func `a repeated order recovers nothing`() {
        let log = """
            {"type":"order.placed","ts":@-1h,"order":"o","value":1}
            """ + "\n" + add + #"{"type":"order.placed","ts":@2h,"order":"o","value":1}"#
        #expect(recoveries(log) == [])
    }

    @Test func `a cart that was emptied after its record can still be recovered`() {
        let log =
            add + """
                {"type":"cart.clear","ts":@2h}
                {"type":"order.placed","ts":@3h,"order":"o","value":1}
                """
        #expect(recoveries(log) == ["@3h 1 7200000"])
    }
}
