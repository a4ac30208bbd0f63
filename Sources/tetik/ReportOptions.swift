import ArgumentParser
import FoundationEssentials
import Glibc
import Model
import Reporting
import Runtime
import Settings

/// Where a report goes besides the terminal.
struct ReportOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the report goes as one web page with charts.",
            discussion: "The page needs no network and no other file.", valueName: "file"),
        completion: .file(extensions: ["html"]))
    var html: String?

    @Option(
        help: ArgumentHelp("Where the numbers go as JSON; - is standard output.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var json: String?

    /// Writes the report everywhere it is wanted; to the terminal unless JSON goes there.
    func write(_ report: Report, json node: JSONNode) throws(SystemError) {
        if let html { try Self.write(HTMLRenderer.page(of: report), to: html) }
        if let json { try Self.write(node.text, to: json) }
        guard json != "-", html != "-" else { return }
        let output = FileOutput.standardOutput()
        // Source: no-color.org: any text that is not empty turns colours off.
        let refusesColour = !(ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
        let renderer = TerminalRenderer(
            width: Self.terminalWidth, isStyled: output.isTerminal && !refusesColour)
        try output.write(text: renderer.text(of: report))
        try output.flush()
    }

    private static func write(_ text: String, to path: String) throws(SystemError) {
        let output = path == "-" ? .standardOutput() : try FileOutput(path: path)
        try output.write(text: text)
        // A full disk may show only here.
        try output.close()
    }

    /// Columns of the terminal; COLUMNS, or 100, where there is none.
    private static var terminalWidth: Int {
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 100
    }
}

/// A duration on the command line, at least 1 ms.
struct DurationArgument: ExpressibleByArgument {
    let milliseconds: Int64

    init?(argument: String) {
        guard let milliseconds = DurationText.milliseconds(argument), milliseconds >= 1,
            milliseconds <= DurationText.millisecondsMax
        else { return nil }
        self.milliseconds = milliseconds
    }
}
