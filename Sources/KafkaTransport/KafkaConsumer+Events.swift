internal import CRdKafka

extension KafkaConsumer {
    /// Takes one event off `queue` and does what it asks for.
    internal func serve<Handler: RebalanceHandler>(
        _ queue: OpaquePointer, _ timeoutMilliseconds: Int32, _ handler: inout Handler
    ) throws(KafkaError) -> KafkaEvent? {
        guard let event = rd_kafka_queue_poll(queue, timeoutMilliseconds) else { return nil }
        defer { rd_kafka_event_destroy(event) }
        switch rd_kafka_event_type(event) {
        case RD_KAFKA_EVENT_REBALANCE: return try rebalance(event, &handler)
        case RD_KAFKA_EVENT_ERROR: return .error(error(of: event))
        case RD_KAFKA_EVENT_LOG: return Self.logLine(of: event).map { .log($0) }
        case RD_KAFKA_EVENT_STATS: return rd_kafka_event_stats(event).map { .statistics(String(cString: $0)) }
        default: return nil
        }
    }

    private func rebalance<Handler: RebalanceHandler>(
        _ event: OpaquePointer, _ handler: inout Handler
    ) throws(KafkaError) -> KafkaEvent {
        let partitions = PartitionList.partitions(of: rd_kafka_event_topic_partition_list(event))
        switch rd_kafka_event_error(event) {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            var offsets: [PartitionOffset] = []
            held = partitions
            if case .start(let chosen) = handler.assigned(partitions, consumer: self) { offsets = chosen }
            let list = PartitionList(offsets)
            try check(rd_kafka_assign(client, list.pointer), "assign")
            return .assigned(offsets)
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            let isLost = rd_kafka_assignment_lost(client) != 0
            handler.revoked(partitions, isLost: isLost, consumer: self)
            held = []
            try check(rd_kafka_assign(client, nil), "unassign")
            return .revoked(partitions, isLost: isLost)
        case let code:
            handler.revoked(held, isLost: true, consumer: self)
            held = []
            try check(rd_kafka_assign(client, nil), "unassign")
            return .rebalanceFailed(KafkaError(code, "rebalance"))
        }
    }

    private func error(of event: OpaquePointer) -> KafkaError {
        let detail = rd_kafka_event_error_string(event).map { String(cString: $0) }
        if rd_kafka_event_error_is_fatal(event) != 0, let fatal = ClientHandle.fatalError(of: client) {
            return fatal
        }
        return KafkaError(rd_kafka_event_error(event), "consume", message: detail)
    }

    private static func logLine(of event: OpaquePointer) -> KafkaLogLine? {
        var facility: UnsafePointer<CChar>?
        var text: UnsafePointer<CChar>?
        var level: Int32 = 0
        guard rd_kafka_event_log(event, &facility, &text, &level) == 0, let facility, let text else {
            return nil
        }
        return KafkaLogLine(level: level, facility: String(cString: facility), message: String(cString: text))
    }
}
