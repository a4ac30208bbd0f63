import Engine
import Primitives
import SnapshotStore

/// What a snapshot of ours says about itself beside the state: whose it is, and where in the sequence it stands.
struct SnapshotIdentity: Equatable {
    private static let positionsName = "positions"
    private static let journalOffsetName = "journal_offset"
    private static let partitionCountName = "partitions"
    private static let mathName = "math"

    /// The cluster's id, empty if it has none, and the consumer group.
    var cluster: String
    var group: String
    var partitionCount: Int32
    /// The text of the rules and topics.
    var rules: String
    /// Per topic the next offset to read.
    var positions: [Int64]
    /// Where the journal record is after which the state was so; -1 if nobody knows.
    var journalOffset: Int64
    var mathFingerprint: UInt64

    /// The metadata of a snapshot of the state that `image` describes.
    func metadata(_ image: EngineImageHeader) -> SnapshotMetadata {
        var metadata = SnapshotMetadata()
        var state = ByteWriter(capacity: 64)
        image.append(to: &state)
        metadata.add(SnapshotMetadata.stateHeader, Array(state.bytes))
        metadata.add(SnapshotMetadata.rules, text: rules)
        metadata.add(SnapshotMetadata.cluster, text: cluster)
        metadata.add(SnapshotMetadata.group, text: group)
        metadata.add(
            Self.positionsName, text: positions.map { String($0) }.joined(separator: ","))
        metadata.add(Self.journalOffsetName, text: String(journalOffset))
        metadata.add(Self.partitionCountName, text: String(partitionCount))
        metadata.add(Self.mathName, text: String(mathFingerprint, radix: 16))
        return metadata
    }

    /// Reads them back; nil if something is missing.
    init?(_ metadata: SnapshotMetadata) {
        guard let cluster = metadata.text(SnapshotMetadata.cluster),
            let group = metadata.text(SnapshotMetadata.group),
            let rules = metadata.text(SnapshotMetadata.rules),
            let positions = metadata.text(Self.positionsName),
            let journalOffset = metadata.text(Self.journalOffsetName).flatMap({ Int64($0) }),
            let partitionCount = metadata.text(Self.partitionCountName).flatMap({ Int32($0) }),
            let math = metadata.text(Self.mathName).flatMap({ UInt64($0, radix: 16) })
        else { return nil }
        self.init(
            cluster: cluster, group: group, partitionCount: partitionCount, rules: rules,
            positions: positions.split(separator: ",").compactMap { Int64($0) },
            journalOffset: journalOffset, mathFingerprint: math)
    }

    init(
        cluster: String, group: String, partitionCount: Int32, rules: String, positions: [Int64],
        journalOffset: Int64, mathFingerprint: UInt64 = EngineIdentity.mathFingerprint
    ) {
        self.cluster = cluster
        self.group = group
        self.partitionCount = partitionCount
        self.rules = rules
        self.positions = positions
        self.journalOffset = journalOffset
        self.mathFingerprint = mathFingerprint
    }
}
