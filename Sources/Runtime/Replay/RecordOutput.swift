import Model
import Primitives

/// Writes the records that all workers emitted, merged into one order, and counts them.
///
/// A chunk's records are written while the next chunk is decoded, so that no worker waits for the file. Isolation:
/// the driver, or one worker during a phase in which no records are emitted.
final class RecordOutput: @unchecked Sendable {
    // SAFETY: the phases of a chunk are separated by the team's barrier; in each one thread uses it at most.

    private let parts: [ReplayPart]
    private let triggers: FileOutput
    private var failure: SystemError?
    /// Records written so far, by kind.
    private(set) var counts = [Int64](repeating: 0, count: RecordKind.allCases.count)

    init(parts: [ReplayPart], triggers: FileOutput) {
        self.parts = parts
        self.triggers = triggers
    }

    /// Writes the records at hand and forgets them; a failure is kept for `check`.
    func writeRecords() {
        do throws(SystemError) {
            try mergeRecords()
        } catch {
            failure = error
        }
        for part in parts { part.removeRecords() }
    }

    /// Throws if a write has failed.
    func check() throws(SystemError) {
        if let failure { throw failure }
    }

    private func mergeRecords() throws(SystemError) {
        for part in parts {
            for entry in part.records.entries { counts[Int(entry.kind.rawValue)] += 1 }
        }
        if parts.count == 1, parts[0].order.isEmpty {
            try triggers.write(parts[0].records.values.bytes)
        } else {
            try RecordMerge.forEach(parts) { (lines) throws(SystemError) in try triggers.write(lines) }
        }
    }
}
