import Engine
import Model
import Settings
public import SnapshotStore

/// Says what snapshots know of one customer, without a daemon.
public enum SnapshotCustomer {
    /// Looks through the newest good state of every shard.
    ///
    /// - Parameter note: is told of what is not good, in words.
    /// - Throws: if the directory cannot be read, or a shard has no good state left.
    public static func reply(
        _ customer: String, in directory: SnapshotDirectory, note: (String) -> Void
    ) throws -> CustomerReply {
        var reply = CustomerReply(customer: customer)
        for shard in try directory.shards() {
            var candidates = SnapshotCandidates(shard: shard, in: [directory])
            for fault in candidates.faults { note(fault.description) }
            var last: SnapshotFault?
            var isRead = false
            while !isRead, let chain = candidates.next() {
                do throws(SnapshotFault) {
                    if let report = try report(Array(customer.utf8), chain, shard) {
                        reply.reports.append(report)
                    }
                    isRead = true
                } catch {
                    note(error.description)
                    candidates.reject(error)
                    last = error
                }
            }
            if !isRead, let last { throw last }
        }
        return reply
    }

    private static func report(
        _ key: [UInt8], _ chain: SnapshotChain, _ shard: UInt32
    ) throws(SnapshotFault) -> CustomerReport? {
        guard let stored = try SnapshotLookup.customer(key, in: chain) else { return nil }
        let path = chain.path(chain.newest)
        let header = try SnapshotFileReader(
            path, shard: shard, fileSystem: chain.directory.fileSystem
        ).header
        let state = try header.engineHeader(of: path)
        let rules = try rules(of: header, path)
        var engine = Engine(rules: rules)
        var records = RecordBuffer()
        engine.advance(to: state.watermark, into: &records)
        let answer = CustomerDesk.Answer(partition: Int32(clamping: shard), view: engine.describe(stored))
        return CustomerReport(answer, RulesOfReport(rules))
    }

    /// The rules that the snapshot was made under.
    private static func rules(of header: SnapshotHeader, _ path: String) throws(SnapshotFault) -> Rules {
        guard let text = header.metadata.text(SnapshotMetadata.rules) else {
            throw SnapshotFault(path, .malformed("it says nothing of its rules"))
        }
        do throws(SettingsError) { return try SequenceRules(text: text).rules } catch {
            throw SnapshotFault(path, .malformed("its rules cannot be read: \(error)"))
        }
    }
}

extension CustomerReply {
    /// A reply that knows nothing yet.
    fileprivate init(customer: String) {
        self.init(
            customer: customer, CustomerDesk.Reply(isComplete: true), RulesOfReport(Rules()), [])
    }
}
