/// What is known of a customer, as lines for a terminal.
public enum CustomerText {
    /// Wider lines are hard to read.
    private static let columnCountMax = 100

    /// The reply in lines without their ends.
    ///
    /// - Parameter columnCount: columns of the terminal; nil leaves long lines to it.
    public static func lines(_ reply: CustomerReply, columnCount: Int?, isColoured: Bool) -> [String] {
        let width = columnCount.map { max(min($0, columnCountMax), 40) } ?? .max
        let name = TerminalText.visible(reply.customer)
        func heading(_ text: String) -> String { isColoured ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
        var lines: [String] = []
        if reply.reports.isEmpty {
            lines += ["Nothing is known of \(name)" + (reply.isComplete ? "." : " so far."), ""]
        }
        for report in reply.reports {
            let time = report.watermark.map { ", as of \(minutes($0))" } ?? ""
            lines += ["\(heading(name))  (partition \(report.partition)\(time))", ""]
            lines.append(heading("Known"))
            lines += report.sentences.flatMap { wrapped($0, width) }
            if let cart = report.cart {
                lines += ["", heading("Cart")] + cart.items.flatMap { wrapped(text(of: $0), width) }
            }
            lines += ["", heading("Next")]
            if report.timers.isEmpty { lines.append("  Nothing is waiting to fire.") }
            lines += report.timers.flatMap { wrapped($0.sentence, width) }
            lines.append("")
        }
        lines.append(heading("Last records"))
        if reply.triggers.isEmpty {
            lines.append("  None among the newest in memory; 'tetik tail --customer' reads the topics.")
        }
        for trigger in reply.triggers {
            lines.append("  \(minutes(trigger.at))  \(trigger.type)")
            lines += wrapped(trigger.sentence, width, indent: 4)
        }
        if !reply.isComplete {
            lines += ["", "Not every shard has answered in time; one of them may know more."]
        }
        return lines
    }

    private static func text(of item: CustomerReport.Item) -> String {
        let price = item.price.map { " at \($0) \(item.currency)" } ?? ""
        return "\(item.quantity) x \(item.sku)\(price)"
    }

    /// `2026-01-15 10:00 UTC` of an RFC 3339 text.
    private static func minutes(_ time: String) -> String {
        "\(time.prefix(16).replacing("T", with: " ")) UTC"
    }

    private static func wrapped(_ text: String, _ width: Int, indent: Int = 2) -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = ""
        for word in TerminalText.visible(text).split(separator: " ") {
            let isFull =
                !line.isEmpty
                && indent + TerminalText.columnCount(of: line) + 1
                    + TerminalText.columnCount(of: String(word)) > width
            if isFull {
                lines.append(margin + line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return lines + [margin + line]
    }
}
