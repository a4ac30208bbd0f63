import ArgumentParser
import Glibc
import Runtime

/// `tetik customer`: what the running daemon knows of one customer, and why.
struct CustomerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "customer", abstract: "Say what is known of one customer, what fires next, and why.",
        discussion: """
            Asks the running daemon. Shows the cart, orders, reasons for showing no ads, what will fire next and \
            when, and for each of the last records in memory the facts and the rule behind it.

            Examples:
              tetik customer c-1
              tetik customer c-1 --address 127.0.0.1:8080 --json | jq .reports[0].timers
            """)

    @OptionGroup var admin: AdminOptions
    @Argument(help: "The customer's id.")
    var id: String
    @Flag(help: "Writes JSON.")
    var json = false

    func validate() throws {
        guard (1...256).contains(id.utf8.count) else { throw ValidationError("ID is 1 to 256 bytes.") }
    }

    func run() throws {
        let (reply, text) = try admin.get(
            "/v1/customers/\(AdminClient.encoded(id))", as: CustomerReply.self)
        if json {
            Output.write(String(decoding: text, as: UTF8.self) + "\n")
            return
        }
        let lines = CustomerText.lines(
            reply, columnCount: Output.columnCount, isColoured: Output.isTerminal && Output.hasColours)
        Output.write(lines.map { "\($0)\n" }.joined())
    }
}
