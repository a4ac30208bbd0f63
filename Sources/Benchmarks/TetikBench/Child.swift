import Glibc

/// One finished run of a program.
struct Run {
    /// From its start to its end.
    var wallSeconds: Double
    /// Processor time in user mode, all threads.
    var userSeconds: Double
    /// Largest resident memory.
    var peakByteCount: Int
    /// From its start to the first byte on its standard output; nil if there was none.
    var firstByteSeconds: Double?
}

/// Starts programs and takes their time.
enum Child {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Runs `arguments` to the end; standard output is read and thrown away.
    static func run(_ arguments: [String]) throws -> Run {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure(description: "no pipe") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        posix_spawn_file_actions_addclose(&actions, ends[0])
        posix_spawn_file_actions_addclose(&actions, ends[1])
        defer { posix_spawn_file_actions_destroy(&actions) }
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let start = seconds()
        let code = posix_spawnp(&process, arguments[0], &actions, nil, &words, environ)
        close(ends[1])
        defer { close(ends[0]) }
        guard code == 0 else { throw Failure(description: "cannot start \(arguments[0])") }
        var firstByteSeconds: Double?
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while read(ends[0], &buffer, buffer.count) > 0 {
            if firstByteSeconds == nil { firstByteSeconds = seconds() - start }
        }
        var status: Int32 = 0
        var usage = rusage()
        wait4(process, &status, 0, &usage)
        let wallSeconds = seconds() - start
        guard status == 0 else { throw Failure(description: "\(arguments.joined(separator: " ")) failed") }
        return Run(
            wallSeconds: wallSeconds,
            userSeconds: Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1e6,
            peakByteCount: usage.ru_maxrss * 1_024, firstByteSeconds: firstByteSeconds)
    }

    /// What `arguments` write to standard output, up to 4 KiB, without the line feed at its end; empty if they fail.
    static func output(of arguments: String) -> String {
        guard let stream = popen("\(arguments) 2>/dev/null", "r") else { return "" }
        defer { pclose(stream) }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = fread(&buffer, 1, buffer.count, stream)
        let text = String(decoding: buffer[..<count], as: UTF8.self)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    /// Monotonic time in seconds.
    static func seconds() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}
