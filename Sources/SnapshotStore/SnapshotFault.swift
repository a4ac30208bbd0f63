/// A snapshot, or a list of them, that cannot be used, and why; for the log, and to go to the one before.
public struct SnapshotFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong with a file.
    public enum Reason: Equatable, Sendable {
        /// A file that is listed is not there.
        case missing
        /// It does not begin like a snapshot.
        case notASnapshot
        /// The header's checksum is wrong.
        case headerDamaged
        /// Written by an older program, in a form that this one does not read.
        case olderFormat(UInt32)
        /// Written by a newer program.
        case newerFormat(UInt32)
        /// The file ends before its end was written.
        case truncated
        /// A page of the chunk at this place was never written: the host stopped in the middle.
        case torn(offset: Int)
        /// The chunk at this place has another checksum.
        case bitFlipped(offset: Int)
        /// There is something behind the end.
        case trailingBytes
        /// It is of another shard.
        case foreignShard(UInt32)
        /// It is not of this cluster, group or configuration, as the words say.
        case foreign(String)
        /// Whole, but not the file that was listed.
        case otherThanListed
        /// The snapshot that this one continues is another than the one before it, or is not there.
        case missingIncrement
        /// Its bytes are whole, but make no sense as state.
        case malformed(String)
        /// The list's checksum or form is wrong.
        case manifestBroken
        /// There are snapshots, but no list of them.
        case manifestMissing
        /// The system could not read it.
        case unreadable(FileError)
    }

    /// The file.
    public var path: String
    /// What is wrong.
    public var reason: Reason

    /// Makes a fault.
    public init(_ path: String, _ reason: Reason) {
        self.path = path
        self.reason = reason
    }

    /// For example `/var/lib/tetik/…-full.snap: truncated: it ends before its end was written`.
    public var description: String {
        if case .unreadable(let error) = reason { return error.description }
        return "\(path): \(words)"
    }

    private var words: String {
        switch reason {
        case .missing: "missing: it is listed, but not there"
        case .notASnapshot: "no snapshot: it begins otherwise"
        case .headerDamaged: "damaged: the checksum of its header is wrong"
        case .olderFormat(let version):
            "older format \(version): this program reads format \(SnapshotFormat.version)"
        case .newerFormat(let version):
            "newer format \(version): this program reads format \(SnapshotFormat.version)"
        case .truncated: "truncated: it ends before its end was written"
        case .torn(let offset): "torn: a part of it at byte \(offset) was never written"
        case .bitFlipped(let offset): "damaged: the checksum at byte \(offset) is wrong"
        case .trailingBytes: "damaged: there is something behind its end"
        case .foreignShard(let shard): "foreign: it is of shard \(shard)"
        case .foreign(let words): "foreign: \(words)"
        case .otherThanListed: "replaced: it is not the file that was listed"
        case .missingIncrement: "incomplete: the snapshot that it continues is not there"
        case .malformed(let words): "malformed: \(words)"
        case .manifestBroken: "broken list: its checksum or form is wrong; the files are looked at instead"
        case .manifestMissing: "missing list; the files are looked at instead"
        case .unreadable: "unreadable"
        }
    }
}
