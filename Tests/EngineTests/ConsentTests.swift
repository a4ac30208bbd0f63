import Model
import Testing

/// Contract, section 3: the channel of a record, and section 5, who has opted out.
struct ConsentTests {
    /// The channel of a cart's first record after these events, as in `email.bounced@0 bounce=hard`.
    private func channel(_ events: String, _ consent: EmailConsent = .assumed) -> String {
        let scenario = Scenario(.cart, .suppression).with { $0.emailConsent = consent }
        var lines = events.split(separator: ", ").map { event in
            let words = event.split(separator: " ")
            let head = words[0].split(separator: "@")
            let details = words.dropFirst().map { word in
                let pair = word.split(separator: "=")
                return pair[0] == "value" ? ",\"value\":\(pair[1])" : ",\"\(pair[0])\":\"\(pair[1])\""
            }
            return "{\"type\":\"\(head[0])\",\"ts\":@\(head[1])\(details.joined())}"
        }
        lines.append(#"{"type":"cart.add","ts":@30m,"sku":"A"}"#)
        let outcome = scenario.run(lines.joined(separator: "\n"), until: "@90m")
        return outcome.records.last { $0["type"] == "abandoned_cart" }?["channel"] ?? "none"
    }

    private static let assumedCases: [(String, String)] = [
        ("", "email"),
        ("email.unsubscribed@0", "ads"),
        ("consent.withdrawn@0 purpose=email", "ads"),
        ("email.unsubscribed@0, email.subscribed@1m", "email"),
        ("email.unsubscribed@0, consent.granted@1m purpose=email", "email"),
        ("email.unsubscribed@1m, consent.granted@1m purpose=email", "ads"),
        ("consent.granted@1m purpose=email, email.unsubscribed@0", "email"),
        ("email.bounced@0 bounce=hard", "ads"),
        ("email.bounced@0", "email"),
        ("email.bounced@0 bounce=soft", "email"),
        ("email.bounced@0 bounce=hard, email.delivered@0", "email"),
        ("email.bounced@1m bounce=hard, email.delivered@0", "ads"),
        ("email.bounced@0 bounce=hard, email.subscribed@1m", "email"),
        ("email.bounced@0 bounce=hard, consent.granted@1m purpose=email", "ads"),
        ("email.complained@0", "onsite"),
        ("consent.withdrawn@0 purpose=ads", "email"),
        ("consent.withdrawn@0 purpose=ads, email.unsubscribed@0", "onsite"),
        ("email.unsubscribed@0, order.placed@0 order=o value=1", "onsite"),
    ]

    @Test(arguments: assumedCases)
    func `the channel is mail if allowed, else ads if allowed, else the site`(
        events: String, expected: String
    ) {
        #expect(channel(events) == expected)
    }

    private static let explicitCases: [(String, String)] = [
        ("", "ads"),
        ("consent.granted@0 purpose=email", "email"),
        ("email.subscribed@0", "email"),
        ("consent.granted@0 purpose=ads", "ads"),
        ("email.delivered@0", "ads"),
        ("consent.granted@0 purpose=email, email.complained@1m", "onsite"),
        ("consent.granted@1m purpose=email, email.unsubscribed@1m", "ads"),
    ]

    @Test(arguments: explicitCases)
    func `with explicit consent mail needs a grant`(events: String, expected: String) {
        #expect(channel(events, .explicit) == expected)
    }

    @Test func `withdrawn ads count even when their rule is disabled`() {
        let outcome = Scenario(.cart).run(
            """
            {"type":"email.complained","ts":@0}
            {"type":"cart.add","ts":@0,"sku":"A"}
            """, until: "@1h")
        #expect(outcome.fields("type channel") == ["abandoned_cart onsite"])
    }

    @Test func `the channel is that of before the instant`() {
        // The purchase's end and the cart's step fall on the same millisecond.
        let scenario = Scenario(.cart, .suppression).with {
            $0.emailConsent = .explicit
            $0.adSuppression.recentPurchaseMilliseconds = 7_200_000
        }
        let outcome = scenario.run(
            """
            {"type":"order.placed","ts":@0,"order":"o","value":1}
            {"type":"cart.add","ts":@1h,"sku":"A"}
            """, until: "@2h")
        #expect(
            outcome.fields("type at channel reasons").dropFirst() == [
                "abandoned_cart @2h onsite -", "ad_suppression @2h - []",
            ])
    }
}
