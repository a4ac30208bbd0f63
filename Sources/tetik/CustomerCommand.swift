import ArgumentParser
import FoundationEssentials
import Runtime
import SnapshotStore

/// `tetik customer`: what the running daemon knows of one customer, and why.
struct CustomerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "customer", abstract: "Say what is known of one customer, what fires next, and why.",
        discussion: """
            Asks the running daemon, or reads a state directory. Shows the cart, orders, reasons for showing no \
            ads, what will fire next and when, and for each of the last records in memory the facts and the rule \
            behind it.

            Examples:
              tetik customer c-1
              tetik customer c-1 --address 127.0.0.1:8080 --json | jq .reports[0].timers
              tetik customer c-1 --snapshot /var/lib/tetik
            """)

    @OptionGroup var admin: AdminOptions
    @Argument(help: "The customer's id.")
    var id: String
    @Option(
        help: ArgumentHelp(
            "Read the newest good snapshots in a state directory instead.", valueName: "directory"),
        completion: .directory)
    var snapshot: String?
    @Flag(help: "Write JSON.")
    var json = false

    func validate() throws {
        guard (1...256).contains(id.utf8.count) else { throw ValidationError("ID is 1 to 256 bytes.") }
    }

    func run() throws {
        let reply: CustomerReply
        if let snapshot {
            reply = try read(snapshot)
        } else {
            reply = try admin.get("/v1/customers/\(AdminClient.encoded(id))", as: CustomerReply.self).value
        }
        if json {
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            Output.write(String(decoding: try encoder.encode(reply), as: UTF8.self) + "\n")
            return
        }
        let lines = CustomerText.lines(
            reply, columnCount: Output.columnCount, isColoured: Output.isTerminal && Output.hasColours)
        Output.write(lines.map { "\($0)\n" }.joined())
    }

    /// What the snapshots say; 65 if there are none, or none that is good.
    private func read(_ directory: String) throws -> CustomerReply {
        do {
            let snapshots = SnapshotDirectory(directory)
            guard try !snapshots.shards().isEmpty else {
                throw SnapshotCommand.failure("\(directory): no snapshots; is it a state.directory?")
            }
            return try SnapshotCustomer.reply(id, in: snapshots, note: Console.complain)
        } catch let error as FileError {
            throw SnapshotCommand.failure(error.description)
        } catch let fault as SnapshotFault {
            throw SnapshotCommand.failure(fault.description)
        }
    }
}
