import Model
import Primitives

/// Lays trigger records out as aligned lines: time, type, customer, summary. One thread.
struct TailLine {
    /// Columns for the customer at first, and at most: a UUID fits.
    private static let customerColumnCounts = 8...36
    /// Below this width the year is left out of the time.
    private static let yearColumnCount = 100
    /// Columns for the type: the longest, `abandoned_cart`.
    private static let typeColumnCount = 14

    /// Whether colours are written.
    let isColoured: Bool
    /// Grows with the customers seen, so that lines stay aligned.
    private var customerColumnCount = TailLine.customerColumnCounts.lowerBound

    init(isColoured: Bool) { self.isColoured = isColoured }

    /// One record as a line without its end, cut at `columnCountMax` columns; nil: uncut.
    ///
    /// A value that is no trigger record is shown as it is.
    mutating func text(
        value: UnsafeRawBufferPointer?, key: UnsafeRawBufferPointer?, timestampMilliseconds: Int64?,
        columnCountMax: Int?
    ) -> String {
        let fields = value.flatMap { TriggerFields($0) }
        let type = fields?.text("type")
        let kind = type.flatMap(Self.kind)
        let time = fields?.time("at") ?? EventTime(milliseconds: timestampMilliseconds ?? .min)
        let customer = TerminalText.visible(
            fields?.text("customer") ?? key.map { String(decoding: $0, as: UTF8.self) } ?? "-")
        customerColumnCount = min(
            max(customerColumnCount, TerminalText.columnCount(of: customer)),
            Self.customerColumnCounts.upperBound)
        let summary: String
        if let fields, let kind {
            summary = TriggerSummary.text(of: fields, kind: kind)
        } else {
            summary = value.map { String(decoding: $0, as: UTF8.self) } ?? "deleted"
        }
        let colour = kind.map { Self.colour(of: $0, fields) } ?? .plain
        let isNarrow = columnCountMax.map { $0 < Self.yearColumnCount } ?? false
        return compose(
            [
                (String(TriggerSummary.seconds(time).dropFirst(isNarrow ? 5 : 0)), .dim),
                (Self.column(type ?? "?", Self.typeColumnCount), colour),
                (Self.column(customer, customerColumnCount), .bold),
                (TerminalText.visible(summary), .plain),
            ], columnCountMax)
    }

    /// The kind that a record's `type` names.
    static func kind(_ type: String) -> RecordKind? { RecordKind.allCases.first { "\($0.name)" == type } }

    private static func column(_ text: String, _ count: Int) -> String {
        let shown = TerminalText.truncated(TerminalText.visible(text), to: count)
        return TerminalText.padded(shown, to: count)
    }

    /// Codes of ECMA-48, section 8.3.117 (SGR), that all terminals with colours know.
    private enum Colour: String {
        case plain = ""
        case dim = "2"
        case bold = "1"
        case yellow = "33"
        case green = "32"
        case magenta = "35"
        case red = "31"
        case cyan = "36"
    }

    private static func colour(of kind: RecordKind, _ fields: TriggerFields?) -> Colour {
        switch kind {
        case .abandonedCart: .yellow
        case .cartRecovered: .green
        case .churnRisk:
            switch fields?.text("level") {
            case "none": .green
            case "lost": .red
            default: .magenta
            }
        case .adSuppression: .cyan
        }
    }

    private func compose(_ columns: [(text: String, colour: Colour)], _ columnCountMax: Int?) -> String {
        var line = ""
        var columnCount = 0
        for (index, column) in columns.enumerated() {
            let gap = index == 0 ? "" : "  "
            let room = columnCountMax.map { $0 - columnCount - gap.count } ?? .max
            guard room > 0 else { break }
            let text = TerminalText.truncated(column.text, to: room)
            columnCount += gap.count + TerminalText.columnCount(of: text)
            line += gap + painted(text, column.colour)
        }
        return line
    }

    private func painted(_ text: String, _ colour: Colour) -> String {
        isColoured && colour != .plain ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}
