import Model
import Primitives
import Testing

@testable import Runtime

@Suite struct TailTextTests {
    private func line(
        _ json: String?, key: String? = nil, timestamp: Int64? = nil, width: Int? = nil,
        isColoured: Bool = false
    ) -> String {
        var line = TailLine(isColoured: isColoured)
        let bytes = Array((json ?? "").utf8) + [UInt8](repeating: 0, count: JSONScanner.paddingByteCount)
        return bytes.withUnsafeBytes { padded in
            Array((key ?? "").utf8).withUnsafeBytes { keyBytes in
                let value = UnsafeRawBufferPointer(rebasing: padded[0..<(json ?? "").utf8.count])
                return line.text(
                    value: json == nil ? nil : value, key: key == nil ? nil : keyBytes,
                    timestampMilliseconds: timestamp, columnCountMax: width)
            }
        }
    }

    /// Records as the contract shows them, and what becomes of them.
    private static let summaries = [
        (
            #""type":"abandoned_cart","step":1,"steps":3,"items":[{"sku":"A"},{"sku":"B"}],"value":39.98,"#
                + #""currency":"TRY","channel":"email""#,
            "abandoned_cart  c-1       cart abandoned  step 1/3  39.98 TRY  2 items  email"
        ),
        (
            #""type":"abandoned_cart","step":3,"steps":3,"items":[{"sku":"A"}],"value":null,"#
                + #""currency":"TRY","channel":"onsite""#,
            "abandoned_cart  c-1       cart abandoned  step 3/3  no price  1 item  onsite"
        ),
        (
            #""type":"cart_recovered","order":"o-1","value":39.98,"currency":"TRY","after_ms":1800000"#,
            "cart_recovered  c-1       recovered o-1 39.98 TRY after 30m"
        ),
        (
            #""type":"churn_risk","level":"at_risk","previous":"watch","p_alive":0.3000,"orders":3"#,
            "churn_risk      c-1       churn watch -> at_risk  P(alive) 0.3000  3 orders"
        ),
        (
            #""type":"ad_suppression","suppressed":true,"reasons":["ad_fatigue","recent_purchase"],"#
                + #""until":"2026-01-15T10:00:00.000Z""#,
            "ad_suppression  c-1       ads stopped: ad_fatigue, recent_purchase until 2026-01-15 10:00"
        ),
        (
            #""type":"ad_suppression","suppressed":true,"reasons":["opted_out"],"until":null"#,
            "ad_suppression  c-1       ads stopped: opted_out"
        ),
        (
            #""type":"ad_suppression","suppressed":false,"reasons":[],"until":null"#,
            "ad_suppression  c-1       ads resumed"
        ),
    ]

    @Test(arguments: summaries.indices)
    func `a record is told in one aligned line`(index: Int) {
        let (fields, expected) = Self.summaries[index]
        let text = line(#"{"id":"x","customer":"c-1","at":"2026-01-01T11:00:00.000Z",\#(fields)}"#)
        #expect(text == "2026-01-01 11:00:00  " + expected)
    }

    @Test func `what is no trigger record is shown as it is`() {
        let time: Int64 = 1_767_265_200_000
        #expect(
            line("hello\u{1B}[2J", key: "k", timestamp: time)
                == "2026-01-01 11:00:00  ?               k         hello\\u{1b}[2J")
        #expect(
            line(nil, key: "k", timestamp: time) == "2026-01-01 11:00:00  ?               k         deleted")
        #expect(line(nil, timestamp: .max) == "???????????????????  ?               -         deleted")
        #expect(line("", timestamp: -1).hasSuffix("-         "))
    }

    @Test func `a narrow terminal cuts the line and leaves the year out`() {
        let json =
            #"{"customer":"c-1","at":"2026-01-01T11:00:00.000Z","type":"ad_suppression","suppressed":false}"#
        #expect(line(json, width: 80) == "01-01 11:00:00  ad_suppression  c-1       ads resumed")
        #expect(line(json, width: 50) == "01-01 11:00:00  ad_suppression  c-1       ads res…")
        #expect(line(json, width: 20) == "01-01 11:00:00  ad_…")
        for width in 1...60 { #expect(TerminalText.columnCount(of: line(json, width: width)) <= width) }
    }

    @Test func `colours stand around columns and take no room`() {
        let json = #"{"customer":"c-1","at":"2026-01-01T11:00:00.000Z","type":"churn_risk","level":"lost"}"#
        let text = line(json, width: 120, isColoured: true)
        #expect(text.hasPrefix("\u{1B}[2m2026-01-01 11:00:00\u{1B}[0m  \u{1B}[31mchurn_risk    \u{1B}[0m"))
    }

    @Test(arguments: [
        ("plain", "plain"), ("a\nb", "a\\u{a}b"), ("\u{202E}x", "\\u{202e}x"),
        ("\u{7F}\u{85}", "\\u{7f}\\u{85}"),
        ("müşteri 客", "müşteri 客"),
    ])
    func `what would move the cursor is made visible`(text: String, expected: String) {
        #expect(TerminalText.visible(text) == expected)
    }

    @Test(arguments: [
        ("", 0), ("abc", 3), ("müşteri", 7), ("客户", 4), ("e\u{301}", 1), ("👩‍👩‍👧", 2), ("ｗ", 2),
    ])
    func `columns are counted as terminals do`(text: String, expected: Int) {
        #expect(TerminalText.columnCount(of: text) == expected)
    }

    @Test func `a wide character is never cut in half`() {
        #expect(TerminalText.truncated("客户客户", to: 8) == "客户客户")
        #expect(TerminalText.truncated("客户客户", to: 7) == "客户客…")
        #expect(TerminalText.truncated("客户客户", to: 6) == "客户…")
        #expect(TerminalText.truncated("客户", to: 1) == "…")
        #expect(TerminalText.truncated("客户", to: 0) == "")
    }

    @Test(
        arguments: [
            (0, "0ms"), (999, "999ms"), (45_000, "45s"), (1_800_000, "30m"), (1_834_567, "30m 34s"),
            (4_320_000, "1h 12m"), (90_000_000, "1d 1h"), (86_400_000, "1d"), (-5, "0ms"),
        ] as [(Int64, String)])
    func `delays are told in their two largest units`(milliseconds: Int64, expected: String) {
        #expect(TriggerSummary.duration(milliseconds: milliseconds) == expected)
    }
}
