internal import CRdKafka
internal import Glibc

/// Makes librdkafka clients from properties.
internal enum ClientHandle {
    /// Longest text librdkafka writes about a wrong property.
    private static let errorTextBytes = 512

    /// Makes a configuration object; the caller passes it to `make` or destroys it.
    ///
    /// Throws `.configuration` naming the property, its value unless secret, and librdkafka's message.
    static func configuration(_ properties: KafkaProperties, operation: String) throws(KafkaError)
        -> OpaquePointer
    {
        try LibraryVersion.requireAccepted()
        guard let configuration = rd_kafka_conf_new() else {
            throw KafkaError(code: .resourceFailed, operation: operation)
        }
        for entry in properties.entries {
            let (result, detail) = withErrorText { text, capacity in
                rd_kafka_conf_set(configuration, entry.name, entry.value, text, capacity)
            }
            guard result != RD_KAFKA_CONF_OK else { continue }
            rd_kafka_conf_destroy(configuration)
            let shown = KafkaProperties.shown(entry.name, entry.value)
            throw KafkaError(
                code: .invalidArgument, operation: operation,
                message: "property \(entry.name) = \(shown): "
                    + (KafkaProperties.isSecret(entry.name) ? "not accepted" : detail))
        }
        return configuration
    }

    /// Makes a client and takes over `configuration`, also when it throws.
    static func make(
        _ type: rd_kafka_type_t, _ configuration: OpaquePointer, operation: String
    ) throws(KafkaError) -> OpaquePointer {
        let (client, detail) = withErrorText { text, capacity in
            rd_kafka_new(type, configuration, text, capacity)
        }
        guard let client else {
            let code = rd_kafka_last_error()
            rd_kafka_conf_destroy(configuration)
            throw KafkaError(code, operation, message: detail)
        }
        // Logs go to the client's main queue, and so to the thread that serves it.
        rd_kafka_set_log_queue(client, nil)
        return client
    }

    /// The error that ended the client for good, if there was one.
    static func fatalError(of client: OpaquePointer) -> KafkaError? {
        let (code, detail) = withErrorText { text, capacity in rd_kafka_fatal_error(client, text, capacity) }
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return KafkaError(code: KafkaErrorCode(code), operation: "client", message: detail, isFatal: true)
    }

    /// Calls `body` with room for a message of librdkafka, and returns both.
    static func withErrorText<Result>(
        _ body: (UnsafeMutablePointer<CChar>?, Int) -> Result
    ) -> (Result, String) {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: errorTextBytes) { text in
            text.initialize(repeating: 0)
            let result = body(text.baseAddress, text.count)
            return (result, text.baseAddress.map { String(cString: $0) } ?? "")
        }
    }

    /// Destroys a consumer that could not leave its group in time, on a thread that nobody waits for.
    ///
    /// With the brokers away librdkafka 2.0.2 waits for its last requests to time out, up to a minute [measured].
    internal static func abandon(_ client: OpaquePointer) {
        var thread = pthread_t()
        // SAFETY: the thread is the only one that still knows the client; everything made from it is gone.
        let code = pthread_create(
            &thread, nil,
            { argument in
                if let argument {
                    rd_kafka_destroy_flags(
                        OpaquePointer(argument), Int32(RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE))
                }
                return nil
            }, UnsafeMutableRawPointer(client))
        if code == 0 { pthread_detach(thread) }
    }
}
