import Hummingbird
public import Logging
import Runtime
public import Settings

/// The HTTP server inside the daemon's process: health, metrics, status, customers, triggers and the live page.
///
/// It reads plain values that the daemon's threads leave behind and never makes one of them wait. `start` and `stop`
/// block their caller, who is no task.
public final class AdminServer: Sendable {
    /// Why the server is not there.
    public struct Failure: Error, CustomStringConvertible, Sendable {
        /// What failed, and what to do about it.
        public let description: String
    }

    private enum Outcome: Sendable {
        case listening(Int)
        case ended(String)
    }

    /// BOUND: of waiting for the socket, and for the end.
    private static let startMilliseconds: Int64 = 10_000
    private static let stopMilliseconds: Int64 = 1_000

    private let source: AdminSource
    private let listen: ListenAddress
    private let token: AccessToken?
    private let logger: Logger
    private let executor = AdminExecutor()
    private let outcome = Monitor<Outcome?>(nil)
    private let isEnded = Monitor(false)
    private let task = Monitor<Task<Void, Never>?>(nil)

    /// Makes a server; nothing listens before `start`.
    public init(_ source: AdminSource, listen: ListenAddress, token: AccessToken?, logger: Logger) {
        self.source = source
        self.listen = listen
        self.token = token
        self.logger = logger
    }

    /// Listens, and returns where: port 0 has become a real one.
    ///
    /// - Parameter orAnyPort: take any free port where the wanted one cannot be had.
    public func start(orAnyPort: Bool = false) throws(Failure) -> ListenAddress {
        guard listen.isLoopback || token != nil else {
            throw Failure(
                description: "http.listen: \(listen) can be reached from other hosts and there is no token; "
                    + "name a file with one in http.token_file")
        }
        executor.start()
        do throws(Failure) {
            do throws(Failure) { return try start(on: listen) } catch {
                guard orAnyPort else { throw error }
                return try start(on: ListenAddress(host: listen.host, port: 0))
            }
        } catch {
            executor.finish()
            throw error
        }
    }

    private func start(on address: ListenAddress) throws(Failure) -> ListenAddress {
        let application = self.application(address)
        outcome.change { $0 = nil }
        isEnded.change { $0 = false }
        let task = Task.detached(executorPreference: executor) { [outcome, isEnded] in
            do {
                try await application.run()
                outcome.change { if $0 == nil { $0 = .ended("it ended at once") } }
            } catch {
                outcome.change { if $0 == nil { $0 = .ended("\(error)") } }
            }
            isEnded.change { $0 = true }
        }
        self.task.change { $0 = task }
        switch outcome.wait(milliseconds: Self.startMilliseconds, { $0 }) {
        case .listening(let port): return ListenAddress(host: address.host, port: port)
        case .ended(let why):
            throw Failure(
                description: "http.listen: cannot listen on \(address): \(why); is another daemon there? "
                    + "write another port, or 0 for any")
        case nil: throw Failure(description: "http.listen: \(address) could not be opened in time")
        }
    }

    /// Closes all connections and ends.
    public func stop() {
        guard let task = task.read({ $0 }) else { return }
        task.cancel()
        isEnded.wait(milliseconds: Self.stopMilliseconds) { $0 ? () : nil }
        executor.finish()
    }

    private func application(_ address: ListenAddress) -> some ApplicationProtocol {
        let gate = AdminGate(token: token, isLoopback: listen.isLoopback, source: source)
        var quiet = logger
        // What goes wrong at the start is thrown; afterwards the library complains of connections that end.
        quiet.logLevel = .critical
        return Application(
            router: AdminRoutes(source: source, gate: gate, executor: executor, logger: logger).router(),
            server: .http1(
                configuration: .init(
                    idleTimeout: .seconds(AdminLimits.idleSeconds),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: AdminLimits.headerByteCountMax,
                        maxHeaderListSize: AdminLimits.headersByteCountMax,
                        maxHeaderFieldCount: AdminLimits.headerCountMax))),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), serverName: nil,
                availableConnectionsDelegate: .maximum(AdminLimits.connectionCountMax, logger: quiet)),
            onServerRunning: { [outcome] channel in
                let port = channel.localAddress?.port ?? 0
                outcome.change { $0 = .listening(port) }
            }, logger: quiet)
    }
}
