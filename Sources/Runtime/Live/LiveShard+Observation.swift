extension LiveShard {
    /// Notes what a step that began at `begun` (monotonic, in microseconds) made of `batch`.
    func observe(_ batch: OutputBatch, _ outcome: Outcome, since begun: Int64) {
        let now = SystemClock.monotonicMicroseconds()
        if batch.emittedAtMicroseconds == 0, batch.recordCount > 0 { batch.emittedAtMicroseconds = now }
        var isProgress = false
        if case .advanced = outcome { isProgress = true }
        counters.observer.noteStep(
            partition,
            DaemonObserver.ShardReading(
                watermark: core.engine.watermark, customerCount: core.engine.customerCount,
                memoryByteCount: core.engine.reservedByteCount, timerCount: core.engine.timerCount,
                lagCount: lagCount, isProgress: isProgress, stepMicroseconds: now - begun))
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
