import AdminService
import ArgumentParser
import FoundationEssentials
import Logging
import Runtime
import Settings
import Telemetry

/// What stands around a daemon in its process: the admin service, systemd, and reloading.
final class DaemonShell: Sendable {
    private let server: AdminServer
    private let watch: DaemonWatch

    init(_ daemon: Daemon, _ settings: Settings, token: AccessToken?, logger: Logger) {
        server = AdminServer(
            AdminSource(daemon, settings), listen: settings.http.listen, token: token, logger: logger)
        watch = DaemonWatch(daemon, environment: ProcessInfo.processInfo.environment)
    }

    /// The token that requests have to bring; ends with exit code 78 if it should be there and is not.
    static func token(_ settings: Settings) throws -> AccessToken? {
        do throws(AccessToken.Failure) {
            let token = try AccessToken.load(
                settings.http, environment: ProcessInfo.processInfo.environment)
            if token != nil || settings.http.listen.isLoopback { return token }
            Console.complain(
                "http.listen: \(settings.http.listen) can be reached from other hosts, and no token was given; "
                    + "name a file with one in http.token_file")
        } catch {
            Console.complain(error.description)
        }
        throw ExitCode(ExitStatus.badConfiguration)
    }

    /// Starts everything; returns where the admin service listens, nil if it does not.
    ///
    /// A port that is taken must not keep the triggers from going out: it is said, and the daemon works without.
    ///
    /// - Parameter orAnyPort: take any free port where the wanted one cannot be had.
    @discardableResult
    func start(_ logger: Logger, orAnyPort: Bool = false) -> ListenAddress? {
        defer { watch.start() }
        do throws(AdminServer.Failure) {
            let address = try server.start(orAnyPort: orAnyPort)
            logger.info("admin service listens", metadata: ["address": "http://\(address)/"])
            return address
        } catch {
            logger.error("there is no admin service", metadata: ["why": "\(error)"])
            return nil
        }
    }

    func stop() {
        watch.stop()
        server.stop()
    }

    /// Takes on the level of the log and the rules as they are on disk now; keeps the old ones if they are refused.
    func reload(
        _ logger: Logger, _ level: LogLevelSwitch, _ daemon: Daemon,
        load: () throws(SettingsError) -> Settings
    ) {
        watch.reloading {
            do throws(SettingsError) {
                let settings = try load()
                level.level = LogSetup.level(settings.log)
                let isTaken = daemon.reloadRules(settings.rules)
                logger.notice(
                    "configuration reloaded",
                    metadata: [
                        "log_level": "\(settings.log.level.rawValue)",
                        "rules": isTaken ? "in effect" : "changed; they hold after a restart",
                    ])
            } catch {
                logger.error(
                    "configuration refused, the old one stays",
                    metadata: ["problems": "\(error.problems.map(\.description).joined(separator: "; "))"])
            }
        }
    }
}
