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
        let state = try SnapshotRestore.read(chain) { refusal($0) }
        let header = state.header
        let path = chain.path(chain.newest)
        guard let identity = SnapshotIdentity(header.metadata) else {
            throw SnapshotFault(path, .foreign("it does not say whose it is"))
        }
        let rules: SequenceRules
        do throws(SettingsError) { rules = try SequenceRules(text: identity.rules) } catch {
            throw SnapshotFault(path, .malformed("its rules: \(error)"))
        }
        return Loaded(
            core: ShardCore(
                partition: partition, engine: try state.makeEngine(rules: rules.rules), rules: rules,
                positions: identity.positions),
            identity: identity, sequenceNumber: header.sequence, chain: header.chainHash)
    }

    /// Why a snapshot is not one of this group on this cluster, of an engine like this one; nil if it is.
    private func refusal(_ header: SnapshotHeader) -> String? {
        guard let identity = SnapshotIdentity(header.metadata) else { return "it does not say whose it is" }
        if identity.cluster != clusterID { return "it is of cluster \(identity.cluster), not \(clusterID)" }
        if identity.group != groupID { return "it is of group \(identity.group), not \(groupID)" }
        if identity.mathFingerprint != EngineIdentity.mathFingerprint {
            return "it is of a host whose pow() gives other bits"
        }
        return nil
    }
}
