import KafkaTransport
import Model
import Primitives

/// The CloudEvents headers of trigger records, binary mode. Source: contract, section 6; CloudEvents 1.0, Kafka
/// protocol binding.
struct TriggerHeaders: ~Copyable {
    private let source: [UInt8]
    private var time = ByteWriter(capacity: 64)

    /// Makes the headers of a daemon of this consumer group.
    init(groupID: String) { source = Array("tetik/\(groupID)".utf8) }

    /// The headers of one record.
    mutating func headers(of entry: RecordBuffer.Entry, in records: borrowing RecordBuffer) -> RecordHeaders {
        var headers = RecordHeaders()
        headers.append(name: "ce_specversion", value: "1.0")
        Self.append("ce_id", records.id(of: entry), to: &headers)
        headers.append(name: "ce_type", value: Self.type(of: entry.kind))
        source.withUnsafeBytes { Self.append("ce_source", $0, to: &headers) }
        Self.append("ce_subject", records.customer(of: entry), to: &headers)
        time.removeAll()
        time.append(byteCount: EventTime.textByteCount) { entry.at.write(to: $0) }
        Self.append("ce_time", time.bytes, to: &headers)
        headers.append(name: "content-type", value: "application/json")
        return headers
    }

    private static func type(of kind: RecordKind) -> StaticString {
        switch kind {
        case .abandonedCart: "tetik.abandoned_cart.v1"
        case .cartRecovered: "tetik.cart_recovered.v1"
        case .churnRisk: "tetik.churn_risk.v1"
        case .adSuppression: "tetik.ad_suppression.v1"
        }
    }

    private static func append(
        _ name: StaticString, _ value: UnsafeRawBufferPointer, to headers: inout RecordHeaders
    ) {
        headers.append(name: name.bytes, value: value)
    }
}

extension RecordHeaders {
    fileprivate mutating func append(name: StaticString, value: StaticString) {
        append(name: name.bytes, value: value.bytes)
    }
}

extension StaticString {
    fileprivate var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
    }
}
