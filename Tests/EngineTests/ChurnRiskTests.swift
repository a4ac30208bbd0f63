import Model
import Primitives
import Testing

/// Contract, section 4. Expected times are worked out by hand from the formulas there.
struct ChurnRiskTests {
    private let scenario = Scenario(.churn)
    private let first = #"{"type":"order.placed","ts":@0,"order":"o1","value":10}"# + "\n"

    /// One order more.
    private func order(_ name: String, _ time: String, _ more: String = "") -> String {
        #"{"type":"order.placed","ts":\#(time),"order":"\#(name)","value":20\#(more)}"# + "\n"
    }

    @Test func `a customer who stays away falls from level to level`() {
        let outcome = scenario.run(first, until: "@9000d")
        #expect(
            outcome.fields("at previous level p_alive orders cause") == [
                "@90d22h13m23s264ms none watch 0.5000 1 timer",
                "@630d18h7m28s199ms watch at_risk 0.3000 1 timer",
                "@8774d22h2s156ms at_risk lost 0.1000 1 timer",
            ])
        #expect(outcome.timerCount == 0)
    }

    @Test func `a record has its fields in the order of the contract`() {
        let outcome = scenario.run(
            first + #"{"type":"order.placed","ts":@100d,"order":"o2","value":110.5,"id":"e-2"}"#)
        #expect(
            outcome.records.last?.json.dropFirst(41) ?? ""
                == #""type":"churn_risk","customer":"c","at":"2026-04-11T00:00:00.000Z","level":"none","#
                + #""previous":"watch","p_alive":0.7458,"orders":2,"first_order":"2026-01-01T00:00:00.000Z","#
                + #""last_order":"2026-04-11T00:00:00.000Z","spend":120.5,"currency":"TRY","cause":"e-2"}"#)
    }

    @Test func `an order brings a customer back, and the next levels count from it`() {
        let outcome = scenario.run(first + order("o2", "@7d"), until: "@135d")
        #expect(
            outcome.fields("at level orders") == [
                "@58d13h23m28s466ms watch 2", "@134d5h22m21s345ms at_risk 2",
            ])
    }

    @Test func `an order that comes late may find the customer at a deeper level at once`() {
        let outcome = scenario.run(
            #"{"type":"click.page","ts":@700d,"customer":"z"}"# + "\n" + first)
        #expect(outcome.fields("at previous level p_alive cause") == ["@0 none at_risk 0.2893 null"])
        #expect(outcome.counters.lateCount == 1)
    }

    @Test func `orders of one period count once, in the number but not in the spend`() {
        let merged = scenario.run(
            first + order("o2", "@23h59m59s999ms") + order("o3", "@7d") + order("o4", "@7d1h")
                + order("o5", "@6h"), until: "@59d")
        #expect(merged.fields("orders spend last_order") == ["2 90 @7d1h"])
        let counted = scenario.run(first + order("o2", "@1d"), until: "@90d")
        #expect(counted.fields("orders") == ["2"])
    }

    @Test func `below min_orders there is no level`() {
        let careful = scenario.with { $0.churnRisk.orderCountMin = 2 }
        #expect(careful.run(first, until: "@9000d").records.isEmpty)
        let outcome = careful.run(first + order("o2", "@7d"), until: "@59d")
        #expect(outcome.fields("at level") == ["@58d13h23m28s466ms watch"])
    }

    @Test func `with bg_nbd a single order never falls, two do`() {
        let model = scenario.with {
            $0.churnRisk.model = .bgNBD
            ($0.churnRisk.r, $0.churnRisk.alpha) = (0.243, 4.414)
            ($0.churnRisk.a, $0.churnRisk.b) = (0.793, 2.426)
        }
        #expect(model.run(first, until: "@20000d").records.isEmpty)
        let outcome = model.run(first + order("o2", "@7d"), until: "@515d")
        #expect(
            outcome.fields("at level p_alive") == [
                "@62d6h38m30s484ms watch 0.5000", "@153d7h44m5s266ms at_risk 0.3000",
                "@514d20h22m25s924ms lost 0.1000",
            ])
    }

    @Test func `of several crossings at one instant only the deepest is told`() {
        let hasty = scenario.with {
            $0.churnRisk.timeUnitMilliseconds = 1
            $0.churnRisk.atRiskThreshold = 0.499999
        }
        let outcome = hasty.run(first, until: "@2s")
        #expect(outcome.fields("at previous level") == ["@13ms none at_risk", "@1s254ms at_risk lost"])
    }

    @Test func `crossings after 2100 never fire`() {
        let slow = scenario.with { $0.churnRisk.timeUnitMilliseconds = 36_500 * 86_400_000 }
        let outcome = slow.run(first, until: "@36000d")
        #expect(outcome.records.isEmpty)
        #expect(outcome.timerCount == 0)
    }

    @Test func `spend sums orders in the configured currency only, and stops at its end`() {
        let outcome = scenario.run(
            first + order("o2", "@1h", #","currency":"EUR""#) + order("o3", "@2h", #","currency":"try""#),
            until: "@100d")
        #expect(outcome.fields("spend orders") == ["10 1"])
        let most = #","value":9999999999"#
        let many = (0..<100).map { order("o\($0)", "@\($0)ms", most) }.joined()
        #expect(scenario.run(many, until: "@100d").fields("spend") == ["999999999900"])
    }

    @Test func `a cancelled or refunded order changes nothing`() {
        let outcome = scenario.run(
            first + """
                {"type":"order.cancelled","ts":@1h,"order":"o1"}
                {"type":"order.refunded","ts":@2h,"order":"o1","value":10}
                """, until: "@91d")
        #expect(outcome.fields("level spend") == ["watch 10"])
    }
}
