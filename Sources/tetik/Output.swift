import FoundationEssentials
import Glibc

/// Standard output as people see it.
enum Output {
    /// Whether it is a terminal.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Source: no-color.org, and terminfo's name for a terminal that can do nothing.
    static var hasColours: Bool {
        let environment = ProcessInfo.processInfo.environment
        let terminal = environment["TERM"] ?? ""
        return (environment["NO_COLOR"] ?? "").isEmpty && !terminal.isEmpty && terminal != "dumb"
    }

    /// Columns of the terminal at this moment; nil if it does not say.
    static var columnCount: Int? { size.map { Int($0.ws_col) } }

    /// Rows of the terminal at this moment; nil if it does not say.
    static var rowCount: Int? { size.map { Int($0.ws_row) } }

    private static var size: winsize? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return nil
        }
        return size
    }

    /// Writes `text` as it is; a reader who has gone loses it.
    static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(STDOUT_FILENO, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
        }
    }
}
