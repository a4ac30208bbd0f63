import ArgumentParser
import Reporting
import Runtime
import SnapshotStore

/// `tetik snapshot`: what is in a state directory.
struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "List, check or show the snapshots of a state directory.",
        discussion: """
            The daemon may be running meanwhile: a snapshot that it removes in between is named as missing.

            Example: tetik snapshot list --directory /var/lib/tetik
            """,
        subcommands: [List.self, Verify.self, Show.self])

    /// Where to look, and how to say what was found.
    struct Options: ParsableArguments {
        @OptionGroup var configuration: ConfigOptions
        @Option(
            help: ArgumentHelp(
                "The directory that holds shard-0 and so on. (default: state.directory)",
                valueName: "directory"),
            completion: .directory)
        var directory: String?
        @Option(help: ArgumentHelp("One shard only. (default: all)", valueName: "number"))
        var shard: UInt32?
        @Flag(help: "Write one JSON object.")
        var json = false

        /// Calls `body` with the directory and the shards asked for; 65 if it cannot be read or has none.
        func run(_ body: (SnapshotDirectory, [UInt32]) throws -> Void) throws {
            let path = try directory ?? configuration.load().settings.state.directory
            let snapshots = SnapshotDirectory(path)
            do {
                let shards = try snapshots.shards().filter { shard ?? $0 == $0 }
                if shards.isEmpty {
                    let words = shard.map { "nothing of shard \($0)" } ?? "no snapshots"
                    throw SnapshotCommand.failure("\(path): \(words)")
                }
                try body(snapshots, shards)
            } catch let error as FileError {
                throw SnapshotCommand.failure(error.description)
            } catch let fault as SnapshotFault {
                throw SnapshotCommand.failure(fault.description)
            }
        }
    }

    static func failure(_ message: String) -> ExitCode {
        Console.complain(message)
        return ExitCode(ExitStatus.badInput)
    }

    /// `tetik snapshot list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List snapshots; of each the beginning and the end are looked at.",
            discussion: "Example: tetik snapshot list --config /etc/tetik/tetik.yaml --json")

        @OptionGroup var options: Options

        func run() throws {
            try options.run { directory, shards in
                var listing = SnapshotListing(directory: directory.path)
                for shard in shards { try listing.add(shard, of: directory) }
                print(options.json ? listing.json.text : listing.table, terminator: "")
            }
        }
    }

    /// `tetik snapshot verify`.
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Read every byte, and make every state; exit code 65 and what is wrong, if anything is.",
            discussion: """
                Takes as much memory as the daemon has for the shard.

                Example: tetik snapshot verify --directory /var/lib/tetik --shard 3
                """)

        @OptionGroup var options: Options

        func run() throws {
            try options.run { directory, shards in
                var verification = SnapshotVerification()
                for shard in shards { try verification.verify(shard, of: directory) }
                print(options.json ? verification.json.text : verification.text, terminator: "")
                if !verification.faults.isEmpty { throw ExitCode(ExitStatus.badInput) }
            }
        }
    }

    /// `tetik snapshot show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what each shard's newest snapshot says about itself.",
            discussion: "Example: tetik snapshot show --directory /var/lib/tetik --shard 3")

        @OptionGroup var options: Options

        func run() throws {
            try options.run { directory, shards in
                var nodes: [JSONNode] = []
                for shard in shards {
                    let description = try SnapshotDescription(newestOf: shard, in: directory)
                    nodes.append(description.json)
                    if !options.json { print(description.text, terminator: "") }
                }
                if options.json {
                    print(JSONNode.object([("snapshots", .array(nodes))]).text, terminator: "")
                }
            }
        }
    }
}
