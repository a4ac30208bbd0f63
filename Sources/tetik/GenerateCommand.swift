import ArgumentParser
import Glibc
import Primitives
import Runtime
import Workloads

/// `tetik generate`: synthetic events, by seed.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Write synthetic events, always the same ones for a seed.",
        discussion: """
            Two profiles. 'shop' simulates customers one by one: sessions, baskets that are ordered or \
            forgotten, reminders, mailings, ads, customers who drift away. 'bench' is the fixed mix that \
            throughput is measured with.

            The output is JSON Lines, ordered by event time but for a few late ones; 'tetik replay' reads it, \
            and so does any Kafka producer.

            Example:
              tetik generate --seed 7 --days 60 --customers 500 | tetik replay -
              tetik generate --profile bench --events 1000000 --records --output bench.jsonl
            """)

    enum Profile: String, ExpressibleByArgument, CaseIterable {
        case shop, bench
    }

    @Option(help: "What to make: shop or bench.")
    var profile = Profile.shop
    @Option(help: "The same seed gives the same bytes.")
    var seed: UInt64 = 1
    @Option(help: "Event time of the beginning, RFC 3339 with offset.")
    var start = workloadDefaultStart
    @Option(help: "Days of event time, 1 to 10,000.")
    var days = 30
    @Option(help: "Customers. (default: shop 2000, bench 500000)")
    var customers: Int?
    @Option(help: "Stop after that many events. (default: shop none, bench 10000000)")
    var events: Int?
    @Option(help: "Share of events that come up to 8 s late, 0 to 1.")
    var lateShare = 0.005
    @Option(help: "Share of lines that are spoiled, 0 to 1; shop only.")
    var badShare = 0.0
    @Option(
        help: ArgumentHelp(
            "How much faster customers buy and leave than the default rules assume; shop only.",
            discussion: "At 7, the weeks of rules.churn_risk become days; set its time_unit to 1d then."))
    var pace = 1.0
    @Flag(help: "Write recorded records, with topic, partition and offset, instead of plain events.")
    var records = false
    @Option(help: "Partitions of every topic, for --records.")
    var partitions: Int32 = 12
    @Option(name: .shortAndLong, help: "The file to write. (default: standard output)")
    var output: String?

    func validate() throws {
        guard (1...10_000).contains(days) else { throw ValidationError("--days is 1 to 10,000.") }
        guard (1...ShopSettings.customerCountMax).contains(customers ?? 1) else {
            throw ValidationError("--customers is 1 to \(ShopSettings.customerCountMax).")
        }
        guard events ?? 0 >= 0 else { throw ValidationError("--events is 0 or more.") }
        guard (0...1).contains(lateShare) else { throw ValidationError("--late-share is 0 to 1.") }
        guard (0...1).contains(badShare) else { throw ValidationError("--bad-share is 0 to 1.") }
        guard (0.001...1_000).contains(pace) else { throw ValidationError("--pace is 0.001 to 1,000.") }
        guard partitions >= 1, partitions <= 100_000 else {
            throw ValidationError("--partitions is 1 to 100,000.")
        }
        // Late events lie up to 8 s before the beginning.
        let firstDay = EventTime.earliest + 86_400_000
        guard start >= firstDay, start + Int64(days) * 86_400_000 < EventTime.latest else {
            throw ValidationError("--start and --days must stay between 2000-01-02 and 2100.")
        }
        if profile == .bench, badShare > 0 || pace != 1 {
            throw ValidationError("--bad-share and --pace belong to --profile shop.")
        }
    }

    func run() throws {
        FileOutput.ignoreBrokenPipes()
        do throws(SystemError) {
            let file = try output.map { path throws(SystemError) in try FileOutput(path: path) }
            switch profile {
            case .shop: try write(ShopWorkload(shopSettings), to: file ?? .standardOutput())
            case .bench: try write(BenchWorkload(benchSettings), to: file ?? .standardOutput())
            }
        } catch {
            if error.code == EPIPE { return }
            // The contract has no code of its own for a full disk.
            Console.complain("\(error.description); it is incomplete")
            throw ExitCode(ExitStatus.ownFault)
        }
    }

    private var shopSettings: ShopSettings {
        var settings = ShopSettings()
        settings.seed = seed
        settings.start = start
        settings.dayCount = days
        settings.customerCount = customers ?? settings.customerCount
        settings.eventCountMax = events
        settings.lateShare = lateShare
        settings.badShare = badShare
        let unit = Double(settings.purchases.timeUnitMilliseconds)
        settings.purchases.timeUnitMilliseconds = Int64((unit / pace).rounded())
        return settings
    }

    private var benchSettings: BenchSettings {
        var settings = BenchSettings()
        settings.seed = seed
        settings.start = start
        settings.dayCount = days
        settings.customerCount = customers ?? settings.customerCount
        settings.eventCount = events ?? settings.eventCount
        settings.lateShare = lateShare
        return settings
    }

    /// Bytes of lines that are gathered before they are written.
    private static let pieceByteCount = 1 << 20

    private func write(_ source: some Workload, to file: FileOutput) throws(SystemError) {
        var workload = source
        var framing = RecordFraming(partitionCount: partitions)
        var value = ByteWriter(capacity: 65_536)
        var lines = ByteWriter(capacity: Self.pieceByteCount + 65_536)
        var progress = GenerateProgress(isOutputFile: output != nil)
        var isOver = false
        while !isOver {
            if records {
                value.removeAll()
                if let event = workload.next(into: &value) {
                    framing.append(event, from: value, to: &lines)
                } else {
                    isOver = true
                }
            } else {
                isOver = workload.next(into: &lines) == nil
            }
            if !isOver { lines.append(0x0A) }
            guard lines.count >= Self.pieceByteCount || isOver else { continue }
            try file.write(lines.bytes)
            progress.add(lines.bytes)
            lines.removeAll()
        }
        try file.close()
        progress.finish()
    }
}

/// The line on a terminal that says how far it has come; silent where standard error is no terminal.
private struct GenerateProgress {
    private let isShown: Bool
    private var eventCount = 0
    private var byteCount = 0

    /// Keeps quiet too where the events themselves go to the terminal.
    init(isOutputFile: Bool) {
        isShown = Console.isTerminal && (isOutputFile || isatty(STDOUT_FILENO) == 0)
    }

    /// Counts lines that were written.
    mutating func add(_ lines: UnsafeRawBufferPointer) {
        guard isShown else { return }
        eventCount += lines.count { $0 == 0x0A }
        byteCount += lines.count
        show(end: "")
    }

    func finish() {
        if isShown { show(end: "\n") }
    }

    private func show(end: String) { Console.write("\r\(eventCount) events, \(byteCount >> 20) MiB\(end)") }
}

extension EventTime: ExpressibleByArgument {
    /// Takes a time as the contract's `ts` has it, as text.
    public init?(argument: String) { self.init(rfc3339: argument) }
}
