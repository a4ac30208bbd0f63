/// Whether a shard's next snapshot is a full one.
///
/// A pure decision; isolation: whoever holds it.
public struct SnapshotPolicy: Equatable, Sendable {
    /// Increments after which a full one is due, so that a restore never reads many files.
    public static let incrementCountMax = 32

    private var fullByteCount: Int?
    private var incrementByteCount = 0
    private var incrementCount = 0
    /// The newest snapshot that was published, which an increment continues.
    public private(set) var newest: SnapshotFile?

    /// Begins without a snapshot, or with the chain that the state was restored from.
    public init(restoredFrom chain: SnapshotChain? = nil) {
        for file in chain?.files ?? [] { didPublish(file) }
    }

    /// Full if there is none, after a failure, after 32 increments, or once the increments have more than half the
    /// bytes of the full one.
    public var nextIsFull: Bool {
        guard let fullByteCount else { return true }
        return incrementCount >= Self.incrementCountMax || incrementByteCount * 2 > fullByteCount
    }

    /// Takes note of a published snapshot.
    public mutating func didPublish(_ file: SnapshotFile) {
        newest = file
        if file.kind == .full {
            fullByteCount = file.byteCount
            incrementByteCount = 0
            incrementCount = 0
        } else {
            incrementByteCount += file.byteCount
            incrementCount += 1
        }
    }

    /// Takes note of a snapshot that was begun and not published: its changes are in no file.
    public mutating func didFail() { fullByteCount = nil }
}
