public import Model
import Primitives

/// The newest trigger records, kept in memory for those who look on: a bounded ring that forgets its oldest.
///
/// Filled by the thread that commits, after the broker has acknowledged; read by anyone. Nobody who reads is waited
/// for: who is too slow finds that records are gone.
public final class TriggerFeed: @unchecked Sendable {
    // SAFETY: everything is inside the monitor; the wakers are called outside of it.
    /// One record.
    public struct Entry: Sendable {
        /// Counts up from 1 since the start of the process.
        public var number: UInt64
        /// Which kind.
        public var kind: RecordKind
        /// The customer's bytes.
        public var customer: [UInt8]
        /// The record's JSON.
        public var value: [UInt8]
    }

    /// What a reader gets.
    public struct Reading: Sendable {
        /// Records after the asked one that match, oldest first.
        public var entries: [Entry] = []
        /// Number of the last record that was looked at: where to go on.
        public var position: UInt64 = 0
        /// Records that were gone before they could be read, matching or not.
        public var missedCount: UInt64 = 0
    }

    /// What a reader wants; empty kinds mean all.
    public struct Filter: Sendable {
        /// Kinds that are wanted.
        public var kinds: Set<RecordKind> = []
        /// The customer that is wanted, or nil for all.
        public var customer: [UInt8]?

        /// Wants everything.
        public init() {}

        func wants(_ kind: RecordKind) -> Bool { kinds.isEmpty || kinds.contains(kind) }
    }

    /// Someone who is to be woken by records that he wants.
    private struct Waker {
        var filter: Filter
        /// The first record that he wants and has not asked for; nil while there is none. Set, he has been woken.
        var firstNumber: UInt64?
        var wake: @Sendable () -> Void
    }

    private struct State {
        var ring = TriggerRing()
        var wakers: [UInt64: Waker] = [:]
        /// Those of `wakers` that want one customer, by the customer, and all others.
        var customerWakers: [[UInt8]: Set<UInt64>] = [:]
        var broadWakers: Set<UInt64> = []
        var lastWaker: UInt64 = 0
    }

    private let state = Monitor(State())

    /// Makes a feed of nothing.
    public init() {}

    /// Number of the newest record; 0 if there is none.
    public var lastNumber: UInt64 { state.read { $0.ring.lastNumber } }

    /// Makes acknowledged records readable, in order; copies them.
    public func publish(_ records: borrowing RecordBuffer) {
        guard records.count > 0 else { return }
        let wakers = records.withLines { lines in state.change { Self.publish(lines, &$0) } }
        for wake in wakers { wake() }
    }

    private static func publish(
        _ lines: RecordBuffer.Lines, _ state: inout State
    ) -> [@Sendable () -> Void] {
        var woken: [@Sendable () -> Void] = []
        // By kind, the first record of this batch.
        var firstNumbers: [RecordKind: UInt64] = [:]
        for index in 0..<lines.count {
            let entry = lines[index]
            let customer = lines.customer(of: entry)
            let line = lines.bytes(from: entry, through: entry)
            let number = state.ring.append(
                entry.kind, customer: customer, value: UnsafeRawBufferPointer(rebasing: line.dropLast()))
            if firstNumbers[entry.kind] == nil { firstNumbers[entry.kind] = number }
            guard !state.customerWakers.isEmpty else { continue }
            for waker in state.customerWakers[Array(customer)] ?? [] {
                note(number, entry.kind, for: waker, &state, &woken)
            }
        }
        for (kind, number) in firstNumbers.sorted(by: { $0.value < $1.value }) {
            for waker in state.broadWakers { note(number, kind, for: waker, &state, &woken) }
        }
        return woken
    }

    private static func note(
        _ number: UInt64, _ kind: RecordKind, for waker: UInt64, _ state: inout State,
        _ woken: inout [@Sendable () -> Void]
    ) {
        guard let known = state.wakers[waker], known.firstNumber == nil, known.filter.wants(kind) else {
            return
        }
        state.wakers[waker]?.firstNumber = number
        woken.append(known.wake)
    }

    /// Reads at most `countMax` records after number `position`.
    ///
    /// - Complexity: the records looked at; all of the ring at most.
    public func read(after position: UInt64, _ filter: Filter, countMax: Int) -> Reading {
        state.read { state in
            var reading = Reading()
            reading.position = position
            let ring = state.ring
            guard ring.firstNumber <= ring.lastNumber else {
                reading.position = ring.lastNumber
                return reading
            }
            let oldest = ring.firstNumber
            // A number from before a restart may be ahead of ours: then everything is new.
            let start = position > ring.lastNumber ? oldest - 1 : position
            if start + 1 < oldest { reading.missedCount = oldest - 1 - start }
            reading.position = max(start, oldest - 1)
            while reading.position < ring.lastNumber, reading.entries.count < countMax {
                reading.position += 1
                if let entry = ring.entry(reading.position, if: filter) { reading.entries.append(entry) }
            }
            return reading
        }
    }

    /// The newest records that match, newest first.
    public func newest(_ filter: Filter, countMax: Int) -> [Entry] {
        state.read { state in
            var found: [Entry] = []
            var number = state.ring.lastNumber
            while number >= state.ring.firstNumber, found.count < countMax {
                if let entry = state.ring.entry(number, if: filter) { found.append(entry) }
                number -= 1
            }
            return found
        }
    }

    /// Has `wake` called, on the publishing thread, when there is a record that `filter` wants; it must not wait for
    /// anything. It is called once until `takeNews` is, so who waits for one customer costs next to nothing.
    ///
    /// - Returns: what to give to `takeNews` and `removeWaker`.
    public func addWaker(_ filter: Filter, _ wake: @escaping @Sendable () -> Void) -> UInt64 {
        state.change { state in
            state.lastWaker += 1
            state.wakers[state.lastWaker] = Waker(filter: filter, wake: wake)
            if let customer = filter.customer {
                state.customerWakers[customer, default: []].insert(state.lastWaker)
            } else {
                state.broadWakers.insert(state.lastWaker)
            }
            return state.lastWaker
        }
    }

    /// The number of the first wanted record that was published since this was called last; nil if there is none.
    public func takeNews(_ waker: UInt64) -> UInt64? {
        state.change { state in
            defer { state.wakers[waker]?.firstNumber = nil }
            return state.wakers[waker]?.firstNumber
        }
    }

    /// Ends what `addWaker` began.
    public func removeWaker(_ number: UInt64) {
        state.change { state in
            guard let waker = state.wakers.removeValue(forKey: number) else { return }
            state.broadWakers.remove(number)
            guard let customer = waker.filter.customer else { return }
            state.customerWakers[customer]?.remove(number)
            if state.customerWakers[customer]?.isEmpty == true { state.customerWakers[customer] = nil }
        }
    }
}
