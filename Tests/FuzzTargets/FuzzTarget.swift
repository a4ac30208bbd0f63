/// What is fed with bytes that anyone could have made: each reader of the program that reads bytes from outside.
///
/// One function for the fuzzer, for the replay of the corpus and for whoever has a file that broke something.
/// Isolation: one thread.
public enum FuzzTarget: String, CaseIterable, Sendable {
    /// One line of a log, against the naive model's verdict.
    case event
    /// Key, value and timestamp of a live record: decoded as they are, and as the line that `tetik record` writes.
    case record
    /// A configuration file.
    case config
    /// A snapshot's file, with right checksums.
    case snapshot
    /// The state in a snapshot: its header and one chunk of entries.
    case image
    /// The list of a shard's snapshots, with the right checksum.
    case manifest
    /// A record of the journal, with the right hash.
    case journal
    /// One request of the admin service.
    case http
    /// Rules, times, amounts, durations, addresses and marks as texts; the first byte says which.
    case text

    /// Reads `bytes`; whatever they are, it must neither crash nor hang, and what it makes of them must be consistent.
    ///
    /// - Throws: what is not consistent.
    public func check(_ bytes: [UInt8]) throws(FuzzFailure) {
        switch self {
        case .event: try LineFuzzing.checkLine(bytes)
        case .record: try LineFuzzing.checkRecord(bytes)
        case .config: try ConfigFuzzing.check(bytes)
        case .snapshot: try SnapshotFuzzing.checkFile(bytes)
        case .image: try SnapshotFuzzing.checkImage(bytes)
        case .manifest: try SnapshotFuzzing.checkManifest(bytes)
        case .journal: try JournalFuzzing.check(bytes)
        case .http: try RequestFuzzing.check(bytes)
        case .text: try TextFuzzing.check(bytes)
        }
    }

    /// Inputs to begin with: small ones that get far.
    public var seeds: [[UInt8]] {
        switch self {
        case .event: LineFuzzing.lines.map { Array($0.utf8) }
        case .record: LineFuzzing.recordSeeds
        case .config: ConfigFuzzing.seeds.map { Array($0.utf8) }
        case .snapshot: SnapshotFuzzing.fileSeeds
        case .image: SnapshotFuzzing.imageSeeds
        case .manifest: SnapshotFuzzing.manifestSeeds.map { Array($0.utf8) }
        case .journal: JournalFuzzing.seeds
        case .http: RequestFuzzing.seeds.map { Array($0.utf8) }
        case .text: TextFuzzing.seeds
        }
    }
}

/// What was found: two readings that should agree and do not.
public struct FuzzFailure: Error, CustomStringConvertible {
    /// What disagrees.
    public let description: String

    init(_ description: String) { self.description = description }
}
