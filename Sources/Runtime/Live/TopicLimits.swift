import KafkaTransport
import Logging
import Settings

/// What the topics' own configurations mean for the daemon; looked at once, before anything is read.
struct TopicLimits {
    private static let timeoutMilliseconds: Int32 = 1_500
    /// Room that a dead letter's headers take beyond the record's own bytes.
    private static let headerByteCount = 4_096

    let settings: Settings
    let logger: Logger

    /// Refuses compacted inputs, and warns where a dead letter may be larger than its topic takes.
    ///
    /// A cluster that does not tell (no right to describe, or an embedded broker) is taken as it is.
    func check(with admin: KafkaAdmin) throws(DaemonFailure) {
        var inputByteCountMax = 0
        for topic in settings.topics.inputs {
            guard let configuration = describe(topic, admin) else { return }
            if configuration["cleanup.policy"]?.contains("compact") == true {
                throw .configuration(
                    "the input topic \(topic) is compacted, which removes events before they are read; "
                        + "set its cleanup.policy to delete")
            }
            inputByteCountMax = max(inputByteCountMax, Self.byteCountMax(configuration))
        }
        guard let configuration = describe(settings.topics.deadLetters, admin) else { return }
        let byteCountMax = Self.byteCountMax(configuration)
        guard byteCountMax < inputByteCountMax + Self.headerByteCount else { return }
        logger.warning(
            "a rejected record may be too large for the dead letters, which would stop the daemon: raise its limit",
            metadata: [
                "topic": "\(settings.topics.deadLetters)", "max.message.bytes": "\(byteCountMax)",
                "needed": "\(inputByteCountMax + Self.headerByteCount)",
            ])
    }

    private func describe(_ topic: String, _ admin: KafkaAdmin) -> [String: String]? {
        do throws(KafkaError) {
            return try admin.describeTopicConfiguration(topic, timeoutMilliseconds: Self.timeoutMilliseconds)
        } catch {
            logger.debug(
                "cannot look at the configuration of \(topic)", metadata: ["why": "\(error.message)"])
            return nil
        }
    }

    private static func byteCountMax(_ configuration: [String: String]) -> Int {
        configuration["max.message.bytes"].flatMap { Int($0) } ?? 0
    }
}
