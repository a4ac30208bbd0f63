import Model
import Primitives
import Testing

/// Contract, section 5. Five clicks within 7 days tire for 7 days; an order spares ads for 14 days.
struct AdSuppressionTests {
    private let scenario = Scenario(.suppression)

    private func order(_ name: String, _ time: String) -> String {
        #"{"type":"order.placed","ts":\#(time),"order":"\#(name)","value":1}"# + "\n"
    }

    private func clicks(_ times: String...) -> String {
        times.map { #"{"type":"click.ad","ts":\#($0),"channel":"x"}"# + "\n" }.joined()
    }

    private func run(_ log: String, until: String? = nil) -> [String] {
        scenario.run(log, until: until).fields("at suppressed reasons until")
    }

    @Test func `an order suppresses for a while and its own timer ends it`() {
        #expect(
            run(order("o", "@0"), until: "@15d") == [
                "@0 true [\"recent_purchase\"] @14d", "@14d false [] null",
            ])
    }

    @Test func `a record has its fields in the order of the contract`() {
        let outcome = scenario.run(#"{"type":"order.placed","ts":@0,"order":"o","value":1,"id":"e-9"}"#)
        #expect(
            outcome.records[0].json.dropFirst(41)
                == #""type":"ad_suppression","customer":"c","at":"2026-01-01T00:00:00.000Z","suppressed":true,"#
                + #""reasons":["recent_purchase"],"until":"2026-01-15T00:00:00.000Z","cause":"e-9"}"#)
    }

    @Test func `a newer order prolongs, an older one changes nothing`() {
        #expect(
            run(order("o1", "@1d") + order("o2", "@2d") + order("o3", "@1d12h"), until: "@15d23h") == [
                "@1d true [\"recent_purchase\"] @15d", "@2d true [\"recent_purchase\"] @16d",
            ])
    }

    @Test func `a reason that is over already never begins`() {
        let late = #"{"type":"click.page","ts":@14d,"customer":"z"}"# + "\n" + order("o", "@0")
        #expect(run(late) == [])
        let justInTime = #"{"type":"click.page","ts":@13d,"customer":"z"}"# + "\n" + order("o", "@0")
        #expect(run(justInTime) == ["@0 true [\"recent_purchase\"] @14d"])
    }

    @Test func `a reason that has ended stays over when a late cart's step is due before its end`() {
        let outcome = Scenario(.cart, .suppression).run(
            order("o", "@0") + """
                {"type":"click.page","ts":@15d,"customer":"z"}
                {"type":"cart.add","ts":@13d,"sku":"A"}
                """)
        #expect(
            outcome.fields("type at suppressed") == [
                "ad_suppression @0 true", "ad_suppression @14d false", "abandoned_cart @13d1h -",
                "abandoned_cart @14d -",
            ])
    }

    @Test func `the fifth click within the window tires, its edge included`() {
        #expect(run(clicks("@0", "@1d", "@2d", "@3d"), until: "@30d") == [])
        #expect(
            run(clicks("@0", "@1d", "@2d", "@3d", "@7d"), until: "@30d") == [
                "@7d true [\"ad_fatigue\"] @14d", "@14d false [] null",
            ])
        #expect(run(clicks("@0", "@1d", "@2d", "@3d", "@7d1ms"), until: "@30d") == [])
    }

    @Test func `a further click prolongs while it holds, even beyond the window`() {
        #expect(
            run(clicks("@0", "@0", "@0", "@0", "@0", "@6d", "@12d"), until: "@30d") == [
                "@0 true [\"ad_fatigue\"] @7d", "@6d true [\"ad_fatigue\"] @13d",
                "@12d true [\"ad_fatigue\"] @19d", "@19d false [] null",
            ])
    }

    @Test func `clicks count in the order of their times, not of their arrival`() {
        #expect(
            run(clicks("@7d", "@3d", "@1d", "@2d", "@0"), until: "@7d") == ["@0 true [\"ad_fatigue\"] @14d"])
    }

    @Test func `an order ends the fatigue and drops the clicks up to it`() {
        let log =
            clicks("@0", "@0", "@0", "@0", "@0") + order("o", "@1d") + clicks("@1d", "@2d", "@2d", "@2d")
        #expect(
            run(log, until: "@16d") == [
                "@0 true [\"ad_fatigue\"] @7d", "@1d true [\"recent_purchase\"] @15d", "@15d false [] null",
            ])
        #expect(
            run(log + clicks("@2d", "@2d"), until: "@3d").last
                == "@2d true [\"ad_fatigue\",\"recent_purchase\"] @15d")
    }

    @Test func `an older order drops no clicks`() {
        let log =
            order("o1", "@1d") + clicks("@2d", "@2d", "@2d", "@2d") + order("o2", "@12h") + clicks("@2d")
        #expect(run(log).last == "@2d true [\"ad_fatigue\",\"recent_purchase\"] @15d")
    }

    @Test func `until is the latest end, and each reason ends by its own timer`() {
        let log = clicks("@12d", "@12d", "@12d", "@12d", "@12d") + order("o", "@2d")
        #expect(
            run(log, until: "@20d") == [
                "@12d true [\"ad_fatigue\"] @19d", "@2d true [\"ad_fatigue\",\"recent_purchase\"] @19d",
                "@16d true [\"ad_fatigue\"] @19d", "@19d false [] null",
            ])
    }

    @Test func `opting out has no known end and hides those of other reasons`() {
        let log =
            #"{"type":"email.complained","ts":@0}"# + "\n" + order("o", "@1d")
            + #"{"type":"consent.granted","purpose":"ads","ts":@2d}"#
        #expect(
            run(log, until: "@16d") == [
                "@0 true [\"opted_out\"] null", "@1d true [\"opted_out\",\"recent_purchase\"] null",
                "@2d true [\"recent_purchase\"] @15d", "@15d false [] null",
            ])
    }

    @Test(arguments: [
        ("email.subscribed", "@1h", true), ("consent.granted", "@1h", true), ("consent.granted", "@0", false),
        ("consent.granted", "@-1h", false), ("email.delivered", "@1h", false),
    ])
    func `only a newer grant takes an opt-out back`(type: String, time: String, isTaken: Bool) {
        let log = """
            {"type":"consent.withdrawn","purpose":"ads","ts":@0}
            {"type":"\(type)","purpose":"ads","ts":\(time)}
            """
        #expect(run(log) == ["@0 true [\"opted_out\"] null"] + (isTaken ? ["\(time) false [] null"] : []))
    }

    @Test func `consent about mail is none about ads`() {
        #expect(run(#"{"type":"consent.withdrawn","purpose":"email","ts":@0}"#) == [])
        #expect(run(#"{"type":"email.unsubscribed","ts":@0}"#) == [])
    }

    @Test func `a churn level from at_risk on suppresses, in the same instant as its record`() {
        let both = Scenario(.churn, .suppression)
        let outcome = both.run(order("o", "@0") + order("p", "@7d"), until: "@135d")
        #expect(
            outcome.fields("type at level reasons until") == [
                "ad_suppression @0 - [\"recent_purchase\"] @14d",
                "ad_suppression @7d - [\"recent_purchase\"] @21d", "ad_suppression @21d - [] null",
                "churn_risk @58d13h23m28s466ms watch - -", "churn_risk @134d5h22m21s345ms at_risk - -",
                "ad_suppression @134d5h22m21s345ms - [\"churn_risk\"] null",
            ])
    }

    @Test func `nothing is said where nothing has changed`() {
        #expect(run(#"{"type":"email.delivered","ts":@0}"# + "\n" + clicks("@0", "@1d")) == [])
        let twice = #"{"type":"email.complained","ts":@0}"# + "\n" + #"{"type":"email.complained","ts":@1d}"#
        #expect(run(twice).count == 1)
    }
}
