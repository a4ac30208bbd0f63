import Foundation
import KafkaTransport
import Logging
import Runtime
import Settings
import Testing

/// All suites of the daemon. Within a suite one test after another: most of their time they wait for the embedded
/// broker's group, which needs 3 s to form.
struct LiveTests {}

/// A daemon on a thread of its own.
final class RunningDaemon {
    let daemon: Daemon
    let log = LogLines()
    private let ending = Monitor<Ending?>(nil)

    private struct Ending {
        var failure: DaemonFailure?
    }

    /// Starts it.
    init(_ settings: Settings, acceptsDataLoss: Bool = false) {
        let log = log
        let logger = Logger(label: "test") { _ in CollectingLogHandler(lines: log) }
        var settings = settings
        // Each has a directory of its own, as on a host of its own; what it needs is in the journal.
        let directory = FileManager.default.temporaryDirectory.appending(path: "tetik-\(UUID().uuidString)")
        if settings.state.directory == Settings().state.directory {
            settings.state.directory = directory.path(percentEncoded: false)
        }
        let daemon = Daemon(settings: settings, acceptsDataLoss: acceptsDataLoss, logger: logger)
        let ending = ending
        self.daemon = daemon
        _ = SystemThread(name: "tetik-test") {
            do throws(DaemonFailure) {
                try daemon.run()
                ending.change { $0 = Ending() }
            } catch {
                ending.change { $0 = Ending(failure: error) }
            }
            try? FileManager.default.removeItem(at: directory)
        }
    }

    var totals: LiveCounters.Totals { daemon.counters.totals }

    var isRunning: Bool { ending.read { $0 == nil } }

    /// Waits until it has ended, by itself or because it was told to, and returns why.
    func failure() throws -> DaemonFailure? {
        try #require(ending.wait(milliseconds: patienceMilliseconds) { $0 }, "the daemon did not end").failure
    }

    /// Asks it to stop, and expects that it does so without a failure.
    func stop() throws {
        daemon.lifecycle.stop()
        if let failure = try failure() { throw failure }
    }
}

/// Runs `body` with a daemon and stops it whatever happens.
func withDaemon(
    _ settings: Settings, acceptsDataLoss: Bool = false, _ body: (RunningDaemon) throws -> Void
) throws {
    let running = RunningDaemon(settings, acceptsDataLoss: acceptsDataLoss)
    do {
        try body(running)
    } catch {
        running.daemon.lifecycle.stop()
        let failure = try? running.failure()
        Issue.record("the daemon counted \(running.totals), failure \(String(describing: failure)), log:")
        for line in running.log.all { Issue.record("\(line)") }
        throw error
    }
    try running.stop()
}

/// What a daemon logged.
final class LogLines: Sendable {
    private let lines = Monitor<[String]>([])

    func add(_ line: String) { lines.change { $0.append(line) } }

    func count(containing text: String) -> Int {
        lines.read { lines in lines.filter { $0.contains(text) }.count }
    }

    var all: [String] { lines.read { $0 } }
}

private struct CollectingLogHandler: LogHandler {
    let lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.add("\(event.level) \(event.message) \(event.metadata ?? [:])")
    }
}
