/// Shows a report as text: tables in columns, bars of block characters.
public struct TerminalRenderer: Sendable {
    /// Columns of the terminal.
    private let width: Int
    /// Whether colours and bold are wanted.
    private let isStyled: Bool

    /// Makes a renderer; `width` is kept between 40 and 160 columns.
    public init(width: Int, isStyled: Bool) {
        self.width = min(max(width, 40), 160)
        self.isStyled = isStyled
    }

    private static let colours = ["34", "33", "32", "35"]

    /// The report as lines.
    public func text(of report: Report) -> String {
        var text = styled(report.title, "1") + "\n"
        let nameWidth = report.facts.map { $0.name.count }.max() ?? 0
        for (name, value) in report.facts {
            text += wrapped(padded(name, to: nameWidth) + "  " + value, indent: nameWidth + 2)
        }
        for section in report.sections { text += "\n" + self.text(of: section) }
        return text
    }

    private func text(of section: ReportSection) -> String {
        var text = styled(section.heading, "1") + "\n"
        if !section.introduction.isEmpty { text += wrapped(section.introduction, indent: 0) }
        if let table = section.table { text += self.text(of: table) }
        for chart in section.charts where chart.style == .bars { text += "\n" + bars(of: chart) }
        if let block = section.block { text += "\n" + block }
        for remark in section.remarks { text += wrapped("! " + remark, indent: 2) }
        return text
    }

    /// Columns as wide as their cells; titles that are longer go over several lines.
    private func text(of table: ReportTable) -> String {
        let widths = table.columns.indices.map { column in
            let words = table.columns[column].split(separator: " ").map(\.count)
            return max(table.rows.map { $0[column].count }.max() ?? 0, words.max() ?? 0)
        }
        let titles = zip(table.columns, widths).map { Self.lines(of: $0, width: $1) }
        let height = titles.map(\.count).max() ?? 0
        let header = (0..<height).map { line in
            titles.map { $0.count < height - line ? "" : $0[line - (height - $0.count)] }
        }
        return (header + table.rows).enumerated().map { number, row in
            let line = row.indices.map { column in
                padded(row[column], to: widths[column], right: column > 0)
            }.joined(separator: "  ")
            return (number < height ? styled(line, "2") : line) + "\n"
        }.joined()
    }

    private static func lines(of text: String, width: Int) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            let last = lines.count - 1
            if lines[last].isEmpty {
                lines[last] = String(word)
            } else if lines[last].count + 1 + word.count <= width {
                lines[last] += " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    private func bars(of chart: ReportChart) -> String {
        let values = chart.series.flatMap { $0.points.map(\.y) }
        guard let largest = values.max(), largest > 0 else { return "" }
        var text = chart.title + "\n"
        let labelWidth = chart.labels.map(\.count).max() ?? 0
        let numbers = chart.series.map { series in
            series.points.map {
                chart.isShare ? NumberText.percent($0.y) : NumberText.decimal($0.y, places: 0)
            }
        }
        let numberWidth = numbers.flatMap { $0.map(\.count) }.max() ?? 0
        let room = max(width - labelWidth - numberWidth - 4, 8)
        for index in chart.labels.indices {
            for (place, series) in chart.series.enumerated() where index < series.points.count {
                let bar = bar(series.points[index].y / largest, width: room, series: place)
                let label = place == 0 ? chart.labels[index] : ""
                text += padded(label, to: labelWidth, right: true) + "  "
                text += styled(bar, Self.colours[place % 4]) + " " + numbers[place][index] + "\n"
            }
        }
        if chart.series.count > 1 {
            let names = chart.series.enumerated().map { place, series in
                styled(bar(1, width: 2, series: place), Self.colours[place % 4]) + " " + series.name
            }
            text += String(repeating: " ", count: labelWidth + 2) + names.joined(separator: "   ") + "\n"
        }
        return text
    }

    /// A bar in eighths of a column; without colours the series differ in shade instead, in whole columns.
    private func bar(_ share: Double, width: Int, series: Int) -> String {
        if !isStyled, series > 0 {
            let columns = Int((min(max(share, 0), 1) * Double(width)).rounded())
            return String(repeating: ["█", "░", "▒", "▓"][series % 4], count: columns)
        }
        let eighths = Int((min(max(share, 0), 1) * Double(width) * 8).rounded())
        let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        return String(repeating: "█", count: eighths / 8) + rest
    }

    private func styled(_ text: String, _ code: String) -> String {
        isStyled && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    private func padded(_ text: String, to width: Int, right: Bool = false) -> String {
        let filler = String(repeating: " ", count: max(width - text.count, 0))
        return right ? filler + text : text + filler
    }

    /// Lines no longer than the terminal is wide; later ones begin with `indent` spaces.
    private func wrapped(_ text: String, indent: Int) -> String {
        var lines = ""
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if line.count + word.count + 1 > width, line.count > indent {
                lines += line + "\n"
                line = String(repeating: " ", count: indent) + word
            } else {
                line += (line.isEmpty ? "" : " ") + word
            }
        }
        return lines + line + "\n"
    }
}
