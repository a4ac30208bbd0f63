import Engine
import Model
import Primitives

/// What it takes to find a customer who is known: the table of customers by itself, without rules.
enum TableMeasure {
    private static let customerCount = 500_000
    /// Looks at random customers that are measured.
    private static let lookCount = 1_000_000

    /// Adds the time from an event's hash to its customer's block, brought near ahead as in a replay.
    static func measure(_ report: inout Report) {
        var engine = Engine(rules: Rules())
        var records = RecordBuffer()
        look(at: 0..<customerCount, of: &engine, into: &records)
        var random = RandomStream(seed: 1)
        let customers = (0..<lookCount).map { _ in random.index(below: customerCount) }
        let seconds = look(at: customers, of: &engine, into: &records)
        report.add("table: find one of 500,000 customers", seconds / Double(lookCount) * 1e9, "ns")
    }

    /// Applies a look at a page by each customer; returns the processor time of the engine, in seconds.
    @discardableResult
    private static func look(
        at customers: some Collection<Int>, of engine: inout Engine, into records: inout RecordBuffer
    ) -> Double {
        let decoder = EventDecoder(rules: Rules())
        var seconds = 0.0
        var rest = customers[...]
        while !rest.isEmpty {
            var text = ByteWriter(capacity: 1 << 18)
            for customer in rest.prefix(1_000) {
                text.append(
                    text: "{\"type\":\"click.page\",\"customer\":\"c-\(customer)\",\"ts\":1767225600000}\n")
            }
            rest = rest.dropFirst(1_000)
            text.reserve(JSONScanner.paddingByteCount)
            guard let source = text.bytes.baseAddress else { return seconds }
            var batch = EventBatch(source: source)
            _ = decoder.decodeLines(text.bytes, into: &batch)
            seconds += apply(batch, to: &engine, into: &records)
        }
        return seconds
    }

    private static func apply(
        _ batch: borrowing EventBatch, to engine: inout Engine, into records: inout RecordBuffer
    ) -> Double {
        let start = processorSeconds()
        for index in batch.events.indices {
            engine.prefetch(batch, at: index)
            engine.apply(batch.events[index], of: batch, watermark: .distantPast, into: &records)
        }
        return processorSeconds() - start
    }
}

extension Engine {
    /// Brings near what the events a little behind the one at `index` will need.
    @inline(__always)
    func prefetch(_ batch: borrowing EventBatch, at index: Int) {
        guard index + EngineLookahead.index < batch.events.count else { return }
        let near = index + EngineLookahead.customer
        prefetchIndex(hash: batch.events[index + EngineLookahead.index].customerHash)
        prefetchSlot(hash: batch.events[index + EngineLookahead.slot].customerHash)
        prefetchCustomer(hash: batch.events[near].customerHash, kind: batch.events[near].kind)
    }
}
