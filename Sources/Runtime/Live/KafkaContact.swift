import KafkaTransport
import Logging
import Settings

/// Notices that Kafka is gone, says so, says when it is back, and gives up where the configuration wants that.
///
/// Isolation: the poll thread.
final class KafkaContact {
    /// Between two attempts to reach Kafka while in doubt.
    private static let attemptMilliseconds: Int64 = 1_000
    private static let timeoutMilliseconds: Int32 = 500
    private static let reportMilliseconds: Int64 = 10_000

    private let settings: Settings
    private let lifecycle: Lifecycle
    private let logger: Logger
    private let observer: DaemonObserver
    private var admin: KafkaAdmin?
    private var doubtfulSince: Int64?
    private var attemptedAt: Int64 = 0
    private var reportedAt: Int64?

    init(settings: Settings, lifecycle: Lifecycle, logger: Logger, observer: DaemonObserver) {
        self.observer = observer
        self.settings = settings
        self.lifecycle = lifecycle
        self.logger = logger
    }

    /// librdkafka says that it reaches no broker.
    func doubt(_ error: KafkaError) {
        if doubtfulSince == nil { doubtfulSince = SystemClock.monotonicMilliseconds() }
    }

    /// To be called again and again: finds out whether the doubt is justified.
    func check() {
        guard let since = doubtfulSince else { return }
        let now = SystemClock.monotonicMilliseconds()
        guard now - attemptedAt >= Self.attemptMilliseconds else { return }
        attemptedAt = now
        if isReachable() {
            if reportedAt != nil {
                logger.info("Kafka is back", metadata: ["seconds": "\((now - since) / 1_000)"])
            }
            doubtfulSince = nil
            reportedAt = nil
            observer.noteKafka(isReachable: true)
            return
        }
        observer.noteKafka(isReachable: false)
        if now - (reportedAt ?? .min / 2) >= Self.reportMilliseconds {
            reportedAt = now
            logger.warning(
                "Kafka is unreachable, waiting",
                metadata: [
                    "servers": "\(settings.kafka.bootstrapServers)", "seconds": "\((now - since) / 1_000)",
                ])
        }
        let giveUpAfter = settings.kafka.giveUpAfterMilliseconds
        if giveUpAfter > 0, now - since >= giveUpAfter {
            lifecycle.fail(
                .kafkaUnreachable(
                    "Kafka at \(settings.kafka.bootstrapServers) was away for \((now - since) / 1_000) s"))
        }
    }

    private func isReachable() -> Bool {
        if admin == nil {
            admin = try? KafkaAdmin(
                bootstrapServers: settings.kafka.bootstrapServers, properties: settings.kafkaProperties)
        }
        guard let admin else { return false }
        _ = admin.takeEvents()
        return (try? admin.metadata(timeoutMilliseconds: Self.timeoutMilliseconds)) != nil
    }

    func close() {
        admin?.close()
        admin = nil
    }
}
