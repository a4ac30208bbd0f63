import KafkaTransport
import Primitives
import Runtime
import Workloads

/// Events that happen now, for measuring a daemon that works: views of products, and an order in 25, which makes a
/// trigger record at once.
///
/// The same numbers give the same events but for their time. One thread at a time.
struct SteadyEvents: ~Copyable {
    private static let customerCount = 100_000
    /// Without a common factor with `customerCount`: everybody comes before anybody comes again.
    private static let customerStep = 7_919
    private static let eventsPerOrder = 25

    /// The key and the value of the event at hand.
    private var text = ByteWriter(capacity: 1_024)
    /// How many have been produced.
    private(set) var count = 0

    /// Produces the next event, with the wall clock as its time and its record's; waits while the producer's queue is
    /// full.
    ///
    /// - Parameter topics: those of `WorkloadTopic`, in its order.
    mutating func produceNext(to topics: [ProducerTopic], _ producer: KafkaProducer) throws {
        let now = SystemClock.wallClock()
        let isOrder = count % Self.eventsPerOrder == 0
        text.removeAll()
        text.append("c-")
        text.append(decimal: Int64(count &* Self.customerStep % Self.customerCount))
        let keyCount = text.count
        text.append(
            isOrder ? "{\"type\":\"order.placed\",\"order\":\"o-" : "{\"type\":\"click.product\",\"sku\":\"s-"
        )
        text.append(decimal: Int64(count))
        text.append(isOrder ? "\",\"value\":12.5,\"ts\":" : "\",\"price\":12.5,\"ts\":")
        text.append(decimal: now.milliseconds)
        text.append("}")
        count += 1
        try producer.produceWaiting(
            to: topics[(isOrder ? WorkloadTopic.carts : .clicks).rawValue],
            key: UnsafeRawBufferPointer(rebasing: text.bytes[..<keyCount]),
            value: UnsafeRawBufferPointer(rebasing: text.bytes[keyCount...]), at: now)
    }
}

extension KafkaProducer {
    /// Produces a record; waits while the queue is full.
    func produceWaiting(
        to topic: ProducerTopic, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer,
        at time: EventTime
    ) throws {
        // BOUND: until there is room.
        while try produce(to: topic, key: key, value: value, timestampMilliseconds: time.milliseconds)
            == .queueFull
        {
            poll(timeoutMilliseconds: 10)
        }
    }
}
