import Reporting
import Testing

@Suite struct RendererTests {
    static let report = Report(
        title: "A <b> & \"c\"", facts: [("log", "x.jsonl")],
        sections: [
            ReportSection(
                heading: "Part",
                introduction: "Words that are long enough to be broken into lines at the end of a terminal.",
                table: ReportTable(
                    columns: ["name", "a long title"], rows: [["é", "1"], ["longer", "22"]]),
                charts: [
                    ReportChart(
                        title: "Bars", style: .bars, xTitle: "x", yTitle: "y", labels: ["0", "1+"],
                        series: [
                            .init(name: "actual", values: [8, 0]), .init(name: "expected", values: [4, 2]),
                        ]),
                    ReportChart(
                        title: "Empty", style: .lines, xTitle: "x", yTitle: "y",
                        series: [.init(name: "none", points: [(x: Double, y: Double)]())]),
                    ReportChart(
                        title: "Odd", style: .reliability, xTitle: "x", yTitle: "y",
                        series: [.init(name: "odd", points: [(0.5, .nan), (0.7, 0.6)])]),
                ], remarks: ["Few cases."])
        ])

    @Test func `no line of text is wider than the terminal`() {
        for width in [40, 60, 100] {
            let text = TerminalRenderer(width: width, isStyled: false).text(of: Self.report)
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= width })
            #expect(!text.contains("\u{1B}"))
        }
        #expect(TerminalRenderer(width: 60, isStyled: true).text(of: Self.report).contains("\u{1B}[1m"))
    }

    @Test func `columns are aligned and titles broken`() {
        let text = TerminalRenderer(width: 60, isStyled: false).text(of: Self.report)
        #expect(
            text.contains("            long\nname       title\né            1\nlonger      22\n")
                || text.contains("title\né"))
    }

    @Test func `the page stands alone and escapes what it shows`() {
        let page = HTMLRenderer.page(of: Self.report)
        #expect(page.contains("A &lt;b&gt; &amp; &quot;c&quot;"))
        for word in ["http:", "https:", "src=", "href=", "url(", "<script", "nan", "inf"] {
            #expect(!page.contains(word), "\(word)")
        }
        #expect(page.contains("prefers-color-scheme:dark"))
    }

    @Test func `charts keep a size at which they can be read on a telephone, and scroll`() {
        let page = HTMLRenderer.page(of: Self.report)
        #expect(page.contains("overflow-x:auto}figcaption"))
        #expect(page.contains(##"style="max-width:860.0px;min-width:688.0px""##))
        #expect(page.contains(##"style="max-width:536.0px;min-width:428.8px""##))
    }

    @Test(arguments: [
        (0.525, 6, "0.525000"), (6.183, 6, "6.18300"), (1234.5678, 6, "1234.57"), (0.00012345, 3, "0.000123"),
    ])
    func `parameters have their significant digits`(value: Double, digits: Int, text: String) {
        #expect(NumberText.significant(value, digits: digits) == text)
    }

    @Test func `numbers are grouped, rounded and never nonsense`() {
        #expect(NumberText.whole(-1_234_567) == "-1,234,567")
        #expect(NumberText.decimal(-0.4, places: 1) == "-0.4")
        #expect(NumberText.decimal(1_234.56, places: 1) == "1,234.6")
        #expect(NumberText.decimal(.nan, places: 1) == "–")
        #expect(NumberText.fixed(0.05, places: 1) == "0.1")
        #expect(NumberText.fixed(-0.001, places: 1) == "0.0")
        #expect(NumberText.percent(0.4215) == "42.2 %" || NumberText.percent(0.4215) == "42.1 %")
    }

    @Test func `JSON has no word for infinity`() {
        let node = JSONNode.object([
            ("a", JSONNode(Double.nan)), ("b", .array([1, "x\"\n"])), ("c", .array([])),
        ])
        #expect(
            node.text == "{\n  \"a\": null,\n  \"b\": [\n    1,\n    \"x\\\"\\u000a\"\n  ],\n  \"c\": []\n}\n"
        )
    }
}
