internal import CRdKafka

/// A line that librdkafka logged.
public struct KafkaLogLine: Sendable, Equatable {
    /// Syslog severity: 3 error, 4 warning, 5 notice, 6 information, 7 debug.
    public let level: Int32
    /// librdkafka's short name of the place, such as `FAIL` or `CONFWARN`.
    public let facility: String
    /// The text.
    public let message: String
}

/// Something a client tells besides records and deliveries.
public enum KafkaEvent: Sendable {
    /// Trouble that librdkafka goes on working on by itself, unless `isFatal`.
    case error(KafkaError)
    /// A log line.
    case log(KafkaLogLine)
    /// Statistics, as librdkafka's JSON text; `KafkaStatistics` reads them.
    case statistics(String)
    /// Partitions were taken on, after the handler said from where.
    case assigned([PartitionOffset])
    /// Partitions were given up, after the handler let go of them.
    case revoked([TopicPartition], isLost: Bool)
    /// The group refused or lost an assignment in a way that is no assign or revoke; nothing is assigned now.
    case rebalanceFailed(KafkaError)
}
