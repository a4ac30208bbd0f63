public import KafkaTransport

/// Why a command that reads topics cannot go on, where Kafka gave no error of its own.
public enum KafkaReadingError: Error, CustomStringConvertible, Sendable {
    /// No broker answered in time; `detail` is the last thing that the client said, or empty.
    case unreachable(servers: String, detail: String)
    /// None of the topics exist.
    case noTopics([String], servers: String)
    /// Records that must exist did not come for `seconds`.
    case stalled(TopicPartition, offset: Int64, end: Int64, seconds: Int)
    /// Retention removed records before they were read.
    case removed(TopicPartition, offset: Int64)

    /// What failed, and what to do about it.
    public var description: String {
        switch self {
        case .unreachable(let servers, let detail):
            "Kafka cannot be reached at \(servers)\(detail.isEmpty ? "" : " (\(detail))"); "
                + "is it running, and is kafka.bootstrap_servers right?"
        case .noTopics(let names, let servers):
            "none of the topics \(names.joined(separator: ", ")) exists at \(servers); "
                + "is topics.inputs right?"
        case .stalled(let partition, let offset, let end, let seconds):
            "\(partition) gave nothing for \(seconds) s at offset \(offset) of \(end); "
                + "is its leader available?"
        case .removed(let partition, let offset):
            "\(partition): offset \(offset) is gone, retention removed it before it was read; "
                + "begin later with --from"
        }
    }
}
