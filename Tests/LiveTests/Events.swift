import Primitives
import Settings

/// A day that nothing else depends on: 2026-01-01T00:00:00Z.
let testDay: Int64 = 1_767_225_600_000
let minute: Int64 = 60_000
let hour: Int64 = 3_600_000

extension Settings {
    func add(_ customer: String, at time: Int64, partition: Int32 = 0) -> TestRecord {
        TestRecord(
            carts, partition: partition, key: customer,
            "{\"type\":\"cart.add\",\"sku\":\"A\",\"price\":2}", at: time)
    }

    /// An order with an id of its own; it emits one record on the ad suppression topic.
    func order(_ customer: String, at time: Int64, partition: Int32 = 0) -> TestRecord {
        TestRecord(
            carts, partition: partition, key: customer,
            "{\"type\":\"order.placed\",\"order\":\"o-\(customer)\",\"value\":1}", at: time)
    }

    func click(_ customer: String, at time: Int64, partition: Int32 = 0) -> TestRecord {
        TestRecord(
            clicks, partition: partition, key: customer, "{\"type\":\"click.page\"}", at: time)
    }
}

extension TopicReader {
    /// Keys of the records of one topic, in order.
    func customers(_ topic: String) -> [String] {
        (records[topic] ?? []).map { String(decoding: $0.key ?? [], as: UTF8.self) }
    }
}
