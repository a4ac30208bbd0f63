import Engine
import Primitives
import Reporting
import Runtime
import SnapshotStore

/// What `tetik snapshot show` says of one shard.
struct SnapshotDescription {
    private let header: SnapshotHeader
    private let engine: EngineImageHeader
    private let files: [String]
    private let byteCount: Int

    /// Looks at the newest snapshot of a shard whose files all begin and end as they should.
    init(newestOf shard: UInt32, in directory: SnapshotDirectory) throws(SnapshotFault) {
        var candidates = SnapshotCandidates(shard: shard, in: [directory])
        while let chain = candidates.next() {
            do throws(SnapshotFault) {
                self = try Self(chain)
                return
            } catch {
                Console.complain(error.description)
                candidates.reject(error)
            }
        }
        throw SnapshotFault(directory.path(shard: shard), .missing)
    }

    private init(_ chain: SnapshotChain) throws(SnapshotFault) {
        var newest: SnapshotHeader?
        for file in chain.files {
            let reader = try SnapshotFileReader(
                chain.path(file), shard: chain.shard, listed: file, fileSystem: chain.directory.fileSystem)
            if try reader.listing() != file { throw SnapshotFault(reader.path, .otherThanListed) }
            newest = reader.header
        }
        let path = chain.path(chain.newest)
        guard let newest else { throw SnapshotFault(path, .missing) }
        header = newest
        engine = try newest.engineHeader(of: path)
        files = chain.files.map { chain.path($0) }
        byteCount = chain.files.reduce(0) { $0 + $1.byteCount }
    }

    private var watermark: String? {
        engine.watermark == .distantPast ? nil : engine.watermark.description
    }

    private var chainHash: String {
        let digits = String(header.chainHash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The metadata as text; what is no text as its size.
    private var texts: [(name: String, text: String)] {
        header.metadata.entries.filter { $0.name != SnapshotMetadata.stateHeader }.map { name, value in
            let text = String(validating: value, as: UTF8.self)
            let isText = text?.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" } ?? false
            return (name, isText ? text ?? "" : "\(value.count) bytes")
        }
    }

    var text: String {
        let age = AgeText.text(SystemClock.wallClock().milliseconds - header.writtenAtMilliseconds)
        var rows = [
            ("shard", "\(header.shard)"), ("sequence", "\(header.sequence)"), ("chain hash", chainHash),
            ("written", "\(header.writtenAt) (\(age) ago)"), ("watermark", watermark ?? "none yet"),
            ("customers", NumberText.whole(engine.customerCount)),
            ("slots", NumberText.whole(engine.slotCount)),
            ("semantics", "\(engine.semanticsVersion)"), ("bytes", NumberText.whole(byteCount)),
        ]
        rows += files.map { ("file", $0) }
        rows += texts.map { ($0.name, $0.text) }
        return rows.map { name, value in
            let lines = value.split(separator: "\n")
            let head = name + String(repeating: " ", count: max(12 - name.count, 1))
            guard lines.count > 1 else { return head + value + "\n" }
            return name + "\n" + lines.map { "  \($0)\n" }.joined()
        }.joined()
    }

    var json: JSONNode {
        .object([
            ("shard", JSONNode(Int(header.shard))), ("sequence", JSONNode(Int(clamping: header.sequence))),
            ("chain_hash", .string(chainHash)), ("written", .string(header.writtenAt.description)),
            ("watermark", JSONNode(watermark)), ("customers", JSONNode(engine.customerCount)),
            ("slots", JSONNode(engine.slotCount)),
            ("semantics", JSONNode(Int(engine.semanticsVersion))), ("bytes", JSONNode(byteCount)),
            ("files", .array(files.map { .string($0) })),
            ("metadata", .object(texts.map { ($0.name, .string($0.text)) })),
        ])
    }
}
