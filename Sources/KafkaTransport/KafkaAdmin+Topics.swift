internal import CRdKafka

extension KafkaAdmin {
    /// Makes topics and waits until they exist everywhere. A topic that exists already is left alone and is no error.
    public func createTopics(_ topics: [NewTopic], timeoutMilliseconds: Int32) throws(KafkaError) {
        enter()
        let operation = "create topics"
        var handles: [OpaquePointer?] = []
        defer { for handle in handles { rd_kafka_NewTopic_destroy(handle) } }
        for topic in topics {
            handles.append(try Self.makeHandle(topic, operation))
        }
        let options = try makeOptions(RD_KAFKA_ADMIN_OP_CREATETOPICS, timeoutMilliseconds, operation)
        defer { rd_kafka_AdminOptions_destroy(options) }
        rd_kafka_CreateTopics(client, &handles, handles.count, options, queue)
        let event = try answer(RD_KAFKA_EVENT_CREATETOPICS_RESULT, timeoutMilliseconds, operation)
        defer { rd_kafka_event_destroy(event) }
        var count = 0
        let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
        for result in UnsafeBufferPointer(start: results, count: count) {
            let code = rd_kafka_topic_result_error(result)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS {
                continue
            }
            let name = rd_kafka_topic_result_name(result).map { String(cString: $0) } ?? ""
            throw KafkaError(
                code, "create topic \(name)",
                message: rd_kafka_topic_result_error_string(result).map { String(cString: $0) })
        }
    }

    /// The whole configuration of a topic in effect, such as `max.message.bytes`; values a broker hides are left out.
    public func describeTopicConfiguration(
        _ topic: String, timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [String: String] {
        enter()
        let operation = "describe topic \(topic)"
        var handles: [OpaquePointer?] = [rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic)]
        defer { for handle in handles { rd_kafka_ConfigResource_destroy(handle) } }
        let options = try makeOptions(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeoutMilliseconds, operation)
        defer { rd_kafka_AdminOptions_destroy(options) }
        rd_kafka_DescribeConfigs(client, &handles, handles.count, options, queue)
        let event = try answer(RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT, timeoutMilliseconds, operation)
        defer { rd_kafka_event_destroy(event) }
        var count = 0
        let resources = rd_kafka_DescribeConfigs_result_resources(
            rd_kafka_event_DescribeConfigs_result(event), &count)
        var result: [String: String] = [:]
        for resource in UnsafeBufferPointer(start: resources, count: count) {
            let code = rd_kafka_ConfigResource_error(resource)
            if code != RD_KAFKA_RESP_ERR_NO_ERROR {
                throw KafkaError(
                    code, operation,
                    message: rd_kafka_ConfigResource_error_string(resource).map { String(cString: $0) })
            }
            var entryCount = 0
            let entries = rd_kafka_ConfigResource_configs(resource, &entryCount)
            for entry in UnsafeBufferPointer(start: entries, count: entryCount) {
                guard let name = rd_kafka_ConfigEntry_name(entry),
                    let value = rd_kafka_ConfigEntry_value(entry)
                else { continue }
                result[String(cString: name)] = String(cString: value)
            }
        }
        return result
    }

    /// Removes the records before each offset (`.end` for all) and returns each partition's new oldest offset.
    public func deleteRecords(
        before offsets: [PartitionOffset], timeoutMilliseconds: Int32
    ) throws(KafkaError) -> [PartitionOffset] {
        enter()
        let operation = "delete records"
        precondition(!offsets.isEmpty, "no partition to delete records of")
        let list = PartitionList(offsets)
        var handles: [OpaquePointer?] = [rd_kafka_DeleteRecords_new(list.pointer)]
        defer { for handle in handles { rd_kafka_DeleteRecords_destroy(handle) } }
        let options = try makeOptions(RD_KAFKA_ADMIN_OP_DELETERECORDS, timeoutMilliseconds, operation)
        defer { rd_kafka_AdminOptions_destroy(options) }
        rd_kafka_DeleteRecords(client, &handles, handles.count, options, queue)
        let event = try answer(RD_KAFKA_EVENT_DELETERECORDS_RESULT, timeoutMilliseconds, operation)
        defer { rd_kafka_event_destroy(event) }
        let results = rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event))
        for element in PartitionList.elements(of: results) where element.err != RD_KAFKA_RESP_ERR_NO_ERROR {
            throw KafkaError(
                element.err, "\(operation) of \(String(cString: element.topic))/\(element.partition)")
        }
        return PartitionList.offsets(of: results)
    }

    private static func makeHandle(_ topic: NewTopic, _ operation: String) throws(KafkaError) -> OpaquePointer
    {
        let (handle, detail) = ClientHandle.withErrorText { text, capacity in
            rd_kafka_NewTopic_new(
                topic.name, Int32(clamping: topic.partitionCount), Int32(clamping: topic.replicationFactor),
                text,
                capacity)
        }
        guard let handle else {
            throw KafkaError(code: .invalidArgument, operation: operation, message: detail)
        }
        for (name, value) in topic.configuration {
            let result = rd_kafka_NewTopic_set_config(handle, name, value)
            if result != RD_KAFKA_RESP_ERR_NO_ERROR {
                rd_kafka_NewTopic_destroy(handle)
                throw KafkaError(result, operation, message: "\(name) = \(value) is not accepted")
            }
        }
        return handle
    }

    /// Options with a request timeout, and for new topics also the time to wait until they are everywhere.
    private func makeOptions(
        _ operation: rd_kafka_admin_op_t, _ timeoutMilliseconds: Int32, _ name: String
    ) throws(KafkaError) -> OpaquePointer {
        guard let options = rd_kafka_AdminOptions_new(client, operation) else {
            throw KafkaError(code: .resourceFailed, operation: name)
        }
        var (result, detail) = ClientHandle.withErrorText { text, capacity in
            rd_kafka_AdminOptions_set_request_timeout(options, timeoutMilliseconds, text, capacity)
        }
        if result == RD_KAFKA_RESP_ERR_NO_ERROR, operation != RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS {
            (result, detail) = ClientHandle.withErrorText { text, capacity in
                rd_kafka_AdminOptions_set_operation_timeout(options, timeoutMilliseconds, text, capacity)
            }
        }
        if result != RD_KAFKA_RESP_ERR_NO_ERROR {
            rd_kafka_AdminOptions_destroy(options)
            throw KafkaError(result, name, message: detail)
        }
        return options
    }

    /// Waits for the answer to the request just made. The caller destroys the event.
    private func answer(
        _ type: Int32, _ timeoutMilliseconds: Int32, _ operation: String
    ) throws(KafkaError) -> OpaquePointer {
        // librdkafka answers every request, after the request timeout with an error; a little more for its threads.
        let deadline = Deadline(milliseconds: min(timeoutMilliseconds, 3_600_000) + 2_000)
        // BOUND: the deadline.
        while deadline.remainingMilliseconds() > 0 {
            guard let event = rd_kafka_queue_poll(queue, deadline.remainingMilliseconds()) else { continue }
            guard rd_kafka_event_type(event) == type else {
                rd_kafka_event_destroy(event)
                continue
            }
            let code = rd_kafka_event_error(event)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return event }
            let detail = rd_kafka_event_error_string(event).map { String(cString: $0) }
            rd_kafka_event_destroy(event)
            throw KafkaError(code, operation, message: detail)
        }
        abandonAnswers()
        throw KafkaError(code: .timedOut, operation: operation, message: "no broker answered")
    }
}
