import Foundation

/// How long a process took until it worked again, by its log.
enum RecoveryTime {
    /// Milliseconds from the start of the process until the partitions of its first assignment had caught up with
    /// their journals; nil if it did not come to that.
    static func milliseconds(of start: Member.Start) -> Int64? {
        guard let data = FileManager.default.contents(atPath: start.logPath) else { return nil }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        guard
            let assigned = lines.firstIndex(where: {
                $0.contains(" partitions assigned ") && !$0.contains(" count=0")
            })
        else { return nil }
        let toRecover = lines[..<assigned].count { $0.contains(" recovering ") }
        let recovered = lines.filter { $0.contains(" recovered ") }.prefix(toRecover)
        guard recovered.count == toRecover else { return nil }
        let times = ([lines[assigned]] + recovered).compactMap(milliseconds)
        return times.max().map { $0 - start.wallMilliseconds }
    }

    /// The time that a line of the log begins with, in milliseconds since 1970 UTC.
    private static func milliseconds(_ line: Substring) -> Int64? {
        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let text = line.split(separator: " ").first, let date = try? format.parse(String(text)) else {
            return nil
        }
        return Int64((date.timeIntervalSince1970 * 1_000).rounded())
    }
}
