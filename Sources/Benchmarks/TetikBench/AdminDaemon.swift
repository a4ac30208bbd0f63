import Glibc
import KafkaTransport
import Runtime
import Workloads

/// A `tetik run` in a process of its own, on topics of its own.
final class AdminDaemon {
    private static let startMilliseconds: Int64 = 60_000
    private static let stopMilliseconds: Int64 = 20_000

    let port: UInt16
    /// The input topics, by `WorkloadTopic`.
    let inputs: [String]
    let bootstrapServers: String
    private let cluster: MockCluster?
    private let directory: String
    private var process: pid_t = 0

    /// Creates the topics, on an embedded broker if none is named, and starts `tetik` on them.
    init(tetik: String, broker: String?, partitionCount: Int) throws {
        cluster = broker == nil ? try MockCluster() : nil
        bootstrapServers = broker ?? cluster?.bootstrapServers ?? ""
        port = try AdminConnection.freePort()
        let prefix = "bench-admin-\(SystemClock.wallClock().milliseconds)"
        directory = "/tmp/\(prefix)"
        inputs = WorkloadTopic.allCases.map { "\(prefix).\($0.name)" }
        let keys = [
            "abandoned_cart", "churn_risk", "ad_suppression", "outcomes", "dead_letters", "journal",
        ]
        let outputs = keys.map { "topics.\($0)=\(prefix).\($0)" }
        try BenchTopics.create(
            inputs + keys.map { "\(prefix).\($0)" }, partitionCount: partitionCount, on: cluster,
            orAt: bootstrapServers)
        let settings =
            [
                "kafka.bootstrap_servers=\(bootstrapServers)", "kafka.group_id=\(prefix)",
                "topics.inputs=\(inputs.joined(separator: ","))", "http.listen=127.0.0.1:\(port)",
                "state.directory=\(directory)", "log.level=warning",
                // The embedded broker hides nothing of a transaction, so it gives no reason to make any.
                "delivery=\(broker == nil ? "at_least_once" : "exactly_once")",
            ] + outputs
        // On a machine that stands still for seconds the embedded broker drops what was not read; it is reported.
        process = try Self.start([tetik, "run", "--accept-data-loss"] + settings.flatMap { ["--set", $0] })
        do {
            try waitUntilReady()
        } catch {
            stop()
            throw error
        }
    }

    private static func start(_ arguments: [String]) throws -> pid_t {
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        guard posix_spawnp(&process, arguments[0], nil, nil, &words, environ) == 0 else {
            throw Child.Failure(description: "cannot start \(arguments[0])")
        }
        return process
    }

    private func waitUntilReady() throws {
        let deadline = SystemClock.monotonicMilliseconds() + Self.startMilliseconds
        while true {
            if let answer = try? get("/readyz"), answer.status == 200 { return }
            guard waitpid(process, nil, WNOHANG) == 0 else {
                process = 0
                throw Child.Failure(description: "the daemon ended")
            }
            guard SystemClock.monotonicMilliseconds() < deadline else {
                throw Child.Failure(description: "the daemon was not ready in time")
            }
            usleep(100_000)
        }
    }

    /// Asks for `path` on a connection of its own.
    func get(_ path: String) throws -> (status: Int, body: [UInt8]) {
        var connection = try AdminConnection(port: port)
        try connection.ask(path)
        return try connection.answer()
    }

    /// One of the daemon's metrics that have no labels.
    func metric(_ name: String) throws -> Double {
        let text = String(decoding: try get("/metrics").body, as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
        guard let value = line.flatMap({ Double($0.dropFirst(name.count + 1)) }) else {
            throw Child.Failure(description: "the daemon has no metric \(name)")
        }
        return value
    }

    /// Processor time that its process has taken, of all threads, in user mode and in the kernel.
    /// Source: proc(5), /proc/PID/stat, numbers 14 and 15, in ticks.
    var processorSeconds: Double {
        let text = Child.output(of: "cut -d ')' -f 2 /proc/\(process)/stat")
        let numbers = text.split(separator: " ")
        guard numbers.count > 12, let user = Double(numbers[11]), let system = Double(numbers[12]) else {
            return 0
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Ends it, and takes away what it left.
    func stop() {
        if process != 0 {
            kill(process, SIGTERM)
            let deadline = SystemClock.monotonicMilliseconds() + Self.stopMilliseconds
            while waitpid(process, nil, WNOHANG) == 0 {
                if SystemClock.monotonicMilliseconds() > deadline { kill(process, SIGKILL) }
                usleep(10_000)
            }
            process = 0
        }
        cluster?.stop()
        _ = Child.output(of: "rm -rf \(directory)")
    }
}
