import Glibc
import Runtime

/// Those who ask again and again, each endpoint on a connection of its own that stays open, as a scraper's or a page's.
struct AdminPollers {
    /// What is asked for. The stream is opened anew each time; its answer is its first bytes.
    static let paths = [
        "/livez", "/readyz", "/metrics", "/v1/status", "/v1/history", "/v1/customers/c-7919", "/v1/triggers",
        "/",
    ]

    /// Stands for those answers of all paths that say no, such as `/readyz` of a daemon that is behind.
    static let refusedName = "no"

    private let threads: [SystemThread]
    private let isOver = Monitor(false)
    private let delays = Monitor([String: [Double]]())
    private let failure = Monitor<String?>(nil)

    /// Begins to ask for each of `paths` so many times a second, evenly.
    init(port: UInt16, timesPerSecond: Double) {
        let (isOver, delays, failure) = (isOver, delays, failure)
        threads = Self.paths.map { path in
            SystemThread(name: "bench-poller") {
                do {
                    try Self.poll(path, port, timesPerSecond, isOver, delays)
                } catch {
                    failure.change { $0 = "\(path): \(error)" }
                }
            }
        }
    }

    /// Ends; returns how long answers took, in milliseconds, by path.
    func finish() throws -> [String: [Double]] {
        isOver.change { $0 = true }
        for thread in threads { thread.join() }
        if let failure = failure.read({ $0 }) { throw Child.Failure(description: failure) }
        return delays.read { $0 }
    }

    private static func poll(
        _ path: String, _ port: UInt16, _ timesPerSecond: Double, _ isOver: Monitor<Bool>,
        _ delays: Monitor<[String: [Double]]>
    ) throws {
        let isStream = path == "/v1/triggers"
        var connection = try AdminConnection(port: port)
        let interval = 1 / timesPerSecond
        // Not all at one time.
        var due = Child.seconds() + interval * Double.random(in: 0..<1)
        // BOUND: until `finish`.
        while true {
            let rest = Int64(max((due - Child.seconds()) * 1_000, 1))
            if isOver.wait(milliseconds: rest, { $0 ? () : nil }) != nil { return }
            let start = Child.seconds()
            guard start >= due else { continue }
            due = max(due + interval, start)
            if isStream { connection = try AdminConnection(port: port) }
            try connection.ask(path)
            let answer = try connection.answer()
            let milliseconds = (Child.seconds() - start) * 1_000
            delays.change { $0[path, default: []].append(milliseconds) }
            if ![200, 404].contains(answer.status) {
                delays.change { $0[Self.refusedName, default: []].append(milliseconds) }
            }
        }
    }
}

/// Readers of the trigger stream: some that wait for customers who never come, and some that read hardly anything.
final class AdminStreams: Sendable {
    /// What a slow reader takes a second, in bytes: less than one record in four.
    private static let slowByteCount = 512
    private static let slowReceiveByteCount: Int32 = 4_096

    private let isOver = Monitor(false)
    private let failure = Monitor<String?>(nil)
    private let dropped = Monitor(0)
    private let thread = Monitor<SystemThread?>(nil)

    /// Connects all of them, and begins to read.
    init(port: UInt16, idleCount: Int, slowCount: Int) throws {
        var idle: [Reader] = []
        for number in 0..<idleCount { idle.append(try Reader(port, "?customer=nobody-\(number)")) }
        var slow: [Reader] = []
        for _ in 0..<slowCount { slow.append(try Reader(port, "", Self.slowReceiveByteCount)) }
        let (readers, slowReaders) = (Readers(idle), Readers(slow))
        thread.change {
            $0 = SystemThread(name: "bench-streams") { [self] in
                do { try read(readers.list, slowReaders.list, port) } catch {
                    failure.change { $0 = "\(error)" }
                }
            }
        }
    }

    /// Ends; returns how many slow readers were dropped, each of which came again.
    func finish() throws -> Int {
        isOver.change { $0 = true }
        thread.read { $0 }?.join()
        if let failure = failure.read({ $0 }) { throw Child.Failure(description: failure) }
        return dropped.read { $0 }
    }

    private final class Reader {
        let connection: AdminConnection

        init(_ port: UInt16, _ query: String, _ receiveByteCount: Int32? = nil) throws {
            connection = try AdminConnection(port: port, receiveByteCount: receiveByteCount)
            try connection.ask("/v1/triggers\(query)")
        }

        /// Reads what is there, at most so much; false if the connection has been closed.
        func read(countMax: Int) -> Bool {
            var bytes = [UInt8](repeating: 0, count: countMax)
            let count = recv(connection.descriptor, &bytes, countMax, Int32(MSG_DONTWAIT))
            return count > 0 || count < 0 && (errno == EAGAIN || errno == EINTR)
        }
    }

    /// Hands readers over to the thread.
    private struct Readers: @unchecked Sendable {
        // SAFETY: nobody else has them afterwards.
        let list: [Reader]
        init(_ list: [Reader]) { self.list = list }
    }

    private func read(_ idle: [Reader], _ slow: [Reader], _ port: UInt16) throws {
        var slow = slow
        // BOUND: until `finish`.
        while isOver.wait(milliseconds: 1_000, { $0 ? () : nil }) == nil {
            for reader in idle where !reader.read(countMax: 65_536) {
                throw Child.Failure(description: "an idle reader was dropped")
            }
            for index in slow.indices where !slow[index].read(countMax: Self.slowByteCount) {
                dropped.change { $0 += 1 }
                slow[index] = try Reader(port, "", Self.slowReceiveByteCount)
            }
        }
    }
}
