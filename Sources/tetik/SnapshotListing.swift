import Engine
import Model
import Primitives
import Reporting
import Runtime
import SnapshotStore

/// What `tetik snapshot list` says.
struct SnapshotListing {
    /// One file.
    private struct Row {
        var shard: UInt32
        var file: SnapshotFile
        /// From the file itself; nil if it cannot be read.
        var header: SnapshotHeader?
        var customerCount: Int?
        var fault: SnapshotFault?
    }

    let directory: String
    private var rows: [Row] = []
    /// What is wrong with lists, or with files that are in none.
    private var faults: [SnapshotFault] = []
    private let now = SystemClock.wallClock().milliseconds

    init(directory: String) { self.directory = directory }

    mutating func add(_ shard: UInt32, of directory: SnapshotDirectory) throws(FileError) {
        let list = try directory.list(shard: shard)
        faults += list.faults
        for file in list.files { rows.append(Self.row(shard, file, directory)) }
    }

    private static func row(_ shard: UInt32, _ file: SnapshotFile, _ directory: SnapshotDirectory) -> Row {
        var row = Row(shard: shard, file: file)
        let path = "\(directory.path(shard: shard))/\(file.name)"
        do throws(SnapshotFault) {
            let reader = try SnapshotFileReader(
                path, shard: shard, listed: file, fileSystem: directory.fileSystem)
            row.header = reader.header
            row.customerCount = try reader.header.engineHeader(of: path).customerCount
            if try reader.listing() != file { throw SnapshotFault(path, .otherThanListed) }
        } catch {
            row.fault = error
        }
        return row
    }

    private static let headings = ["shard", "sequence", "kind", "age", "customers", "bytes", ""]

    /// Columns, and below them what is wrong.
    var table: String {
        var lines = [Self.headings]
        lines += rows.map { row in
            [
                "\(row.shard)", "\(row.file.sequence)", row.file.kind.name,
                row.header.map { AgeText.text(now - $0.writtenAtMilliseconds) } ?? "–",
                row.customerCount.map { NumberText.whole($0) } ?? "–", NumberText.whole(row.file.byteCount),
                row.fault == nil ? "good" : "bad",
            ]
        }
        let widths = Self.headings.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        let columns = lines.map { line in
            zip(line, widths).map { text, width in
                String(repeating: " ", count: width - text.count) + text
            }.joined(separator: "  ")
        }
        let wrong = (faults + rows.compactMap(\.fault)).map(\.description)
        return (columns + wrong).joined(separator: "\n") + "\n"
    }

    var json: JSONNode {
        .object([
            ("directory", .string(directory)),
            (
                "snapshots",
                .array(
                    rows.map { row in
                        .object([
                            ("shard", JSONNode(Int(row.shard))),
                            ("sequence", JSONNode(Int(clamping: row.file.sequence))),
                            ("kind", .string(row.file.kind.name)),
                            ("written", JSONNode(row.header?.writtenAt.description)),
                            ("customers", row.customerCount.map { JSONNode($0) } ?? .null),
                            ("bytes", JSONNode(row.file.byteCount)),
                            ("fault", JSONNode(row.fault?.description)),
                        ])
                    })
            ),
            ("faults", .array(faults.map { .string($0.description) })),
        ])
    }
}

extension SnapshotHeader {
    /// When it was written.
    var writtenAt: EventTime { EventTime(milliseconds: writtenAtMilliseconds) }
}

/// How long ago something was, in one unit.
enum AgeText {
    /// For example `12s` or `3h`.
    static func text(_ milliseconds: Int64) -> String {
        let seconds = max(milliseconds, 0) / 1_000
        switch seconds {
        case ..<120: return "\(seconds)s"
        case ..<7_200: return "\(seconds / 60)m"
        case ..<172_800: return "\(seconds / 3_600)h"
        default: return "\(seconds / 86_400)d"
        }
    }
}

/// What `tetik snapshot verify` says.
struct SnapshotVerification {
    private(set) var faults: [SnapshotFault] = []
    private var fileCount = 0
    private var byteCount = 0
    private var stateCount = 0

    /// Reads all files of a shard, and makes the states of those that are good.
    mutating func verify(_ shard: UInt32, of directory: SnapshotDirectory) throws(FileError) {
        let list = try directory.list(shard: shard)
        faults += list.faults
        for file in list.files {
            fileCount += 1
            byteCount += file.byteCount
            do throws(SnapshotFault) {
                let path = "\(directory.path(shard: shard))/\(file.name)"
                try SnapshotFileReader(path, shard: shard, listed: file, fileSystem: directory.fileSystem)
                    .verify()
            } catch {
                faults.append(error)
            }
        }
        verifyStates(shard, directory)
    }

    /// Each full snapshot with all of its increments; what is longer has what is shorter in it.
    private mutating func verifyStates(_ shard: UInt32, _ directory: SnapshotDirectory) {
        var candidates = SnapshotCandidates(shard: shard, in: [directory])
        for fault in faults { candidates.reject(fault) }
        var fulls: Set<UInt64> = []
        while let chain = candidates.next() {
            guard fulls.insert(chain.files[0].identity).inserted else { continue }
            do throws(SnapshotFault) {
                try Self.makeState(chain)
                stateCount += 1
            } catch {
                faults.append(error)
            }
        }
    }

    private static func makeState(_ chain: SnapshotChain) throws(SnapshotFault) {
        let state = try SnapshotRestore.read(chain) { _ in nil }
        // Which rules it is made under changes nothing in whether it can be made.
        _ = try state.makeEngine(rules: Rules())
    }

    var text: String {
        let words = faults.isEmpty ? "all good" : "\(faults.count) bad"
        let summary =
            "\(fileCount) files, \(NumberText.whole(byteCount)) bytes, \(stateCount) states: \(words)"
        return (faults.map(\.description) + [summary]).joined(separator: "\n") + "\n"
    }

    var json: JSONNode {
        .object([
            ("files", JSONNode(fileCount)), ("bytes", JSONNode(byteCount)), ("states", JSONNode(stateCount)),
            ("faults", .array(faults.map { .string($0.description) })),
        ])
    }
}
