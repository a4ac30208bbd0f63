public import Primitives

/// Where in the topics reading begins.
public enum ReadingStart: Sendable, Equatable {
    /// At the oldest record of each partition.
    case earliest
    /// At the next record written.
    case latest
    /// At the first record of each partition with this Kafka timestamp or a later one.
    case time(EventTime)
}
