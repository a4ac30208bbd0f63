public import Backtesting
import Glibc
import Model
import Primitives

/// The engine over recorded logs, watched: what the rules would have said, and what happened then.
///
/// The phases are those of `Replay`; records are looked at by the worker that emitted them and go nowhere.
/// Isolation: `run` blocks the calling thread, which works along.
public final class Backtest {
    private static let sliceByteCount = 256 << 10

    private let options: BacktestObserver.Options
    private let reader: LogReader
    private let team: WorkerTeam
    private let parts: [BacktestPart]
    private let slices: [DecodedSlice]
    private let placement: SlicePlacement
    private var lineCount: Int64 = 0
    private var eventCount: Int64 = 0

    /// Opens the logs, so that a wrong name is said at once.
    ///
    /// - Parameter threadCount: workers, at least 1.
    public init(
        logs: [String], options: BacktestObserver.Options, threadCount: Int
    ) throws(LogError) {
        self.options = options
        let memberCount = max(threadCount, 1)
        reader = try LogReader(paths: logs, chunkByteCount: Self.sliceByteCount * memberCount)
        team = WorkerTeam(memberCount: memberCount)
        parts = (0..<memberCount).map { BacktestPart(options, member: $0, memberCount: memberCount) }
        slices = (0..<memberCount).map { _ in DecodedSlice(memberCount: memberCount) }
        placement = SlicePlacement(
            slices, latenessMilliseconds: options.rules.allowedLatenessMilliseconds)
    }

    /// Reads everything.
    ///
    /// - Parameter report: called after each chunk.
    public func run(report: (Replay.Progress) -> Void = { _ in }) throws(LogError) -> BacktestResult {
        let start = Replay.monotonicSeconds()
        reader.start()
        defer {
            reader.finish()
            team.finish()
        }
        while let chunk = try reader.next() {
            take(chunk)
            reader.giveBack(chunk)
            report(
                Replay.Progress(
                    lineCount: lineCount, readByteCount: reader.readByteCount,
                    storedByteCount: reader.storedByteCount, seconds: Replay.monotonicSeconds() - start))
        }
        // Every outcome whose window ends by the last moment that all sequences have reached is decided.
        let end = placement.clock.watermarks.max() ?? .distantPast
        for part in parts where end > .distantPast { part.observer.finish(at: end) }
        var result = BacktestResult(parts.map(\.observer), options: options)
        result.eventCount = eventCount
        result.seconds = Replay.monotonicSeconds() - start
        return result
    }

    private func take(_ chunk: LogChunk) {
        let cuts = Replay.cut(chunk.bytes, into: parts.count)
        placement.begin()
        team.run { [slices, parts, placement] member in
            let bytes = UnsafeRawBufferPointer(rebasing: chunk.bytes[cuts[member]..<cuts[member + 1]])
            slices[member].decode(bytes, with: parts[member].decoder)
            placement.note(decoded: member)
        }
        for slice in slices {
            eventCount += Int64(
                slice.batch.events.count + slice.batch.rejected.count + slice.batch.ignoredCount)
        }
        let clock = placement.clock
        team.run { [slices, parts] member in
            parts[member].apply(slices, clock: clock)
        }
        lineCount += placement.lineCount
        guard let reached = clock.watermarks.max() else { return }
        for part in parts { part.observer.reach(reached) }
    }
}
