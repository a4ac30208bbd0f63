import Foundation
import Runtime
import Testing

struct MemoryTests {
    /// Resident bytes of this process. Source: proc(5), statm, in pages of 4 KiB.
    static func residentByteCount() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * 4_096
    }

    /// In a process of its own, where nobody else's memory comes and goes.
    @Test func `memory does not grow with the log's length`() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            // The same events again and again are duplicates or late: the customers stay the same.
            let log = shopLog(eventCount: 6_000)
            let file = try folder.write(log, as: "log")
            for threadCount in [1, 2] {
                _ = try replay([file, file], threadCount: threadCount, in: folder)
                let before = MemoryTests.residentByteCount()
                let many = [String](repeating: file, count: 20)
                let output = try replay(many, threadCount: threadCount, in: folder)
                let grown = MemoryTests.residentByteCount() - before
                print("\(threadCount) threads: \(log.count * 20) bytes of log, memory grew by \(grown) bytes")
                precondition(before > 0 && output.summary.eventCount >= 120_000)
                precondition(grown < 10 << 20, "memory grew by \(grown) bytes")
            }
        }
    }
}
