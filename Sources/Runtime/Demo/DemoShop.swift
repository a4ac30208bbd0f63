import KafkaTransport
import Primitives
import Workloads

/// A thread that plays a shop in accelerated time and writes its events to a broker.
final class DemoShop: @unchecked Sendable {
    // SAFETY: `run` and what it uses belong to the thread; what others read is inside the monitor.
    private struct State {
        var producedCount: Int64 = 0
        var eventTime: EventTime
        var isOver = false
        var failure: KafkaError?
    }

    /// Bound of a wait before the end is looked at.
    private static let pauseMillisecondsMax: Int64 = 100
    private static let flushTimeoutMilliseconds: Int32 = 5_000

    private let bootstrapServers: String
    private let settings: ShopSettings
    private let dayMilliseconds: Int64
    private let lifecycle: Lifecycle
    private let state: Monitor<State>
    private var thread: SystemThread?

    /// Prepares a shop whose day takes `dayMilliseconds` of wall time.
    init(bootstrapServers: String, settings: ShopSettings, dayMilliseconds: Int64, lifecycle: Lifecycle) {
        self.bootstrapServers = bootstrapServers
        self.settings = settings
        self.dayMilliseconds = dayMilliseconds
        self.lifecycle = lifecycle
        state = Monitor(State(eventTime: settings.start))
    }

    func start() { thread = SystemThread(name: "tetik-shop") { [self] in run() } }

    func join() {
        thread?.join()
        thread = nil
    }

    /// Events written so far.
    var producedCount: Int64 { state.read { $0.producedCount } }
    /// The shop's clock.
    var eventTime: EventTime { state.read { $0.eventTime } }
    /// Whether the shop has closed for good.
    var isOver: Bool { state.read { $0.isOver } }
    /// Why it could not go on.
    var failure: KafkaError? { state.read { $0.failure } }

    private func run() {
        do throws(KafkaError) {
            let producer = try KafkaProducer(ProducerConfiguration(bootstrapServers: bootstrapServers))
            defer { producer.close() }
            try play(to: producer)
            try producer.flush(timeoutMilliseconds: Self.flushTimeoutMilliseconds)
        } catch {
            state.change { $0.failure = error }
        }
        state.change { $0.isOver = true }
    }

    private func play(to producer: KafkaProducer) throws(KafkaError) {
        var topics: [ProducerTopic] = []
        for topic in WorkloadTopic.allCases { topics.append(try producer.topic(named: "\(topic.name)")) }
        var shop = ShopWorkload(settings)
        var text = ByteWriter(capacity: 16_384)
        let opened = SystemClock.monotonicMilliseconds()
        while let event = shop.next(into: &text) {
            let due = opened + (event.deliveredAt - settings.start) * dayMilliseconds / 86_400_000
            // BOUND: until the event's turn, or the end.
            while case let wait = due - SystemClock.monotonicMilliseconds(), wait > 0 {
                producer.poll(timeoutMilliseconds: 0)
                if lifecycle.pause(milliseconds: min(wait, Self.pauseMillisecondsMax)) { return }
            }
            if lifecycle.isStopping { return }
            try produce(event, text.bytes, to: topics[event.topic.rawValue], producer)
            text.removeAll()
        }
    }

    private func produce(
        _ event: GeneratedEvent, _ text: UnsafeRawBufferPointer, to topic: ProducerTopic,
        _ producer: KafkaProducer
    ) throws(KafkaError) {
        // BOUND: until there is room, which a broker in this process soon makes.
        while try producer.produce(
            to: topic, key: UnsafeRawBufferPointer(rebasing: text[event.customer]),
            value: UnsafeRawBufferPointer(rebasing: text[event.value]),
            timestampMilliseconds: event.deliveredAt.milliseconds) == .queueFull
        {
            producer.poll(timeoutMilliseconds: 10)
        }
        state.change { state in
            state.producedCount += 1
            state.eventTime = event.deliveredAt
        }
    }
}
