import Glibc
import KafkaTransport
import Primitives
import Runtime
import Settings
import Workloads

/// Feeds a synthetic shop to the input topics at a rate, on a thread of its own, until it is told to stop.
final class ShopFeed: @unchecked Sendable {
    // SAFETY: `thread` and `progress` are used by the owner's thread alone; the rest is constant or a monitor.

    /// What was written.
    struct Written: Sendable {
        /// Records by topic, in the order of `topics.inputs`, and partition.
        var counts: [[Int64]]
        var bytes: [[Int]]
        var total: Int64 = 0
        /// Whether the broker in this process would forget the oldest record with the next one.
        var isFull = false
        var failure: String?
    }

    private static let flushTimeoutMilliseconds: Int32 = 30_000
    /// What the embedded broker keeps of a partition, less a reserve for the framing of its batches.
    private static let embeddedByteCountMax = MockCluster.partitionByteCountMax * 7 / 10
    private static let embeddedRecordCountMax: Int64 = 80_000

    private let settings: Settings
    private let options: SoakOptions
    private let shop: ShopSettings
    /// Events per second.
    private let rate: Double
    private let written: Monitor<Written>
    private let isStopping = Monitor(false)
    private var thread: SystemThread?

    init(_ options: SoakOptions, settings: Settings) {
        self.options = options
        self.settings = settings
        let topicCount = WorkloadTopic.allCases.count
        written = Monitor(
            Written(
                counts: Array(
                    repeating: Array(repeating: 0, count: options.partitionCount), count: topicCount),
                bytes: Array(repeating: Array(repeating: 0, count: options.partitionCount), count: topicCount)
            ))
        // The embedded broker keeps so little that the events are spread over the time.
        rate = options.isEmbedded ? min(options.rate, Self.embeddedRate(options)) : options.rate
        var shop = ShopSettings()
        shop.seed = options.seed
        shop.customerCount = Int(min(max(rate * options.expectedSeconds / 100, 200), 20_000))
        shop.dayCount = 3_000
        shop.badShare = 0.002
        // Customers who buy every few days, not weeks, so that some of them leave while it lasts.
        shop.purchases.timeUnitMilliseconds = SoakBroker.purchaseUnitMilliseconds
        self.shop = shop
    }

    var progress: Written { written.read { $0 } }

    func start() { thread = SystemThread(name: "soak-feed") { [self] in run() } }

    /// Ends the shop and waits until everything is acknowledged.
    func stop() {
        isStopping.change { $0 = true }
        thread?.join()
        thread = nil
    }

    private func run() {
        do throws(KafkaError) {
            var configuration = ProducerConfiguration(bootstrapServers: settings.kafka.bootstrapServers)
            configuration.properties = ["linger.ms": "5", "message.timeout.ms": "0"]
            let producer = try KafkaProducer(configuration)
            defer { producer.close() }
            try play(to: producer)
            try producer.flush(timeoutMilliseconds: Self.flushTimeoutMilliseconds)
            takeReports(of: producer)
        } catch {
            written.change { $0.failure = "\(error)" }
        }
    }

    private func play(to producer: KafkaProducer) throws(KafkaError) {
        var topics: [ProducerTopic] = []
        for name in settings.topics.inputs { topics.append(try producer.topic(named: name)) }
        var workload = ShopWorkload(shop)
        var text = ByteWriter(capacity: 16_384)
        let opened = SoakClock.monotonicMilliseconds()
        var count = 0
        while let event = workload.next(into: &text) {
            let due = opened + Int64(Double(count) / rate * 1_000)
            // BOUND: until the event's turn, or the end.
            while SoakClock.monotonicMilliseconds() < due {
                if isStopping.read({ $0 }) { return }
                producer.poll(timeoutMilliseconds: 2)
            }
            if isStopping.read({ $0 }) { return }
            try produce(event, text.bytes, to: topics[event.topic.rawValue], producer)
            text.removeAll()
            count += 1
            if count.isMultiple(of: 256) { takeReports(of: producer) }
            if written.read({ $0.isFull }) { return }
        }
    }

    /// About what fits: three quarters of the events are clicks of about 300 bytes.
    private static func embeddedRate(_ options: SoakOptions) -> Double {
        let eventCount = Double(options.partitionCount * embeddedByteCountMax) / 300
        return eventCount / max(options.expectedSeconds, 1)
    }

    private func produce(
        _ event: GeneratedEvent, _ text: UnsafeRawBufferPointer, to topic: ProducerTopic,
        _ producer: KafkaProducer
    ) throws(KafkaError) {
        let key = UnsafeRawBufferPointer(rebasing: text[event.customer])
        let partition = Murmur2.partition(of: key, partitionCount: Int32(options.partitionCount))
        // BOUND: until there is room.
        while try producer.produce(
            to: topic, partition: partition, key: key,
            value: UnsafeRawBufferPointer(rebasing: text[event.value]),
            timestampMilliseconds: event.deliveredAt.milliseconds) == .queueFull
        {
            producer.poll(timeoutMilliseconds: 10)
        }
        let byteCount = event.value.count + event.customer.count + 16
        written.change { written in
            written.counts[event.topic.rawValue][Int(partition)] += 1
            written.bytes[event.topic.rawValue][Int(partition)] += byteCount
            written.total += 1
            if options.isEmbedded, Self.isFull(written, event.topic.rawValue, Int(partition)) {
                written.isFull = true
            }
        }
    }

    private static func isFull(_ written: Written, _ topic: Int, _ partition: Int) -> Bool {
        written.bytes[topic][partition] > embeddedByteCountMax
            || written.counts[topic][partition] > embeddedRecordCountMax
    }

    private func takeReports(of producer: KafkaProducer) {
        var reports: [DeliveryReport] = []
        producer.takeReports(into: &reports)
        if let error = reports.lazy.compactMap(\.error).first { written.change { $0.failure = "\(error)" } }
    }
}
