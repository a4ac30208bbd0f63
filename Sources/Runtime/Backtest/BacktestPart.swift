import Backtesting
import Engine
import Model
import Primitives

/// One worker of a backtest: its decoder, its engines, and who watches what they emit.
///
/// Isolation: its worker, except between the phases of a chunk.
final class BacktestPart: @unchecked Sendable {
    // SAFETY: the phases of a chunk are separated by the team's barrier; each part is changed by its worker
    // alone.
    private let member: Int
    let decoder: EventDecoder
    let observer: BacktestObserver
    private var engines: ReplayEngines
    private var records = RecordBuffer()

    init(_ options: BacktestObserver.Options, member: Int, memberCount: Int) {
        self.member = member
        decoder = EventDecoder(rules: options.rules)
        observer = BacktestObserver(options)
        engines = ReplayEngines(rules: options.rules, memberCount: memberCount)
    }

    /// Applies the chunk's events of this worker's customers, in order, and fires what is due at its end.
    func apply(_ slices: [DecodedSlice], clock: SequenceClock) {
        engines.prepare(sequenceCount: clock.watermarks.count)
        for slice in slices {
            slice.withEvents(of: member) {
                engines.apply($0, of: slice.batch, into: &records, watchedBy: observer)
            }
        }
        engines.finishChunk(clock, into: &records, watchedBy: observer)
    }
}

extension ReplayEngines {
    /// Applies this worker's events of a slice, in order, and shows the observer what came of each.
    fileprivate mutating func apply(
        _ events: SliceEvents, of batch: borrowing EventBatch, into records: inout RecordBuffer,
        watchedBy observer: BacktestObserver
    ) {
        for place in 0..<events.count {
            prefetch(events, of: batch, place)
            let event = events.event(place)
            let placement = events.placement(place)
            let sequence = Int(placement.sequence)
            let duplicateCount = engines[sequence].counters.duplicateCount
            (engines + sequence).pointee.apply(
                event, of: batch, watermark: placement.watermark, into: &records)
            let isNew = engines[sequence].counters.duplicateCount == duplicateCount
            Self.show(isNew ? event : nil, &records, to: observer)
        }
    }

    /// Fires what the watermarks at the end of a chunk make due, and shows it to the observer.
    fileprivate mutating func finishChunk(
        _ clock: SequenceClock, into records: inout RecordBuffer, watchedBy observer: BacktestObserver
    ) {
        for (index, watermark) in clock.watermarks.enumerated() {
            (engines + index).pointee.advance(to: watermark, into: &records)
            Self.show(nil, &records, to: observer)
        }
    }

    /// Shows what timers emitted before the event, then the event, then what it emitted; and forgets the
    /// records.
    private static func show(
        _ event: Event?, _ records: inout RecordBuffer, to observer: BacktestObserver
    ) {
        var index = 0
        while index < records.count, records.entries[index].isTimer {
            observer.see(records.entries[index], in: records)
            index += 1
        }
        if let event { observer.see(event) }
        guard records.count > 0 else { return }
        while index < records.count {
            observer.see(records.entries[index], in: records)
            index += 1
        }
        records.removeAll()
    }
}
