internal import CRdKafka

/// What became of one record handed to a producer.
public struct DeliveryReport: Sendable {
    /// The caller's number for the record.
    public let token: UInt64
    /// The partition it was written to.
    public let partition: Int32
    /// Its offset, or nil if it was not written or the broker did not say.
    public let offset: Int64?
    /// Why it was not written; nil if it was.
    public let error: KafkaError?
}

/// Where librdkafka's callbacks put what they tell, until the producer's owner takes it.
///
/// Callbacks come only inside calls of the producer's own thread, so no lock is needed.
internal final class ProducerInbox {
    /// More events than this are dropped, oldest first: they are for people and come again.
    static let eventCountMax = 1_000

    var reports: [DeliveryReport] = []
    private(set) var events: [KafkaEvent] = []

    func add(_ event: KafkaEvent) {
        if events.count >= Self.eventCountMax { events.removeFirst(Self.eventCountMax / 2) }
        events.append(event)
    }

    func takeEvents() -> [KafkaEvent] {
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    /// Has the callbacks of a client made from `configuration` fill this inbox, which must outlive that client.
    func receive(from configuration: OpaquePointer) {
        // SAFETY: not retained: the producer keeps the inbox until it has destroyed the client.
        rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(self).toOpaque())
        rd_kafka_conf_set_dr_msg_cb(configuration) { _, message, opaque in
            guard let message, let inbox = ProducerInbox.from(opaque) else { return }
            inbox.add(delivery: message)
        }
        rd_kafka_conf_set_error_cb(configuration) { client, code, text, opaque in
            let detail = text.map { String(cString: $0) }
            var error = KafkaError(rd_kafka_resp_err_t(rawValue: code), "produce", message: detail)
            if code == KafkaErrorCode.fatal.rawValue, let client {
                error = ClientHandle.fatalError(of: client) ?? error
            }
            ProducerInbox.from(opaque)?.add(.error(error))
        }
        rd_kafka_conf_set_log_cb(configuration) { client, level, facility, text in
            guard let client, let facility, let text else { return }
            let line = KafkaLogLine(
                level: level, facility: String(cString: facility), message: String(cString: text))
            ProducerInbox.from(rd_kafka_opaque(client))?.add(.log(line))
        }
        rd_kafka_conf_set_stats_cb(configuration) { _, text, byteCount, opaque in
            let bytes = UnsafeRawBufferPointer(start: text, count: byteCount)
            ProducerInbox.from(opaque)?.add(.statistics(String(decoding: bytes, as: UTF8.self)))
            return 0
        }
    }

    private static func from(_ opaque: UnsafeMutableRawPointer?) -> ProducerInbox? {
        // SAFETY: the opaque of every client that has these callbacks is a living inbox; see `receive`.
        opaque.map { Unmanaged<ProducerInbox>.fromOpaque($0).takeUnretainedValue() }
    }

    private func add(delivery message: UnsafePointer<rd_kafka_message_t>) {
        let code = message.pointee.err
        let failed = code != RD_KAFKA_RESP_ERR_NO_ERROR
        reports.append(
            DeliveryReport(
                token: UInt64(UInt(bitPattern: message.pointee._private)),
                partition: message.pointee.partition,
                offset: failed || message.pointee.offset < 0 ? nil : message.pointee.offset,
                error: failed ? KafkaError(code, "deliver") : nil))
    }
}
