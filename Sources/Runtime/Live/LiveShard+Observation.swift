extension LiveShard {
    /// Notes what a step that began at `begun` (monotonic, in microseconds) made of `batch`.
    func observe(_ batch: OutputBatch, since begun: Int64) {
        let now = SystemClock.monotonicMicroseconds()
        batch.emittedAtMicroseconds = now
        counters.observer.noteStep(
            partition,
            DaemonObserver.ShardReading(
                watermark: engine.watermark, customerCount: engine.customerCount,
                memoryByteCount: engine.reservedByteCount, timerCount: engine.timerCount,
                lagCount: lagCount, isProgress: !batch.positions.isEmpty, stepMicroseconds: now - begun))
    }

    /// Records that wait to be read, over all topics; nil while that of one is not known.
    private var lagCount: Int64? {
        var sum: Int64 = 0
        for intake in intakes {
            guard let count = intake.lagCount else { return nil }
            sum += count
        }
        return sum
    }
}
