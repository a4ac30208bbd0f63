import ArgumentParser
import Glibc
import Runtime
import Telemetry

/// `tetik top`: the running daemon on one screen.
struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Watch the running daemon: rates, lag, shards.",
        discussion: """
            On a terminal a full screen that is drawn anew every second; q or Ctrl-C ends it. Into a pipe or \
            file, or with --once, it is written once.

            Examples:
              tetik top
              tetik top --address 127.0.0.1:8080 --once
            """)

    @OptionGroup var admin: AdminOptions
    @Flag(help: "Write it once and end.")
    var once = false
    @Option(help: "Seconds between two screens, 0.2 to 60.")
    var seconds = 1.0

    func validate() throws {
        guard (0.2...60).contains(seconds) else { throw ValidationError("--seconds is 0.2 to 60.") }
    }

    func run() throws {
        let client = try admin.client()
        var screen = TopScreen()
        guard Output.isTerminal, !once else {
            let (status, _) = try admin.get("/v1/status", as: DaemonStatus.self)
            let lines = screen.lines(
                status, columnCount: Output.columnCount ?? 120, rowCount: .max, isColoured: false)
            Output.write(lines.map { "\($0)\n" }.joined())
            return
        }
        // The first question is asked before the screen is taken over, so that its failure can be read.
        _ = try admin.get("/v1/status", as: DaemonStatus.self)
        let lifecycle = Lifecycle()
        StopSignals.handle { lifecycle.stop() }
        let terminal = FullScreen()
        defer { terminal.restore() }
        // BOUND: until q or a signal.
        while !lifecycle.isStopping {
            draw(&screen, client)
            if terminal.waitForQuit(milliseconds: Int32(seconds * 1_000), isStopped: { lifecycle.isStopping })
            {
                return
            }
        }
    }

    private func draw(_ screen: inout TopScreen, _ client: AdminClient) {
        let columnCount = Output.columnCount ?? 80
        var lines: [String]
        do {
            let status: DaemonStatus = try AdminOptions.decoded(
                client.get("/v1/status"), from: client.address)
            lines = screen.lines(
                status, columnCount: columnCount, rowCount: (Output.rowCount ?? 24) - 1,
                isColoured: Output.hasColours)
        } catch {
            lines = ["no daemon answers at \(client.address); trying again every second"]
        }
        FullScreen.show(lines)
    }
}

/// The terminal while a full screen is shown: another screen, no cursor, keys at once. Source: xterm, "Control
/// Sequences"; termios(3).
private struct FullScreen {
    private var saved = termios()
    private let isRaw: Bool

    init() {
        isRaw = tcgetattr(STDIN_FILENO, &saved) == 0
        if isRaw {
            var raw = saved
            raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
            tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        }
        Output.write("\u{1B}[?1049h\u{1B}[?25l")
    }

    /// Gives the terminal back as it was.
    func restore() {
        Output.write("\u{1B}[?25h\u{1B}[?1049l")
        var saved = saved
        if isRaw { tcsetattr(STDIN_FILENO, TCSANOW, &saved) }
    }

    /// Draws over what is there, which does not flicker.
    static func show(_ lines: [String]) {
        Output.write("\u{1B}[H" + lines.map { "\($0)\u{1B}[K\r\n" }.joined() + "\u{1B}[J")
    }

    /// Waits so long; true at once if q is pressed or it is stopped.
    func waitForQuit(milliseconds: Int32, isStopped: () -> Bool) -> Bool {
        let end = SystemClock.monotonicMilliseconds() + Int64(milliseconds)
        // BOUND: until the end, in pieces, since a signal is looked for between them.
        while case let rest = end - SystemClock.monotonicMilliseconds(), rest > 0 {
            if isStopped() { return true }
            var entry = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, Int32(min(rest, 100))) > 0 else { continue }
            var key: UInt8 = 0
            guard read(STDIN_FILENO, &key, 1) == 1 else { return true }
            if key == UInt8(ascii: "q") || key == UInt8(ascii: "Q") { return true }
        }
        return isStopped()
    }
}
