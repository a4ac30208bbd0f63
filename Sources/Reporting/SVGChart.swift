import Glibc

/// Draws one chart as an inline SVG; colours come from the page.
struct SVGChart {
    private static let width = 860.0
    private static let left = 84.0
    private static let right = 16.0
    private static let top = 44.0
    private static let plotHeight = 260.0

    private let chart: ReportChart
    private let yTicks: [Double]
    private let xRange: (low: Double, high: Double)

    init(_ chart: ReportChart) {
        self.chart = chart
        let points = chart.series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
        if chart.style == .reliability {
            yTicks = [0, 0.2, 0.4, 0.6, 0.8, 1]
            xRange = (0, 1)
        } else {
            yTicks = Self.ticks(from: 0, to: points.map(\.y).max() ?? 1)
            let low = points.map(\.x).min() ?? 0
            let high = points.map(\.x).max() ?? 1
            xRange = chart.style == .bars ? (0, 1) : (low, high > low ? high : low + 1)
        }
    }

    private var plotWidth: Double {
        chart.style == .reliability ? 420 : Self.width - Self.left - Self.right
    }

    /// All of it, as wide as the legend needs: less would be drawn too small on a telephone.
    private var canvasWidth: Double {
        guard chart.style == .reliability else { return Self.width }
        // Room for the half of the last label that stands beyond the axis.
        return min(max(Self.left + plotWidth + 2 * Self.right, legendEnd), Self.width)
    }

    private var plotHeight: Double { chart.style == .reliability ? 420 : Self.plotHeight }

    var svg: String {
        let height = Self.top + plotHeight + 56
        let width = Self.number(canvasWidth)
        var svg = "<svg viewBox=\"0 0 \(width) \(Self.number(height))\" role=\"img\" "
        // Never so small that the letters cannot be read; the page scrolls a chart sideways instead.
        svg += "style=\"max-width:\(width)px;min-width:\(Self.number(canvasWidth * 0.8))px\" "
        svg += "aria-label=\"\(HTMLRenderer.escaped(chart.title))\">\n"
        svg += legend + yAxis
        switch chart.style {
        case .bars: svg += bars
        case .lines, .reliability: svg += xAxis + lines
        }
        let middle = Self.left + plotWidth / 2
        svg += Self.text(chart.xTitle, x: middle, y: Self.top + plotHeight + 46, anchor: "middle", "soft")
        return svg + "</svg>\n"
    }

    private func x(_ value: Double) -> Double {
        Self.left + (value - xRange.low) / (xRange.high - xRange.low) * plotWidth
    }

    private func y(_ value: Double) -> Double {
        let largest = yTicks.last ?? 1
        return Self.top + plotHeight * (1 - min(max(value / largest, 0), 1))
    }

    /// What the legend names.
    private var legendNames: [String] { chart.series.count > 1 ? chart.series.map(\.name) : [] }

    /// Beside the axis title, with about 7.5 units a letter.
    private var legendStart: Double { Self.left + max(Double(chart.yTitle.count) * 7.5 - Self.left + 28, 0) }

    private var legendEnd: Double {
        legendNames.reduce(legendStart) { $0 + Double($1.count) * 7.5 + 40 }
    }

    private var legend: String {
        var svg = Self.text(chart.yTitle, x: 0, y: 14, anchor: "start", "soft")
        var place = legendStart
        for (index, name) in legendNames.enumerated() {
            svg +=
                "<rect class=\"f\(index % 4)\" x=\"\(Self.number(place))\" y=\"4\" "
                + "width=\"12\" height=\"12\" rx=\"2\"/>"
            svg += Self.text(name, x: place + 18, y: 14, anchor: "start", "")
            place += Double(name.count) * 7.5 + 40
        }
        return svg
    }

    private var yAxis: String {
        yTicks.map { tick in
            let height = Self.number(y(tick))
            return
                "<line class=\"grid\" x1=\"\(Self.number(Self.left))\" "
                + "x2=\"\(Self.number(Self.left + plotWidth))\" "
                + "y1=\"\(height)\" y2=\"\(height)\"/>"
                + Self.text(
                    label(tick, among: yTicks), x: Self.left - 8, y: y(tick) + 4, anchor: "end", "soft")
                + "\n"
        }.joined()
    }

    private var xAxis: String {
        let ticks =
            chart.style == .reliability
            ? yTicks : Self.ticks(from: xRange.low, to: xRange.high).filter { $0 <= xRange.high }
        return ticks.map { tick in
            let text =
                chart.style == .reliability ? label(tick, among: ticks) : Self.plain(tick, among: ticks)
            return Self.text(text, x: x(tick), y: Self.top + plotHeight + 20, anchor: "middle", "soft")
        }.joined() + "\n"
    }

    private var bars: String {
        var svg = ""
        let slot = plotWidth / Double(max(chart.labels.count, 1))
        let barWidth = min(slot * 0.76 / Double(max(chart.series.count, 1)), 60)
        // Labels that would run into each other are thinned out.
        let widest = Double(chart.labels.map(\.count).max() ?? 1) * 7.5 + 8
        let every = max(Int((widest / slot).rounded(.up)), 1)
        for (index, label) in chart.labels.enumerated() {
            let middle = Self.left + slot * (Double(index) + 0.5)
            var place = middle - barWidth * Double(chart.series.count) / 2
            for (number, series) in chart.series.enumerated() where index < series.points.count {
                let value = series.points[index].y
                let height = Self.top + plotHeight - y(value)
                svg +=
                    "<rect class=\"f\(number % 4)\" x=\"\(Self.number(place))\" "
                svg += "y=\"\(Self.number(y(value)))\" "
                svg += "width=\"\(Self.number(max(barWidth - 1.5, 0.5)))\" height=\"\(Self.number(height))\">"
                svg += "<title>\(HTMLRenderer.escaped(label)), \(HTMLRenderer.escaped(series.name)): "
                svg += "\(exact(value))</title></rect>"
                place += barWidth
            }
            if index % every == 0 {
                svg += Self.text(label, x: middle, y: Self.top + plotHeight + 20, anchor: "middle", "soft")
            }
            svg += "\n"
        }
        return svg
    }

    private var lines: String {
        var svg = ""
        if chart.style == .reliability {
            svg += "<line class=\"diagonal\" x1=\"\(Self.number(x(0)))\" y1=\"\(Self.number(y(0)))\" "
            svg += "x2=\"\(Self.number(x(1)))\" y2=\"\(Self.number(y(1)))\"/>\n"
        }
        for (number, series) in chart.series.enumerated() {
            let places = series.points.filter { $0.x.isFinite && $0.y.isFinite }
            let path = places.map { "\(Self.number(x($0.x))),\(Self.number(y($0.y)))" }.joined(separator: " ")
            svg +=
                "<polyline class=\"l\(number % 4)\" fill=\"none\" stroke-width=\"2.5\" points=\"\(path)\"/>\n"
            guard chart.style == .reliability || places.count <= 30 else { continue }
            for point in places {
                svg += "<circle class=\"f\(number % 4)\" cx=\"\(Self.number(x(point.x)))\" "
                svg += "cy=\"\(Self.number(y(point.y)))\" r=\"4.5\"><title>"
                svg += "\(NumberText.decimal(point.x, places: 2)): \(exact(point.y))</title></circle>"
            }
            svg += "\n"
        }
        return svg
    }

    private func exact(_ value: Double) -> String {
        chart.isShare ? NumberText.percent(value) : NumberText.decimal(value, places: value < 100 ? 1 : 0)
    }

    private func label(_ tick: Double, among ticks: [Double]) -> String {
        guard chart.isShare || chart.style == .reliability else { return Self.plain(tick, among: ticks) }
        return Self.plain(tick * 100, among: ticks.map { $0 * 100 }) + " %"
    }

    /// With as many decimals as the distance of the ticks needs.
    private static func plain(_ tick: Double, among ticks: [Double]) -> String {
        let distance = ticks.count > 1 ? ticks[1] - ticks[0] : 1
        return NumberText.decimal(
            tick, places: distance >= 1 ? 0 : min(Int(ceil(-log10(distance) - 1e-9)), 6))
    }

    /// 4 to 8 round numbers from `low` up to `high` or just beyond.
    private static func ticks(from low: Double, to high: Double) -> [Double] {
        guard high > low, (high - low).isFinite else { return [low, low + 1] }
        let rough = (high - low) / 5
        let power = pow(10, floor(log10(rough)))
        let step = ([1, 2, 2.5, 5, 10].first { $0 * power >= rough } ?? 10) * power
        let first = (low / step).rounded(.up)
        let last = (high / step).rounded(.up)
        return stride(from: first, through: last, by: 1).map { $0 * step }
    }

    private static func text(
        _ text: String, x: Double, y: Double, anchor: String, _ style: String
    ) -> String {
        "<text class=\"\(style)\" x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">"
            + HTMLRenderer.escaped(text) + "</text>"
    }

    private static func number(_ value: Double) -> String { NumberText.fixed(value, places: 1) }
}
