import AdminService
import ArgumentParser
import FoundationEssentials
import Glibc
import Settings

/// How commands find the running daemon.
struct AdminOptions: ParsableArguments {
    @OptionGroup var configuration: ConfigOptions
    @Option(
        help: ArgumentHelp(
            "Where the daemon listens. (default: http.listen of the configuration)", valueName: "host:port"))
    var address: String?
    @Option(
        help: ArgumentHelp(
            "A file with the token. (default: http.token_file of the configuration)", valueName: "file"))
    var tokenFile: String?

    func validate() throws {
        guard let address else { return }
        guard ListenAddress(address) != nil else { throw ValidationError("--address is host:port.") }
    }

    func client() throws -> AdminClient {
        let settings = try configuration.load().settings
        let target = address.flatMap { ListenAddress($0) } ?? settings.http.listen
        let path = tokenFile ?? settings.http.tokenFile
        guard !path.isEmpty else { return AdminClient(address: target, token: nil) }
        guard let bytes = FileManager.default.contents(atPath: path) else {
            Console.complain(
                "\(path): the token cannot be read; ask as its owner, or name another --token-file")
            throw ExitCode(ExitStatus.badConfiguration)
        }
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        return AdminClient(address: target, token: String(decoding: line, as: UTF8.self))
    }

    /// Asks, and turns what goes wrong into words and an exit code.
    func get<Value: Decodable>(_ path: String, as type: Value.Type) throws -> (value: Value, json: [UInt8]) {
        let client = try client()
        let json: [UInt8]
        do throws(AdminClient.Failure) { json = try client.get(path) } catch {
            throw Self.exit(error, client.address)
        }
        return (try Self.decoded(json, from: client.address), json)
    }

    static func decoded<Value: Decodable>(_ json: [UInt8], from address: ListenAddress) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let value = try? decoder.decode(Value.self, from: Data(json)) else {
            Console.complain(
                "\(address) answers with something else than this version expects; is it a daemon of the same version?"
            )
            throw ExitCode(ExitStatus.ownFault)
        }
        return value
    }

    static func exit(_ failure: AdminClient.Failure, _ address: ListenAddress) -> ExitCode {
        switch failure {
        case .unreachable(let why):
            Console.complain(
                "no daemon answers at \(address): \(why); is it running? Its address is http.listen, or --address"
            )
            return ExitCode(EX_UNAVAILABLE)
        case .unauthorized:
            Console.complain("\(address) wants a token; name its file with --token-file or http.token_file")
            return ExitCode(ExitStatus.badConfiguration)
        case .refused(let status, let why):
            Console.complain("\(address) refused (\(status)): \(why)")
            return ExitCode(ExitStatus.ownFault)
        }
    }
}
