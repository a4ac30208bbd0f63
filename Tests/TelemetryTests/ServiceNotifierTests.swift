import Telemetry
import Testing

struct ServiceNotifierTests {
    /// What was sent, in order.
    private final class Sent {
        var messages: [String] = []
        var lines: [String] { messages.flatMap { $0.split(separator: "\n").map(String.init) } }
    }

    private static func notifier(_ sent: Sent) -> ServiceNotifier {
        ServiceNotifier(environment: ["NOTIFY_SOCKET": "/run/x"]) { message, path in
            #expect(path == "/run/x")
            sent.messages.append(message)
        }
    }

    @Test func `ready is said once, when it is recovered and assigned`() {
        let sent = Sent()
        var notifier = Self.notifier(sent)
        var status = DaemonStatus()
        notifier.tick(status, isTurning: true)
        status.phase = .recovering
        status.recovery.doneCount = 5
        status.recovery.totalCount = 10
        notifier.tick(status, isTurning: true)
        #expect(!sent.lines.contains("READY=1"))
        #expect(sent.lines.contains("STATUS=Recovering: 5 of 10 records"))
        #expect(sent.lines.filter { $0.hasPrefix("EXTEND_TIMEOUT_USEC=") }.count == 2)
        status.phase = .running
        for _ in 0..<20 { notifier.tick(status, isTurning: true) }
        #expect(sent.lines.filter { $0 == "READY=1" }.count == 1)
        #expect(sent.lines.filter { $0.hasPrefix("EXTEND_TIMEOUT_USEC=") }.count == 2)
    }

    @Test func `the watchdog is fed only while the shards' threads turn`() {
        let sent = Sent()
        var notifier = Self.notifier(sent)
        var status = DaemonStatus()
        status.phase = .running
        notifier.tick(status, isTurning: true)
        #expect(sent.lines.filter { $0 == "WATCHDOG=1" }.count == 1)
        status.isLive = false
        status.problems = ["the thread of shards 0 has not turned for 33 s; it is stuck"]
        for _ in 0..<10 { notifier.tick(status, isTurning: false) }
        #expect(
            sent.lines.last?.hasPrefix("STATUS=Stuck: the thread of shards 0 has not turned for 33 s") == true
        )
        #expect(sent.lines.filter { $0 == "WATCHDOG=1" }.count == 1)
    }

    @Test func `the end is said once`() {
        let sent = Sent()
        var notifier = Self.notifier(sent)
        var status = DaemonStatus()
        status.phase = .stopping
        notifier.tick(status, isTurning: true)
        notifier.tick(status, isTurning: true)
        notifier.noteStopping()
        #expect(sent.lines.filter { $0 == "STOPPING=1" }.count == 1)
    }

    @Test(arguments: [[:], ["NOTIFY_SOCKET": ""], ["NOTIFY_SOCKET": "relative"]])
    func `without systemd nothing is said`(environment: [String: String]) {
        var notifier = ServiceNotifier(environment: environment) { _, _ in Issue.record("said something") }
        notifier.tick(DaemonStatus(), isTurning: true)
        notifier.noteStopping()
    }
}
