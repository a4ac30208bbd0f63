import Glibc
public import KafkaTransport
public import Logging
public import Settings
import SnapshotStore
public import Workloads

/// An embedded broker, a synthetic shop in accelerated time, and the daemon, in one process.
///
/// `run` blocks the caller, who follows the triggers meanwhile.
public final class Demo {
    /// What to play.
    public struct Options {
        /// The shop.
        public var shop: ShopSettings
        /// Wall time of one day of the shop, in milliseconds, at least 1.
        public var dayMilliseconds: Int64
        /// The daemon's settings; where Kafka is and what the topics are called is the demo's.
        public var settings: Settings

        /// Makes options.
        public init(shop: ShopSettings, dayMilliseconds: Int64, settings: Settings) {
            self.shop = shop
            self.dayMilliseconds = dayMilliseconds
            self.settings = settings
        }
    }

    /// Partitions of every topic.
    private static let partitionCount = 3
    /// Bound of waiting, at the end, until the daemon has read what the shop wrote.
    private static let catchUpMilliseconds: Int64 = 15_000
    /// How long the triggers of the last events may take to reach the terminal.
    private static let lingerMilliseconds: Int64 = 1_500
    /// The group's first join takes 3 s at the embedded broker. Source: rdkafka_mock_cgrp.c 2.0.2.
    private static let joinMilliseconds: Int64 = 5_000

    private let cluster: MockCluster
    /// The daemon, for those who look on.
    public let daemon: Daemon
    private let shop: DemoShop
    private let lifecycle: Lifecycle
    /// The settings in effect.
    public let settings: Settings

    /// Starts the broker and makes the topics.
    public init(_ options: Options, lifecycle: Lifecycle, logger: Logger) throws(KafkaError) {
        var settings = options.settings
        cluster = try MockCluster()
        settings.kafka.bootstrapServers = cluster.bootstrapServers
        settings.kafka.properties = []
        settings.topics = TopicSettings()
        settings.delivery = .atLeastOnce
        settings.state.directory = Self.temporaryDirectory()
        for topic in settings.topics.inputs + settings.outputTopics + [settings.topics.journal] {
            try cluster.createTopic(topic, partitions: Self.partitionCount)
        }
        self.settings = settings
        self.lifecycle = lifecycle
        daemon = Daemon(settings: settings, logger: logger)
        shop = DemoShop(
            bootstrapServers: settings.kafka.bootstrapServers, settings: options.shop,
            dayMilliseconds: options.dayMilliseconds, lifecycle: lifecycle)
    }

    /// Where the daemon keeps its state as long as the demo lives.
    private static func temporaryDirectory() -> String {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        return "\(parent)/tetik-demo-\(getpid())"
    }

    /// Removes it; what cannot be removed stays for the host to clean up.
    private static func removeAll(below path: String) {
        let disk = DiskFileSystem()
        for name in (try? disk.names(in: path)) ?? [] {
            let entry = "\(path)/\(name)"
            if unlink(entry) != 0 { removeAll(below: entry) }
        }
        rmdir(path)
    }

    /// Runs until the shop has closed and everything is read, or `lifecycle` stops it.
    ///
    /// - Parameter follow: called on this thread; shows triggers until its closure says that it is over.
    /// - Returns: what the daemon counted.
    /// - Throws: what the daemon, the shop or `follow` failed with.
    public func run(follow: (_ isOver: @escaping () -> Bool) throws -> Void) throws -> LiveCounters.Totals {
        let failure = Monitor<DaemonFailure?>(nil)
        let daemon = daemon
        let lifecycle = lifecycle
        let thread = SystemThread(name: "tetik-daemon") {
            do throws(DaemonFailure) {
                try daemon.run()
            } catch {
                failure.change { $0 = error }
                lifecycle.stop()
            }
        }
        _ = lifecycle.pause(milliseconds: Self.joinMilliseconds)
        shop.start()
        let ending = Ending(shop: shop, daemon: daemon, lifecycle: lifecycle)
        let followed = Result { try follow { ending.isOver() } }
        lifecycle.stop()
        shop.join()
        daemon.lifecycle.stop()
        thread.join()
        cluster.stop()
        Self.removeAll(below: settings.state.directory)
        try followed.get()
        if let failure = failure.read({ $0 }) { throw failure }
        if let failure = shop.failure { throw failure }
        return daemon.counters.totals
    }

    /// Decides when the demo is over: asked again and again by whoever shows the triggers.
    private final class Ending {
        private let shop: DemoShop
        private let daemon: Daemon
        private let lifecycle: Lifecycle
        private var closedAt: Int64?
        private var caughtUpAt: Int64?

        init(shop: DemoShop, daemon: Daemon, lifecycle: Lifecycle) {
            self.shop = shop
            self.daemon = daemon
            self.lifecycle = lifecycle
        }

        func isOver() -> Bool {
            if lifecycle.isStopping { return true }
            guard shop.isOver else { return false }
            let now = SystemClock.monotonicMilliseconds()
            if closedAt == nil { closedAt = now }
            let totals = daemon.counters.totals
            if caughtUpAt == nil, totals.eventCount >= shop.producedCount { caughtUpAt = now }
            if let caughtUpAt { return now - caughtUpAt > Demo.lingerMilliseconds }
            return now - (closedAt ?? now) > Demo.catchUpMilliseconds
        }
    }
}
