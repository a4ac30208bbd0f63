/// What a command found out, in a form that a terminal and a web page can show.
public struct Report: Sendable {
    /// One line on top.
    public var title: String
    /// What was looked at: a few words each.
    public var facts: [(name: String, value: String)]
    /// The parts, in order.
    public var sections: [ReportSection]

    /// Makes a report.
    public init(title: String, facts: [(name: String, value: String)], sections: [ReportSection] = []) {
        self.title = title
        self.facts = facts
        self.sections = sections
    }
}

/// One part of a report: a heading, and then what is there of the others, in this order.
public struct ReportSection: Sendable {
    /// The heading.
    public var heading: String
    /// What it is about, in a sentence or two.
    public var introduction: String
    /// Numbers.
    public var table: ReportTable?
    /// Charts of the numbers; a terminal shows those made of bars.
    public var charts: [ReportChart]
    /// Text that is to be copied as it is.
    public var block: String?
    /// What to keep in mind.
    public var remarks: [String]

    /// Makes a section.
    public init(
        heading: String, introduction: String = "", table: ReportTable? = nil, charts: [ReportChart] = [],
        block: String? = nil, remarks: [String] = []
    ) {
        self.heading = heading
        self.introduction = introduction
        self.table = table
        self.charts = charts
        self.block = block
        self.remarks = remarks
    }
}

/// Rows of cells under column titles. The first column is text, the others are numbers.
public struct ReportTable: Sendable {
    /// Titles of the columns.
    public var columns: [String]
    /// Cells of each row, as many as columns.
    public var rows: [[String]]

    /// Makes a table.
    public init(columns: [String], rows: [[String]] = []) {
        self.columns = columns
        self.rows = rows
    }
}

/// A chart of one or more series over the same axes.
public struct ReportChart: Sendable {
    /// How the series are drawn.
    public enum Style: Sendable {
        /// Bars side by side over the labels.
        case bars
        /// Lines over numbers.
        case lines
        /// Points, joined, over numbers from 0 to 1, with the diagonal on which they should lie.
        case reliability
    }

    /// One series: for bars a value for each label, else points with rising x.
    public struct Series: Sendable {
        /// What the legend says.
        public var name: String
        /// x and y; for bars x is the number of the label.
        public var points: [(x: Double, y: Double)]

        /// Makes a series of points.
        public init(name: String, points: [(x: Double, y: Double)]) {
            self.name = name
            self.points = points
        }

        /// Makes a series of one value for each label.
        public init(name: String, values: [Double]) {
            self.init(name: name, points: values.enumerated().map { (Double($0.offset), $0.element) })
        }
    }

    /// The line above it.
    public var title: String
    /// How it is drawn.
    public var style: Style
    /// What lies along the horizontal axis.
    public var xTitle: String
    /// What lies along the vertical axis.
    public var yTitle: String
    /// Labels of the bars.
    public var labels: [String]
    /// The series; at most 4 can be told apart.
    public var series: [Series]
    /// Whether values are shares, to be shown in percent.
    public var isShare: Bool

    /// Makes a chart.
    public init(
        title: String, style: Style, xTitle: String, yTitle: String, labels: [String] = [], series: [Series],
        isShare: Bool = false
    ) {
        self.title = title
        self.style = style
        self.xTitle = xTitle
        self.yTitle = yTitle
        self.labels = labels
        self.series = series
        self.isShare = isShare
    }
}
