import Engine
import Primitives
import Settings
import SnapshotStore

/// Makes a shard's memory again from one snapshot and its increments. Blocks; any one thread.
struct SnapshotLoading {
    /// A shard's memory with the place in the journal where it belongs.
    struct Loaded {
        var core: ShardCore
        var identity: SnapshotIdentity
        var sequenceNumber: UInt64
        var chain: UInt64
    }

    let partition: Int32
    let clusterID: String
    let groupID: String

    /// Reads every byte of the chain, and throws what makes it unusable, with the file's name.
    func load(_ chain: SnapshotChain) throws(SnapshotFault) -> Loaded {
        let reader = SnapshotReader(chain)
        guard let first = try reader.nextFile() else {
            throw SnapshotFault(chain.path(chain.newest), .missing)
        }
        var last = first
        var restoration: EngineRestoration
        do throws(EngineImageError) {
            restoration = try EngineRestoration(
                try Self.image(first, reader), byteCountMax: reader.fileByteCount)
        } catch {
            throw SnapshotFault(reader.filePath, .malformed("\(error)"))
        }
        try Self.readChunks(reader, &restoration)
        while let header = try reader.nextFile() {
            last = header
            do throws(EngineImageError) {
                try restoration.beginIncrement(
                    try Self.image(header, reader), byteCountMax: reader.fileByteCount)
            } catch {
                throw SnapshotFault(reader.filePath, .malformed("\(error)"))
            }
            try Self.readChunks(reader, &restoration)
        }
        let (identity, rules) = try check(last, reader.filePath)
        do throws(EngineImageError) {
            let engine = try restoration.finish(rules: rules.rules)
            return Loaded(
                core: ShardCore(
                    partition: partition, engine: engine, rules: rules, positions: identity.positions),
                identity: identity, sequenceNumber: last.sequence, chain: last.chainHash)
        } catch {
            throw SnapshotFault(reader.filePath, .malformed("\(error)"))
        }
    }

    private static func image(
        _ header: SnapshotHeader, _ reader: SnapshotReader
    ) throws(EngineImageError) -> EngineImageHeader {
        var writer = ByteWriter(capacity: 64)
        for byte in header.metadata[SnapshotMetadata.stateHeader] ?? [] { writer.append(byte) }
        return try EngineImageHeader(writer.bytes)
    }

    private static func readChunks(
        _ reader: SnapshotReader, _ restoration: inout EngineRestoration
    ) throws(SnapshotFault) {
        while let chunk = try reader.nextChunk() {
            do throws(EngineImageError) { try restoration.add(chunk) } catch {
                throw SnapshotFault(reader.filePath, .malformed("\(error)"))
            }
        }
    }

    /// Whether it is of this group on this cluster, and of an engine like this one.
    private func check(
        _ header: SnapshotHeader, _ path: String
    ) throws(SnapshotFault) -> (SnapshotIdentity, SequenceRules) {
        guard let identity = SnapshotIdentity(header.metadata) else {
            throw SnapshotFault(path, .foreign("it does not say whose it is"))
        }
        guard identity.cluster == clusterID else {
            throw SnapshotFault(path, .foreign("it is of cluster \(identity.cluster), not \(clusterID)"))
        }
        guard identity.group == groupID else {
            throw SnapshotFault(path, .foreign("it is of group \(identity.group), not \(groupID)"))
        }
        guard identity.mathFingerprint == EngineIdentity.mathFingerprint else {
            throw SnapshotFault(path, .foreign("it is of a host whose pow() gives other bits"))
        }
        do throws(SettingsError) { return (identity, try SequenceRules(text: identity.rules)) } catch {
            throw SnapshotFault(path, .malformed("its rules: \(error)"))
        }
    }
}
