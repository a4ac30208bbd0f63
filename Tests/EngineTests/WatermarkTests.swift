import Testing

/// Contract, section 2.
struct WatermarkTests {
    private let scenario = Scenario(.cart)
    private let add = #"{"type":"cart.add","ts":@0,"sku":"A"}"# + "\n"

    private func click(_ time: String) -> String {
        #"{"type":"click.page","ts":\#(time),"customer":"z"}"# + "\n"
    }

    @Test func `a timer waits for the allowed lateness`() {
        let patient = scenario.with { $0.allowedLatenessMilliseconds = 10_000 }
        #expect(patient.run(add + click("@1h9s999ms")).records.isEmpty)
        #expect(patient.run(add + click("@1h10s")).fields("at") == ["@1h"])
    }

    @Test func `an event within the lateness is not late, one behind it is, and is applied`() {
        let patient = scenario.with { $0.allowedLatenessMilliseconds = 10_000 }
        let inTime = patient.run(click("@1m") + #"{"type":"cart.add","ts":@50s,"sku":"A"}"#, until: "@2h")
        #expect(inTime.counters.lateCount == 0)
        let late = patient.run(click("@1m") + #"{"type":"cart.add","ts":@49s999ms,"sku":"A"}"#, until: "@2h")
        #expect(late.counters.lateCount == 1)
        #expect(late.counters.appliedCount == 2)
        #expect(late.fields("at") == ["@1h49s999ms"])
    }

    @Test func `the watermark never falls`() {
        #expect(scenario.run(add + click("@59m") + click("@1m") + click("@59m59s999ms")).records.isEmpty)
        let outcome = scenario.run(add + click("@1h") + click("@1m") + click("@1h"))
        #expect(outcome.fields("at") == ["@1h"])
        #expect(outcome.counters.lateCount == 1)
    }

    @Test func `an event's own time fires the timers before it is applied`() {
        let outcome = scenario.run(add + #"{"type":"cart.clear","ts":@1h}"#)
        #expect(outcome.fields("at step") == ["@1h 1"])
    }

    @Test func `a tick fires what is due and is no event`() {
        let outcome = scenario.run(add + #"{"tick":@1h}"#)
        #expect(outcome.fields("at") == ["@1h"])
        #expect(outcome.counters.appliedCount == 1)
        #expect(outcome.customerCount == 1)
        #expect(scenario.run(add + #"{"tick":@59m59s999ms}"#).records.isEmpty)
    }

    @Test func `timers fire by due time, whatever the order of their events`() {
        let log = """
            {"type":"cart.add","ts":@3m,"sku":"A","customer":"a"}
            {"type":"cart.add","ts":@1m,"sku":"A","customer":"b"}
            {"type":"cart.add","ts":@2m,"sku":"A","customer":"d"}
            """
        #expect(
            scenario.run(log, until: "@1h2m").fields("customer at") == ["b @1h1m", "d @1h2m"])
    }
}
