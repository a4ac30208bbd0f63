internal import CRdKafka

/// The librdkafka that the process is linked to at run time.
public struct LibraryVersion: Comparable, Sendable, CustomStringConvertible {
    /// Major, minor and revision number.
    public let major: Int, minor: Int, revision: Int

    /// Makes a version from its numbers.
    public init(_ major: Int, _ minor: Int, _ revision: Int) {
        self.major = major
        self.minor = minor
        self.revision = revision
    }

    /// The linked library's version: `rd_kafka_version()` is 0xMMmmrrxx.
    public static var linked: LibraryVersion {
        let number = rd_kafka_version()
        return LibraryVersion(
            Int(number >> 24) & 0xFF, Int(number >> 16) & 0xFF, Int(number >> 8) & 0xFF)
    }

    /// The oldest version that has every call used here and was tried: Debian 12's.
    public static let oldestAccepted = LibraryVersion(2, 0, 2)

    /// Throws a `.unsupported` error if the linked library is older than `oldestAccepted`.
    public static func requireAccepted(_ version: LibraryVersion = .linked) throws(KafkaError) {
        guard version < oldestAccepted else { return }
        throw KafkaError(
            code: .unsupportedFeature, operation: "check librdkafka",
            message: "librdkafka \(version) is older than \(oldestAccepted): install a newer one")
    }

    /// What is known of a version, for the log at start.
    public struct Note: Sendable {
        /// The first version in which the note no longer holds.
        public let endsWith: LibraryVersion
        /// What to know, and how it is lived with.
        public let text: String
    }

    /// Known trouble of the versions accepted, and the release that ended it. Source: librdkafka's CHANGELOG.md.
    public static let notes: [Note] = [
        Note(
            endsWith: LibraryVersion(2, 1, 0),
            text: "batch consume may lose records around seek, pause and rebalance: records are polled singly"
        ),
        Note(
            endsWith: LibraryVersion(2, 1, 0),
            text: "pause and resume may rewind or skip: back pressure leaves partition queues unread instead"),
        Note(
            endsWith: LibraryVersion(2, 1, 0),
            text: "polling any queue counts for max.poll.interval.ms: a stuck poll thread may go unnoticed"),
        Note(
            endsWith: LibraryVersion(2, 2, 0),
            text: "no fetch.queue.backoff.ms: a partition with a full queue is fetched again after 1 s only"),
        Note(
            endsWith: LibraryVersion(2, 3, 0),
            text: "stored offsets lack the leader epoch: offsets are always committed explicitly"),
    ]

    /// The notes that hold for `version`.
    public static func notes(for version: LibraryVersion = .linked) -> [Note] {
        notes.filter { version < $0.endsWith }
    }

    /// Numbers joined by dots.
    public var description: String { "\(major).\(minor).\(revision)" }

    /// Orders by major, minor, revision.
    public static func < (left: LibraryVersion, right: LibraryVersion) -> Bool {
        (left.major, left.minor, left.revision) < (right.major, right.minor, right.revision)
    }
}
