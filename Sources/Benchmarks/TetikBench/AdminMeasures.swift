import ArgumentParser
import Glibc

/// What it costs the daemon that others look on: endpoints asked all the time, and readers of the trigger stream.
///
/// The daemon is a process of its own, so its processor time is its own. Windows without anyone, with pollers, and with
/// pollers and readers take turns, in an order that changes, at a fixed rate and then as fast as the daemon can.
struct AdminMeasures {
    /// How it is measured.
    struct Options: ParsableArguments {
        @Flag(
            help: "Measure the admin service under load and nothing else, on an embedded broker or --broker.")
        var admin = false
        @Option(help: "Events a second for --admin.") var adminRate = 100_000
        @Option(help: "Seconds of one window of --admin.") var adminSeconds = 15.0
        @Option(help: "Rounds of windows of --admin; figures are medians over them.") var adminRounds = 6
        @Option(help: "How often --admin asks for each endpoint, a second.") var adminAsks = 2.0
    }

    private enum Audience: String, CaseIterable {
        case nobody
        case pollers
        case everyone = "pollers, 200 idle and 20 slow readers"
    }

    /// What one window gave.
    private struct Window {
        var events = 0.0
        var seconds = 0.0
        var processorSeconds = 0.0
        var rate: Double { events / seconds }
        var microsecondsPerEvent: Double { processorSeconds / events * 1e6 }
    }

    private static let idleCount = 200
    private static let slowCount = 20
    private static let partitionCount = 24
    private static let warmUpSeconds = 5.0

    let options: Options
    let tetik: String
    let broker: String?

    private var delays: [Audience: [String: [Double]]] = [:]
    private var droppedCount = 0
    private var refusedCount = 0

    init(_ options: Options, tetik: String, broker: String?) {
        self.options = options
        self.tetik = tetik
        self.broker = broker
    }

    /// Takes all figures.
    mutating func measure(_ report: inout Report) throws {
        let daemon = try AdminDaemon(tetik: tetik, broker: broker, partitionCount: Self.partitionCount)
        defer { daemon.stop() }
        let feeder = try AdminFeeder(daemon, .rate(options.adminRate))
        _ = try window(.nobody, daemon, feeder, seconds: Self.warmUpSeconds)
        let atRate = try rounds(daemon, feeder)
        addDelays(&report)
        delays = [:]
        addRatios(atRate, "at the rate", &report)
        feeder.setPace(.full)
        _ = try window(.nobody, daemon, feeder, seconds: Self.warmUpSeconds)
        let atFull = try rounds(daemon, feeder)
        addRatios(atFull, "at full speed", &report)
        addDelays(&report, "at full speed: ")
        report.add(
            "records that were not read in time", try daemon.metric("tetik_events_lost_total"), "records")
        report.add("answers that say no", Double(refusedCount), "answers")
        report.add("slow readers dropped", Double(droppedCount), "readers")
        report.add("the daemon dropped", try daemon.metric("tetik_http_streams_dropped_total"), "readers")
        try feeder.finish()
    }

    private mutating func rounds(
        _ daemon: AdminDaemon, _ feeder: AdminFeeder
    ) throws -> [Audience: [Window]] {
        var windows: [Audience: [Window]] = [:]
        for round in 0..<options.adminRounds {
            // Each is first, second and last equally often.
            let order = (0..<3).map { Audience.allCases[(round + $0) % 3] }
            for audience in order {
                windows[audience, default: []].append(
                    try window(audience, daemon, feeder, seconds: options.adminSeconds))
            }
        }
        return windows
    }

    private mutating func window(
        _ audience: Audience, _ daemon: AdminDaemon, _ feeder: AdminFeeder, seconds: Double
    ) throws -> Window {
        let streams =
            audience == .everyone
            ? try AdminStreams(port: daemon.port, idleCount: Self.idleCount, slowCount: Self.slowCount) : nil
        let pollers =
            audience == .nobody
            ? nil : AdminPollers(port: daemon.port, timesPerSecond: options.adminAsks)
        var window = Window()
        let events = try daemon.metric("tetik_events_total")
        let processorSeconds = daemon.processorSeconds
        let start = Child.seconds()
        // The same few questions in every window; the feeder needs them.
        while Child.seconds() - start < seconds {
            usleep(200_000)
            feeder.note(doneCount: Int(try daemon.metric("tetik_events_total")))
        }
        window.events = try daemon.metric("tetik_events_total") - events
        window.seconds = Child.seconds() - start
        guard window.events > 0 else {
            throw Child.Failure(
                description: "the daemon read nothing for \(Int(window.seconds)) s; is the machine busy?")
        }
        window.processorSeconds = daemon.processorSeconds - processorSeconds
        for (path, list) in try pollers?.finish() ?? [:] {
            guard path != AdminPollers.refusedName else {
                refusedCount += list.count
                continue
            }
            delays[audience, default: [:]][path, default: []] += list
        }
        droppedCount += try streams?.finish() ?? 0
        return window
    }

    private func addDelays(_ report: inout Report, _ prefix: String = "") {
        for audience in [Audience.pollers, .everyone] {
            let lists = delays[audience] ?? [:]
            let all = ("all endpoints", lists.values.flatMap(\.self))
            for (path, list) in AdminPollers.paths.map({ ($0, lists[$0] ?? []) }) + [all] {
                guard !list.isEmpty else { continue }
                let sorted = list.sorted()
                let name = "\(prefix)\(path), \(audience.rawValue)"
                report.add("\(name), p50 of \(list.count)", sorted[list.count / 2], "ms")
                report.add("\(name), p99", sorted[list.count * 99 / 100], "ms", goal: "50")
            }
        }
    }

    private func addRatios(_ windows: [Audience: [Window]], _ name: String, _ report: inout Report) {
        let alone = windows[.nobody] ?? []
        for audience in Audience.allCases {
            guard let list = windows[audience] else { continue }
            let who = "\(name), \(audience.rawValue)"
            report.add(who, median(list.map(\.rate)), "events/s")
            report.add("\(who), processor", median(list.map(\.microsecondsPerEvent)), "us/event")
            guard audience != .nobody else { continue }
            let pairs = zip(list, alone)
            report.add("\(who), to nobody", median(pairs.map { $0.rate / $1.rate }), "ratio", goal: "0.98")
            report.add(
                "\(who), processor to nobody",
                median(pairs.map { $0.microsecondsPerEvent / $1.microsecondsPerEvent }), "ratio", goal: "1.02"
            )
        }
    }

    private func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }
}
