import ArgumentParser
import Foundation
import Runtime

/// Runs the daemon under load and under attack, then compares every record with what should be there.
@main
struct Soak: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tetik-soak",
        abstract: "Kill, freeze and restart daemons under load, then look for lost and repeated records.",
        discussion: """
            Feeds a synthetic shop to members of a group, which are killed, stopped, frozen beyond the session \
            timeout and started again, by seed. In the end the sequence that the group processed, by its journal, \
            is replayed, and the trigger topics and dead letters must hold exactly what the replay gives. Exit \
            code 0: they do; 65: they don't, and the first differences are shown.

            Without --broker it brings the broker of librdkafka, which knows no isolation of transactions: there the \
            daemons deliver at least once, and the last of several records with one id counts. It does not fence \
            either: what comes of --members 2 and --freezes there proves nothing. A real Kafka is read as its users \
            read it (read_committed) and compared exactly.

            Examples:
              tetik-soak --kills 20
              tetik-soak --broker localhost:9092 --minutes 10 --members 2 --freezes
            """)

    @Option(help: ArgumentHelp("A real Kafka. (default: one in this process)", valueName: "host:port"))
    var broker: String?
    @Option(help: "How long the trouble lasts. (default: 1)")
    var minutes: Double?
    @Option(help: "Instead of --minutes: after so many kill -9 the trouble ends.")
    var kills: Int?
    @Option(help: ArgumentHelp("Events per second at most.", valueName: "events/s"))
    var rate: Double = 2_000
    @Option(help: "Members of the group: 1 or 2.")
    var members: Int = 1
    @Flag(help: "Also freeze members beyond the session timeout.")
    var freezes = false
    @Option(help: "Partitions of each topic.")
    var partitions: Int = 8
    @Option(help: "The same seed gives the same shop and the same plan of trouble.")
    var seed: UInt64 = 1
    @Option(help: ArgumentHelp("The program. (default: the 'tetik' beside this one)", valueName: "path"))
    var tetik: String?
    @Flag(help: "Keep the directory with logs, states, sequence and expected records.")
    var keep = false

    func validate() throws {
        guard (1...2).contains(members) else { throw ValidationError("--members is 1 or 2.") }
        guard (1...256).contains(partitions) else { throw ValidationError("--partitions is 1 to 256.") }
        guard rate >= 1, rate <= 1e6 else { throw ValidationError("--rate is 1 to 1000000.") }
        if minutes != nil, kills != nil { throw ValidationError("--minutes or --kills, not both.") }
        if let minutes, !(minutes > 0 && minutes < 1e5) { throw ValidationError("--minutes is above 0.") }
        if let kills, kills < 1 { throw ValidationError("--kills is at least 1.") }
    }

    func run() throws {
        let own = Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
        let program = tetik ?? own.deletingLastPathComponent().appending(path: "tetik").path()
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw ValidationError("\(program) is no program; build it, or name another one with --tetik.")
        }
        let options = SoakOptions(
            bootstrapServers: broker, length: kills.map { .kills($0) } ?? .minutes(minutes ?? 1), rate: rate,
            memberCount: members, freezes: freezes, partitionCount: partitions, seed: seed, tetik: program)
        let folder = FileManager.default.temporaryDirectory.appending(path: "tetik-soak-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let stop = Monitor(false)
        StopSignals.handle { stop.change { $0 = true } }
        let result: SoakResult
        do {
            result = try SoakRun.run(options, folder: folder.path(), isStopped: { stop.read { $0 } })
        } catch {
            FileHandle.standardError.write(
                Data("tetik-soak: \(error)\nwhat there is: \(folder.path())\n".utf8))
            throw ExitCode(70)
        }
        print(SoakReport.text(result, options), terminator: "")
        if keep || !result.isGood { print("what there is: \(folder.path())") }
        if !keep, result.isGood { try? FileManager.default.removeItem(at: folder) }
        if !result.isGood { throw ExitCode(65) }
    }
}
