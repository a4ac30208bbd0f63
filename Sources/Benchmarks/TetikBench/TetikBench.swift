import ArgumentParser
import Glibc
import Settings

/// `tetik-bench`: what is measured of the program; on a broker only what is asked for by `--live` and `--admin`.
@main
struct TetikBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tetik-bench", abstract: "Measure replay, memory, start and the parts of the hot path.",
        discussion: """
            Example:
              swift build -c release && .build/release/tetik-bench

            Whole-process figures are medians of --runs runs of the tetik beside this program, on the log that \
            'tetik generate --profile bench' writes. Thresholds are those of Sources/Benchmarks/thresholds.json.
            """)

    @Option(help: "Events of the log.") var events = 10_000_000
    @Option(help: "Customers of the log.") var customers = 500_000
    @Option(help: "Runs of each whole-process figure.") var runs = 5
    @Option(help: "Where logs are written, and left for the next call.") var directory = "/tmp"
    @Flag(help: "Compare 100,000 with 10,000,000 customers.") var growth = false
    @Flag(help: "Count instructions with callgrind; needs valgrind and strip.") var instructions = false
    @Flag(help: "Measure the daemon, on an embedded broker or --broker.") var live = false
    @Option(help: "A broker for --live and --admin, as host:port; topics of its own are created there.")
    var broker: String?
    @Option(help: "Delivery for --live: at_least_once or exactly_once.")
    var delivery = DeliveryGuarantee.atLeastOnce
    @OptionGroup var adminOptions: AdminMeasures.Options
    @Flag(help: "Measure snapshots and nothing else.") var snapshots = false
    @Option(help: "Customers for --snapshots.") var snapshotCustomers = 1_000_000
    @Flag(help: "Write JSON.") var json = false
    @Option(help: "Exit with 1 if a figure is above the one in this file.") var thresholds: String?

    private var tetik: String {
        let own = CommandLine.arguments[0]
        return (own.lastIndex(of: "/").map { String(own[...$0]) } ?? "./") + "tetik"
    }

    func run() throws {
        let model = Child.output(of: "grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | xargs")
        var report = Report(
            machine: "\(model), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) processors",
            commit: Child.output(of: "git describe --always --dirty"))
        if snapshots {
            var measures = SnapshotMeasures(customerCount: snapshotCustomers, directory: directory)
            try measures.measure(&report)
            print(json ? report.json : report.table, terminator: "")
            return
        }
        if adminOptions.admin {
            var measures = AdminMeasures(adminOptions, tetik: tetik, broker: broker)
            try measures.measure(&report)
            print(json ? report.json : report.table, terminator: "")
            return
        }
        let log = try makeLog(events, customers)
        // Before the log is in this process's memory, which would count as that of the programs it starts.
        let nanoseconds = try measureReplay(log, &report)
        try measureStart(log, &report)
        let inside = try InProcess(path: log)
        let decode = inside.decodeNanoseconds()
        report.add("decoder", decode, "ns/event")
        report.add("decoder to replay, 1 thread", decode / nanoseconds, "ratio")
        inside.measureEngine(&report)
        MicroBenchmarks.measure(&report)
        try measureSimdjson(log, nanoseconds, decode, &report)
        if growth { try measureGrowth(&report) }
        if live {
            let measures = LiveMeasures(
                broker: broker, delivery: delivery, directory: directory, runs: runs)
            try measures.measure(&report)
        }
        if instructions { try countInstructions(&report) }
        print(json ? report.json : report.table, terminator: "")
        if let thresholds, try !Thresholds(path: thresholds).hold(for: report) { throw ExitCode(1) }
    }

    private func makeLog(_ events: Int, _ customers: Int) throws -> String {
        let path = "\(directory)/tetik-bench-\(events)-\(customers).jsonl"
        if access(path, R_OK) == 0 { return path }
        let command =
            "\(tetik) generate --profile bench --events \(events) --customers \(customers) > \(path).part"
        guard system("\(command) && mv \(path).part \(path)") == 0 else {
            throw Child.Failure(description: "cannot write \(path)")
        }
        return path
    }

    private func replay(_ log: String, threads: Int, runs: Int) throws -> Run {
        let arguments = [tetik, "replay", log, "--threads", "\(threads)", "--triggers", "/dev/null"]
        return try median((0..<runs).map { _ in try Child.run(arguments) })
    }

    private func median(_ runs: [Run]) -> Run {
        runs.sorted { $0.wallSeconds < $1.wallSeconds }[runs.count / 2]
    }

    /// Returns the processor time of one thread, in nanoseconds an event.
    private func measureReplay(_ log: String, _ report: inout Report) throws -> Double {
        let one = try replay(log, threads: 1, runs: runs)
        let two = try replay(log, threads: 2, runs: runs)
        let count = Double(events)
        report.add("replay, 1 thread", count / one.wallSeconds, "events/s", goal: "3000000")
        report.add("replay, 1 thread, processor", one.userSeconds / count * 1e9, "ns/event")
        report.add("replay, 2 threads", count / two.wallSeconds, "events/s", goal: "5000000")
        report.add("replay, 2 threads to 1", one.wallSeconds / two.wallSeconds, "ratio", goal: "1.7")
        report.add("memory, peak, 1 thread", Double(one.peakByteCount) / 1e6, "MB")
        report.add(
            "memory beyond 40 MB", max(Double(one.peakByteCount) - 40e6, 0) / Double(customers),
            "bytes/customer", goal: "200")
        return one.userSeconds / count * 1e9
    }

    /// A bare pass of simdjson over the same log, by the program beside this one, if it was built.
    private func measureSimdjson(
        _ log: String, _ replay: Double, _ decode: Double, _ report: inout Report
    ) throws {
        let program = tetik.dropLast("tetik".count) + "simdjson-pass"
        guard access(String(program), X_OK) == 0 else {
            print("simdjson is not measured: no \(program); see Sources/README.md, Measurements")
            return
        }
        let runs = (0..<runs).compactMap { _ in Double(Child.output(of: "\(program) \(log)")) }.sorted()
        guard !runs.isEmpty else { throw Child.Failure(description: "\(program) does not work") }
        let nanoseconds = runs[runs.count / 2]
        report.add("simdjson alone", nanoseconds, "ns/event")
        report.add("replay, 1 thread, to simdjson", nanoseconds / replay, "ratio", goal: "0.6")
        report.add("decoder to simdjson", nanoseconds / decode, "ratio")
    }

    private func measureStart(_ log: String, _ report: inout Report) throws {
        let help = median(try (0..<runs).map { _ in try Child.run([tetik, "--help"]) })
        report.add("start of tetik --help", help.wallSeconds * 1e3, "ms", goal: "20")
        let short = "\(directory)/tetik-bench-short.jsonl"
        guard system("head -n 20000 \(log) > \(short)") == 0 else {
            throw Child.Failure(description: "cannot write \(short)")
        }
        let first = median(try (0..<runs).map { _ in try Child.run([tetik, "replay", short]) })
        report.add("first record of replay", (first.firstByteSeconds ?? 0) * 1e3, "ms", goal: "50")
    }

    private func measureGrowth(_ report: inout Report) throws {
        let few = try replay(makeLog(20_000_000, 100_000), threads: 1, runs: 1)
        let many = try replay(makeLog(20_000_000, 10_000_000), threads: 1, runs: 1)
        report.add("10 M customers to 100 k", few.wallSeconds / many.wallSeconds, "ratio", goal: "0.5")
    }

    /// What callgrind counts of whole replays; the difference of two logs, so that the start does not count.
    private func countInstructions(_ report: inout Report) throws {
        let stripped = "\(directory)/tetik-bench-stripped"
        guard system("strip -g -o \(stripped) \(tetik)") == 0 else {
            throw Child.Failure(description: "strip does not work")
        }
        let fewer = try Callgrind(stripped, log: makeLog(100_000, 10_000), directory: directory)
        let more = try Callgrind(stripped, log: makeLog(200_000, 10_000), directory: directory)
        report.add(
            "instructions", (more.instructionCount - fewer.instructionCount) / 100_000, "per event")
        report.add(
            "retains and releases", (more.referenceCount - fewer.referenceCount) / 100_000, "per event",
            goal: "0")
    }
}

extension DeliveryGuarantee: ExpressibleByArgument {}
