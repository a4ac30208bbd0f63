import Logging
import Primitives
@testable import Telemetry
import Testing

struct LogTests {
    @Test func `a journal entry has each field on its own, and no value can pass for another field`() {
        let entry = JournalSink.entry(
            "two\nlines", label: "run", level: .warning, fields: [("lag", "5"), ("round.trip-ms", "7")])
        let bytes = Array(entry.bytes)
        let length: [UInt8] = [9, 0, 0, 0, 0, 0, 0, 0]
        let wanted =
            Array("MESSAGE\n".utf8) + length
            + Array("two\nlines\nPRIORITY=4\nSYSLOG_IDENTIFIER=tetik\nTETIK_PART=run\nTETIK_LAG=5\n".utf8)
            + Array("TETIK_ROUND_TRIP_MS=7\n".utf8)
        #expect(bytes == wanted)
    }

    @Test func `the level can be changed for all loggers at once`() {
        let level = LogLevelSwitch(.info)
        let handler = StandardErrorLogHandler(label: "a", format: .text, level: level)
        var own = handler
        own.logLevel = .error
        level.level = .debug
        #expect(handler.logLevel == .debug)
        #expect(own.logLevel == .error)
    }

    @Test func `a customer is marked by a hash that tells them apart, or plainly if asked`() {
        Array("c-1".utf8).withUnsafeBytes { key in
            // printf %s c-1 | sha256sum
            #expect(CustomerMark.text(key, isPlain: false) == "a6f7ef47ee8d")
            #expect(CustomerMark.text(key, isPlain: true) == "c-1")
        }
    }
}
