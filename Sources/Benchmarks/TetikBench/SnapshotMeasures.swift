import Engine
import Glibc
import Model
import Primitives
import Runtime
import SnapshotStore
import Workloads

/// What snapshots cost: capturing, writing, the pauses that a capture makes, increments, restoring.
struct SnapshotMeasures: ~Copyable {
    private static let eventsPerCustomer = 4
    private static let batchEventCount = 1_000
    /// What a shard hands out between two batches.
    private static let sliceByteCount = 256 << 10
    /// Batches with and without a capture, by turns.
    private static let turnBatchCount = 100
    private static let turnCount = 20

    private let customerCount: Int
    private let directory: SnapshotDirectory
    private let rules = Rules()
    private let decoder: EventDecoder
    private var engine: Engine
    private var records = RecordBuffer()
    private var workload: BenchWorkload
    private var lines = ByteWriter(capacity: 1 << 20)
    private var slice = ByteWriter(capacity: 1 << 20)
    private var sequence: UInt64 = 0

    init(customerCount: Int, directory: String) {
        self.customerCount = customerCount
        self.directory = SnapshotDirectory("\(directory)/tetik-bench-snapshots")
        decoder = EventDecoder(rules: rules)
        engine = Engine(rules: rules)
        var settings = BenchSettings()
        settings.customerCount = customerCount
        settings.eventCount =
            Self.eventsPerCustomer * customerCount + 3 * Self.turnCount * Self.turnBatchCount
            * Self.batchEventCount
        workload = BenchWorkload(settings)
    }

    mutating func measure(_ report: inout Report) throws {
        for _ in 0..<customerCount * Self.eventsPerCustomer / Self.batchEventCount { _ = applyBatch() }
        let untracked = (0..<Self.turnCount * Self.turnBatchCount).map { _ in applyBatch() }.sorted()
        report.add(
            "snapshot, batch of 1,000, p50, nothing tracked", untracked[untracked.count / 2] * 1e3, "ms")
        engine.enableTracking()
        try directory.prepare(shard: 0)
        // An earlier run may have left some.
        sequence = try directory.list(shard: 0).files.last?.sequence ?? 0
        let full = try measureWriting(&report)
        measurePauses(&report)
        try measureIncrement(full, &report)
        // The first time warms the cache.
        _ = try restoreSeconds()
        let seconds = try restoreSeconds()
        report.add("snapshot, restore", seconds, "s")
        report.add("snapshot, restore of 10 M customers", seconds * 1e7 / Double(count), "s", goal: "5")
    }

    private var count: Int { max(engine.customerCount, 1) }

    /// A full snapshot without events in between, written and published.
    private mutating func measureWriting(_ report: inout Report) throws -> SnapshotFile {
        var captureSeconds = 0.0
        let start = Child.seconds()
        let file = try write(continuing: nil, &captureSeconds)
        let seconds = Child.seconds() - start
        report.add("snapshot, customers", Double(count), "customers")
        report.add("snapshot, size", Double(file.byteCount) / Double(count), "bytes/customer")
        report.add("snapshot, capture", captureSeconds / Double(count) * 1e9, "ns/customer")
        report.add("snapshot, captured", Double(file.byteCount) / captureSeconds / 1e6, "MB/s")
        report.add(
            "snapshot, captured, written and synchronized", Double(file.byteCount) / seconds / 1e6, "MB/s",
            goal: "500, or the disk's")
        return file
    }

    private mutating func write(
        continuing previous: SnapshotFile?, _ captureSeconds: inout Double
    ) throws -> SnapshotFile {
        sequence += 1
        var state = ByteWriter()
        engine.beginCapture(isFull: previous == nil).append(to: &state)
        var metadata = SnapshotMetadata()
        metadata.add(SnapshotMetadata.stateHeader, Array(state.bytes))
        let writer = try SnapshotWriter(
            SnapshotHeader(
                shard: 0, sequence: sequence, chainHash: 0, writtenAtMilliseconds: 0, metadata: metadata,
                continuing: previous), in: directory)
        var isFinished = false
        while !isFinished {
            slice.removeAll()
            let start = Child.seconds()
            isFinished = engine.capture(upTo: Self.sliceByteCount, into: &slice)
            captureSeconds += Child.seconds() - start
            try writer.append(slice.bytes)
        }
        let pending = try writer.finish()
        _ = try pending.publish(keeping: 1)
        return pending.file
    }

    /// Applies the next events of the workload; returns the seconds that applying took.
    private mutating func applyBatch() -> Double {
        lines.removeAll()
        for _ in 0..<Self.batchEventCount {
            guard workload.next(into: &lines) != nil else { break }
            lines.append("\n")
        }
        return applyLines()
    }

    private mutating func applyLines() -> Double {
        let byteCount = lines.count
        lines.append(byteCount: JSONScanner.paddingByteCount) {
            $0.initializeMemory(as: UInt8.self, repeating: 0)
        }
        guard let base = lines.bytes.baseAddress else { return 0 }
        var batch = EventBatch(source: base)
        _ = decoder.decodeLines(UnsafeRawBufferPointer(start: base, count: byteCount), into: &batch)
        let start = Child.seconds()
        var watermark = engine.watermark
        for index in batch.events.indices {
            engine.prefetch(batch, at: index)
            let event = batch.events[index]
            watermark = max(watermark, event.timestamp - rules.allowedLatenessMilliseconds)
            engine.apply(event, of: batch, watermark: watermark, into: &records)
        }
        records.removeAll()
        return Child.seconds() - start
    }

    /// Times of batches with a full capture going on and without one, by turns.
    private mutating func measurePauses(_ report: inout Report) {
        var without: [Double] = []
        var with: [Double] = []
        for _ in 0..<Self.turnCount {
            for _ in 0..<Self.turnBatchCount { without.append(applyBatch()) }
            for _ in 0..<Self.turnBatchCount {
                if !engine.isCapturing { _ = engine.beginCapture(isFull: true) }
                let seconds = applyBatch()
                let start = Child.seconds()
                slice.removeAll()
                _ = engine.capture(upTo: Self.sliceByteCount, into: &slice)
                with.append(seconds + Child.seconds() - start)
            }
        }
        while engine.isCapturing {
            slice.removeAll()
            _ = engine.capture(upTo: Self.sliceByteCount, into: &slice)
        }
        for (name, times) in [("without a capture", without.sorted()), ("during a capture", with.sorted())] {
            let isDuring = name == "during a capture"
            report.add("snapshot, batch of 1,000, p50, \(name)", times[times.count / 2] * 1e3, "ms")
            report.add(
                "snapshot, batch of 1,000, p99.9, \(name)", times[times.count * 999 / 1_000] * 1e3, "ms",
                goal: isDuring ? "5 more" : nil)
        }
    }

    /// An increment after one customer in a hundred has been changed.
    private mutating func measureIncrement(_ full: SnapshotFile, _ report: inout Report) throws {
        var seconds = 0.0
        let base = try write(continuing: nil, &seconds)
        let timestamp = engine.watermark.milliseconds
        for number in stride(from: 1, to: customerCount, by: 100) {
            if lines.count > 1 << 20 || number == 1 { lines.removeAll() }
            lines.append(text: "{\"type\":\"click.ad\",\"channel\":\"x\",\"customer\":\"c-\(number)\",")
            lines.append(text: "\"ts\":\(timestamp)}\n")
            if lines.count > 1 << 20 || number + 100 >= customerCount { _ = applyLines() }
        }
        let increment = try write(continuing: base, &seconds)
        report.add(
            "snapshot, increment after 1 % changed", Double(increment.byteCount) / Double(base.byteCount),
            "of the full one", goal: "0.05")
    }

    private func restoreSeconds() throws -> Double {
        let start = Child.seconds()
        var candidates = SnapshotCandidates(shard: 0, in: [directory])
        guard let chain = candidates.next() else { throw Child.Failure(description: "no snapshot") }
        let state = try SnapshotRestore.read(chain) { _ in nil }
        let restored = try state.makeEngine(rules: rules)
        let seconds = Child.seconds() - start
        guard restored.stateDigest() == engine.stateDigest() else {
            throw Child.Failure(description: "the restored state is another one")
        }
        return seconds
    }
}
