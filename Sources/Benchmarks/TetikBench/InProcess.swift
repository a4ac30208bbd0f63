import CBenchSupport
import Engine
import Glibc
import Model
import Primitives

/// The parts of the hot path by themselves, in this process and on one thread.
struct InProcess: ~Copyable {
    /// Bytes that go through decoder and engine at once, as in a replay.
    private static let sliceByteCount = 256 << 10

    private let text: UnsafeMutableRawBufferPointer
    private let decoder: EventDecoder
    private let rules = Rules()

    /// Reads the whole log into memory.
    init(path: String) throws {
        let descriptor = open(path, O_RDONLY)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
            throw Child.Failure(description: "cannot read \(path)")
        }
        defer { close(descriptor) }
        let count = Int(status.st_size)
        text = .allocate(byteCount: count + JSONScanner.paddingByteCount, alignment: 64)
        text.initializeMemory(as: UInt8.self, repeating: 0)
        var filled = 0
        while filled < count {
            let part = read(
                descriptor, UnsafeMutableRawBufferPointer(rebasing: text[filled...]).baseAddress,
                count - filled)
            guard part > 0 else { break }
            filled += part
        }
        decoder = EventDecoder(rules: rules)
    }

    deinit { text.deallocate() }

    /// Calls `body` with each slice, decoded; returns the events and the seconds that decoding took.
    private func forEachSlice(_ body: (borrowing EventBatch) -> Void) -> (
        eventCount: Int, decodeSeconds: Double
    ) {
        guard let base = text.baseAddress else { return (0, 0) }
        var batch = EventBatch(source: base)
        var line = UnsafeRawPointer(base)
        let end = line + (text.count - JSONScanner.paddingByteCount)
        var eventCount = 0
        var decodeSeconds = 0.0
        while line < end {
            let start = processorSeconds()
            let cut = min(line + Self.sliceByteCount, end)
            let sliceEnd = cut + UnsafeRawBufferPointer(start: cut, count: end - cut).lineByteCount
            batch.reset(source: line)
            _ = decoder.decodeLines(
                UnsafeRawBufferPointer(start: line, count: sliceEnd - line), into: &batch)
            line = sliceEnd
            decodeSeconds += processorSeconds() - start
            eventCount += batch.events.count
            body(batch)
        }
        return (eventCount, decodeSeconds)
    }

    /// Nanoseconds an event of decoding alone.
    func decodeNanoseconds() -> Double {
        let (eventCount, seconds) = forEachSlice { _ in }
        return seconds / Double(max(eventCount, 1)) * 1e9
    }

    /// What went through an engine, and what that cost.
    private struct Pass {
        var eventCount = 0
        var recordCount = 0
        var seconds = 0.0
        var allocationCount: UInt64 = 0
        var bytesPerCustomer = 0.0
    }

    /// Lets the whole log go through a new engine.
    private func applyAll() -> Pass {
        var engine = Engine(rules: rules)
        var records = RecordBuffer()
        var watermark = EventTime.distantPast
        var pass = Pass()
        (pass.eventCount, _) = forEachSlice { batch in
            let start = processorSeconds()
            tetik_count_allocations(1)
            let allocationsBefore = tetik_allocation_count()
            for index in batch.events.indices {
                engine.prefetch(batch, at: index)
                let event = batch.events[index]
                watermark = max(watermark, event.timestamp - rules.allowedLatenessMilliseconds)
                engine.apply(event, of: batch, watermark: watermark, into: &records)
            }
            pass.recordCount += records.count
            records.removeAll()
            pass.allocationCount += tetik_allocation_count() - allocationsBefore
            tetik_count_allocations(0)
            pass.seconds += processorSeconds() - start
        }
        pass.bytesPerCustomer = Double(engine.reservedByteCount) / Double(max(engine.customerCount, 1))
        return pass
    }

    /// Adds the engine's figures: time, allocations and memory.
    func measureEngine(_ report: inout Report) {
        let pass = applyAll()
        let count = Double(max(pass.eventCount, 1))
        report.add("engine, with its records", pass.seconds / count * 1e9, "ns/event")
        report.add("records", Double(pass.recordCount) / count, "per event")
        report.add(
            "allocations of the engine", Double(pass.allocationCount) / count, "per event", goal: "0")
        report.add("memory of the engine", pass.bytesPerCustomer, "bytes/customer")
    }
}

/// Processor time of the calling thread, in seconds.
func processorSeconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}

/// Structures by themselves.
enum MicroBenchmarks {
    private static let roundCount = 1_000_000

    private static func nanoseconds(_ body: (Int) -> Void) -> Double {
        let start = processorSeconds()
        for round in 0..<roundCount { body(round) }
        return (processorSeconds() - start) / Double(roundCount) * 1e9
    }

    static func measure(_ report: inout Report) {
        var random = RandomStream(seed: 1)
        var timers = TimerQueue()
        var slots = PlainList<UInt32>()
        var now: Int64 = 1_000_000_000_000
        report.add(
            "timers: move one of 100,000, fire what is due",
            nanoseconds { _ in
                let slot = UInt32(truncatingIfNeeded: random.next() % 100_000)
                let span = Int64(random.next() % 86_400_000)
                timers.set(slot, due: EventTime(milliseconds: now + 1 + span))
                now += 20
                while timers.popDue(by: EventTime(milliseconds: now), into: &slots) != nil {}
            }, "ns")
        var records = RecordBuffer()
        let key: StaticString = "c-123456"
        let customer = UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
        report.add(
            "a record's frame, with its id",
            nanoseconds { round in
                var record = records.begin(
                    .adSuppression, customer: customer, at: EventTime(milliseconds: now + Int64(round)))
                record.identify("none@")
                records.finish(record)
                if records.count == 1_000 { records.removeAll() }
            }, "ns")
        var sum: UInt8 = 0
        report.add(
            "SHA-256 of 8 bytes",
            nanoseconds { _ in SHA256.withDigest(of: customer) { sum &+= $0[0] } }, "ns")
        TableMeasure.measure(&report)
        // So that the digests are not left out as unused.
        precondition(sum &- sum == 0)
    }
}
