import CCompression
import Foundation
import Model
import NaiveModel
import Primitives
import Runtime
import Settings
import Workloads

/// A folder that goes away with this object.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "tetik-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path(percentEncoded: false) }

    /// Writes a file and returns its path.
    func write(_ bytes: some DataProtocol, as name: String) throws -> String {
        try Data(bytes).write(to: url.appending(path: name))
        return path(name)
    }

    /// Writes a file that zlib has compressed.
    func writeGzip(_ bytes: [UInt8], as name: String) throws -> String {
        guard let file = gzopen(path(name), "wb") else { throw CocoaError(.fileWriteUnknown) }
        let written = gzwrite(file, bytes, UInt32(bytes.count))
        guard written == Int32(bytes.count), gzclose(file) == Z_OK else {
            throw CocoaError(.fileWriteUnknown)
        }
        return path(name)
    }

    /// Writes a file that zstd has compressed.
    func writeZstandard(_ bytes: [UInt8], as name: String) throws -> String {
        var compressed = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
        let count = ZSTD_compress(&compressed, compressed.count, bytes, bytes.count, 1)
        guard ZSTD_isError(count) == 0 else { throw CocoaError(.fileWriteUnknown) }
        return try write(compressed[..<count], as: name)
    }
}

/// What a replay gave.
struct ReplayOutput: Equatable {
    var triggers = Data()
    var deadLetters = Data()
    var summary = ReplaySummary()

    /// The trigger records, one by one.
    var records: [String] {
        String(decoding: triggers, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

/// Replays `logs` and reads back what was written; the time it took is left out.
func replay(
    _ logs: [String], rules: Rules = Rules(), threadCount: Int = 1, until: Int64? = nil,
    in folder: TemporaryFolder
) throws -> ReplayOutput {
    let names = (triggers: folder.path("triggers"), deadLetters: folder.path("dead-letters"))
    var output = ReplayOutput()
    do {
        let options = Replay.Options(
            logs: logs, rules: rules, threadCount: threadCount,
            until: until.map { EventTime(milliseconds: $0) }, triggers: try FileOutput(path: names.triggers),
            deadLetters: try FileOutput(path: names.deadLetters))
        output.summary = try Replay(options).run()
    }
    output.summary.seconds = 0
    output.triggers = try Data(contentsOf: URL(filePath: names.triggers))
    output.deadLetters = try Data(contentsOf: URL(filePath: names.deadLetters))
    return output
}

/// A dead letter as it is written, as far as it is compared.
struct WrittenDeadLetter: Decodable {
    var position: Int
    var reason: String
}

extension ReplayOutput {
    /// The output in the model's terms.
    func inTermsOfTheModel() throws -> NaiveResult {
        var result = NaiveResult()
        result.triggers = String(decoding: triggers, as: UTF8.self).components(separatedBy: "\n").dropLast()
        result.deadLetters = try deadLetters.split(separator: 0x0A).map {
            let letter = try JSONDecoder().decode(WrittenDeadLetter.self, from: Data($0))
            return NaiveDeadLetter(position: letter.position, reason: letter.reason)
        }
        result.summary.events = Int(summary.eventCount)
        result.summary.applied = Int(summary.appliedCount)
        result.summary.rejected = Int(summary.rejectedCount)
        result.summary.ignored = Int(summary.ignoredCount)
        result.summary.duplicates = Int(summary.duplicateCount)
        result.summary.late = Int(summary.lateCount)
        result.summary.customers = Int(summary.customerCount)
        for kind in RecordKind.allCases where summary.triggerCounts[Int(kind.rawValue)] > 0 {
            result.summary.triggers["\(kind.name)"] = Int(summary.triggerCounts[Int(kind.rawValue)])
        }
        result.summary.watermark = summary.watermark?.description
        return result
    }
}

/// A shop's log, all of its lines ending in a line feed.
func shopLog(eventCount: Int, seed: UInt64 = 1, partitionCount: Int32? = nil) -> [UInt8] {
    var settings = ShopSettings()
    settings.seed = seed
    settings.customerCount = max(eventCount / 20, 1)
    settings.dayCount = 60
    settings.eventCountMax = eventCount
    settings.badShare = 0.01
    settings.lateShare = 0.02
    settings.duplicateShare = 0.02
    var shop = ShopWorkload(settings)
    var framing = RecordFraming(partitionCount: partitionCount ?? 1)
    var log = ByteWriter()
    var event = ByteWriter()
    while let made = shop.next(into: &event) {
        if partitionCount != nil {
            framing.append(made, from: event, to: &log)
        } else {
            log.append(UnsafeRawBufferPointer(rebasing: event.bytes[made.value]))
        }
        log.append(0x0A)
        event.removeAll()
    }
    return Array(log.bytes)
}

/// Rules under which a shop's log of a few weeks emits a lot.
func livelyRules() -> Rules {
    var rules = Rules()
    rules.allowedLatenessMilliseconds = 2_000
    rules.abandonedCart.stepMilliseconds = [600_000, 3_600_000, 7_200_000]
    rules.abandonedCart.cooldownMilliseconds = 3_600_000
    rules.churnRisk.timeUnitMilliseconds = 3_600_000
    rules.adSuppression.recentPurchaseMilliseconds = 86_400_000
    rules.adSuppression.fatigueClickCount = 2
    return rules
}
