/// Shows a report as one web page that needs nothing else: style and charts are inside, nothing is fetched.
public enum HTMLRenderer {
    /// Colours for light and dark surroundings; the four series differ in lightness too.
    private static let style = """
        :root{color-scheme:light dark;--back:#fff;--text:#1b1f24;--soft:#59636e;--line:#d8dee4;
        --panel:#f6f8fa;
        --s0:#2563c9;--s1:#c2570c;--s2:#18794e;--s3:#8e4ec6}
        @media(prefers-color-scheme:dark){:root{--back:#0f1419;--text:#e6eaef;--soft:#9aa5b1;--line:#313a44;
        --panel:#181f27;--s0:#6ea8ff;--s1:#ffa657;--s2:#56d39a;--s3:#c79bff}}
        *{box-sizing:border-box}body{margin:0 auto;max-width:60rem;padding:2rem 1.25rem 4rem;
        background:var(--back);
        color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
        h1{font-size:1.6rem;margin:0 0 1rem}h2{font-size:1.2rem;margin:2.5rem 0 .5rem}
        p{margin:.5rem 0}.soft,figcaption{color:var(--soft)}dl{display:grid;
        grid-template-columns:max-content 1fr;
        gap:.15rem 1.25rem;margin:0}dt{color:var(--soft)}dd{margin:0}
        .wide{overflow-x:auto}table{border-collapse:collapse;margin:.75rem 0;
        font-variant-numeric:tabular-nums}
        th,td{padding:.3rem .9rem .3rem 0;text-align:right;border-bottom:1px solid var(--line)}
        th{font-weight:600;color:var(--soft);vertical-align:bottom}
        th:first-child,td:first-child{text-align:left}
        pre{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:.75rem 1rem;
        overflow-x:auto;
        font:14px/1.45 ui-monospace,"SFMono-Regular",Menlo,Consolas,monospace}
        figure{margin:1.25rem 0;overflow-x:auto}figcaption{font-size:.95rem;margin-bottom:.25rem}svg{width:100%;
        height:auto;display:block}
        svg text{fill:var(--text);font:13px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
        svg .soft{fill:var(--soft)}svg .grid{stroke:var(--line);stroke-width:1}
        svg .diagonal{stroke:var(--soft);stroke-width:1.5;stroke-dasharray:5 5}
        .f0{fill:var(--s0)}.f1{fill:var(--s1)}.f2{fill:var(--s2)}.f3{fill:var(--s3)}
        .l0{stroke:var(--s0)}.l1{stroke:var(--s1)}.l2{stroke:var(--s2)}.l3{stroke:var(--s3)}
        .remark{border-left:3px solid var(--s1);padding-left:.75rem}

        """

    /// The report as a page.
    public static func page(of report: Report) -> String {
        var html = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        html += "<title>\(escaped(report.title))</title>\n<style>\n\(style)</style>\n</head>\n<body>\n"
        html += "<h1>\(escaped(report.title))</h1>\n<dl>\n"
        for (name, value) in report.facts { html += "<dt>\(escaped(name))</dt><dd>\(escaped(value))</dd>\n" }
        html += "</dl>\n"
        for section in report.sections { html += self.section(section) }
        return html + "</body>\n</html>\n"
    }

    private static func section(_ section: ReportSection) -> String {
        var html = "<h2>\(escaped(section.heading))</h2>\n"
        if !section.introduction.isEmpty { html += "<p>\(escaped(section.introduction))</p>\n" }
        for chart in section.charts {
            html +=
                "<figure>\n<figcaption>\(escaped(chart.title))</figcaption>\n"
                + "\(SVGChart(chart).svg)</figure>\n"
        }
        if let table = section.table { html += self.table(table) }
        if let block = section.block { html += "<pre>\(escaped(block))</pre>\n" }
        for remark in section.remarks { html += "<p class=\"remark\">\(escaped(remark))</p>\n" }
        return html
    }

    private static func table(_ table: ReportTable) -> String {
        var html = "<div class=\"wide\"><table>\n<thead><tr>"
        html += table.columns.map { "<th>\(escaped($0))</th>" }.joined()
        html += "</tr></thead>\n<tbody>\n"
        for row in table.rows { html += "<tr>" + row.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>\n" }
        return html + "</tbody>\n</table></div>\n"
    }

    /// Text that no browser takes for a tag.
    static func escaped(_ text: String) -> String {
        var html = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": html += "&amp;"
            case "<": html += "&lt;"
            case ">": html += "&gt;"
            case "\"": html += "&quot;"
            default: html.unicodeScalars.append(scalar)
            }
        }
        return html
    }
}
