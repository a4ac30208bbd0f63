import ArgumentParser
import Glibc
import Primitives
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
        var descriptor = STDOUT_FILENO
        if let output {
            descriptor = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw refusal(errno) }
        }
        do {
            switch profile {
            case .shop: try write(ShopWorkload(shopSettings), to: descriptor)
            case .bench: try write(BenchWorkload(benchSettings), to: descriptor)
            }
        } catch PieceWriter.Failure.readerGone {
            return
        } catch PieceWriter.Failure.refused(let code) {
            throw refusal(code)
        }
        // A full disk may show only here.
        if output != nil, close(descriptor) != 0 { throw refusal(errno) }
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

    private func write(_ source: some Workload, to descriptor: Int32) throws(PieceWriter.Failure) {
        var workload = source
        var writer = PieceWriter(descriptor: descriptor)
        var framing = RecordFraming(partitionCount: partitions)
        var value = ByteWriter(capacity: 65_536)
        var progress = GenerateProgress(isOutputFile: output != nil)
        if records {
            while let event = workload.next(into: &value) {
                framing.append(event, from: value, to: &writer.bytes)
                writer.bytes.append(0x0A)
                value.removeAll()
                try writer.flushFullPieces()
                progress.count(writtenByteCount: writer.writtenByteCount)
            }
        } else {
            while workload.next(into: &writer.bytes) != nil {
                writer.bytes.append(0x0A)
                try writer.flushFullPieces()
                progress.count(writtenByteCount: writer.writtenByteCount)
            }
        }
        try writer.flush()
        progress.finish(writtenByteCount: writer.writtenByteCount)
    }

    /// Says what could not be written, and ends with 70: the contract has no code of its own for a full disk.
    private func refusal(_ code: Int32) -> ExitCode {
        let name = output ?? "standard output"
        let reason = String(cString: strerror(code))
        writeToStandardError("tetik generate: cannot write \(name): \(reason); it is incomplete.\n")
        return ExitCode(70)
    }
}

/// The line on a terminal that says how far it has come; silent where standard error is no terminal.
private struct GenerateProgress {
    private static let stride = 1 << 18

    private let isShown: Bool
    private var eventCount = 0

    /// Keeps quiet too where the events themselves go to the terminal.
    init(isOutputFile: Bool) {
        isShown = isatty(STDERR_FILENO) == 1 && (isOutputFile || isatty(STDOUT_FILENO) == 0)
    }

    mutating func count(writtenByteCount: Int) {
        eventCount += 1
        if isShown, eventCount % Self.stride == 0 { show(writtenByteCount, end: "") }
    }

    func finish(writtenByteCount: Int) {
        if isShown { show(writtenByteCount, end: "\n") }
    }

    private func show(_ byteCount: Int, end: String) {
        writeToStandardError("\r\(eventCount) events, \(byteCount >> 20) MiB\(end)")
    }
}

private func writeToStandardError(_ text: String) {
    var copy = text
    copy.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

extension EventTime: ExpressibleByArgument {
    /// Takes a time as the contract's `ts` has it, as text.
    public init?(argument: String) { self.init(rfc3339: argument) }
}
