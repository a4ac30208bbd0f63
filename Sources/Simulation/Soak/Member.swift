import Glibc

/// One member of the group: a `tetik run` in a process of its own, started again and again. One thread.
final class Member {
    /// One start of the process.
    struct Start {
        /// Milliseconds since 1970 UTC.
        var wallMilliseconds: Int64
        /// What the process wrote to standard error.
        var logPath: String
        /// Whether the process before was killed.
        var followsKill: Bool
    }

    /// How a process ended: its exit status, or minus the signal.
    typealias Ending = Int32

    private static let stopMillisecondsMax: Int64 = 40_000

    let number: Int
    private let folder: String
    private let arguments: [String]
    private(set) var processID: pid_t?
    private(set) var starts: [Start] = []
    private(set) var isFrozen = false

    init(number: Int, program: String, configurationPath: String, folder: String) {
        self.number = number
        self.folder = folder
        arguments = [
            program, "run", "--config", configurationPath, "--set",
            "state.directory=\(folder)/member-\(number)",
        ]
    }

    /// Starts a process; there must be none.
    func start(followsKill: Bool = false) throws {
        precondition(processID == nil, "a member is started twice")
        let start = Start(
            wallMilliseconds: SoakClock.wallMilliseconds(),
            logPath: "\(folder)/member-\(number).\(starts.count).log", followsKill: followsKill)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, STDERR_FILENO, start.logPath, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        // This process blocks the signals that end a member.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var texts = arguments.map { strdup($0) }
        defer { for text in texts { free(text) } }
        texts.append(nil)
        var child: pid_t = 0
        let code = posix_spawn(
            &child, arguments[0], &actions, &attributes, texts, Self.memberEnvironment)
        guard code == 0 else {
            throw SoakFailure("cannot start \(arguments[0]): \(String(cString: strerror(code)))")
        }
        processID = child
        starts.append(start)
    }

    /// Ours without what a member would take for its own keys: its file alone configures it.
    private static var memberEnvironment: [UnsafeMutablePointer<CChar>?] {
        var texts: [UnsafeMutablePointer<CChar>?] = []
        var place = environ
        // BOUND: the environment, which ends in nil.
        while let text = place.pointee {
            if strncmp(text, "TETIK_", 6) != 0 { texts.append(text) }
            place += 1
        }
        return texts + [nil]
    }

    /// How the process ended, if it did since the last look.
    func ending() -> Ending? { wait(options: WNOHANG) }

    /// kill -9.
    func kill() {
        send(SIGKILL)
        _ = wait(options: 0)
    }

    /// SIGTERM, and waits for the end; nil if it did not come in time, then the process was killed.
    func terminate() -> Ending? {
        send(SIGTERM)
        let deadline = SoakClock.monotonicMilliseconds() + Self.stopMillisecondsMax
        // BOUND: the deadline.
        while SoakClock.monotonicMilliseconds() < deadline {
            if let ending = ending() { return ending }
            SoakClock.sleep(milliseconds: 5)
        }
        kill()
        return nil
    }

    func freeze() {
        send(SIGSTOP)
        isFrozen = true
    }

    func wake() {
        send(SIGCONT)
        isFrozen = false
    }

    private func send(_ signal: Int32) {
        if let processID { Glibc.kill(processID, signal) }
    }

    private func wait(options: Int32) -> Ending? {
        guard let processID else { return nil }
        var status: Int32 = 0
        // BOUND: until a wait is not interrupted by a signal.
        while true {
            let result = waitpid(processID, &status, options)
            if result == -1, errno == EINTR { continue }
            guard result == processID else { return nil }
            break
        }
        self.processID = nil
        isFrozen = false
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : -signal
    }
}
