import Glibc

/// What one soak does.
struct SoakOptions: Sendable {
    /// When the trouble ends.
    enum Length: Sendable {
        case minutes(Double)
        case kills(Int)
    }

    /// The broker; nil for one in this process.
    var bootstrapServers: String?
    var length: Length
    /// Events per second, as far as the broker keeps that many.
    var rate: Double
    var memberCount: Int
    var freezes: Bool
    var partitionCount: Int
    var seed: UInt64
    /// The program.
    var tetik: String

    /// Bounds of the random waits between two troubles, in milliseconds: some fall into a recovery, most leave it time.
    /// Two members need longer for a rebalance, and so does the embedded broker after a kill.
    var pauses: ClosedRange<Int> {
        if isEmbedded { return 500...9_000 }
        return memberCount == 1 ? 200...3_500 : 1_500...6_000
    }

    var isEmbedded: Bool { bootstrapServers == nil }

    /// Milliseconds after which the broker takes a silent member for dead.
    ///
    /// The embedded broker has no static members: after a kill nothing moves before this time.
    var sessionTimeoutMilliseconds: Int { isEmbedded ? 4_000 : 10_000 }

    /// How long the trouble lasts, in seconds; a guess where kills are counted.
    var expectedSeconds: Double {
        switch length {
        case .minutes(let minutes): return minutes * 60
        case .kills(let count):
            let mean = Double(pauses.lowerBound + pauses.upperBound) / 2_000
            return 5 + Double(count) * (mean + (memberCount == 1 ? 1 : 8))
        }
    }
}

/// Why a soak could not be carried out. Losses and repeats are no such failure, they are its result.
struct SoakFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Time, as far as a soak needs it.
enum SoakClock {
    /// Milliseconds of a clock that never goes back.
    static func monotonicMilliseconds() -> Int64 { milliseconds(CLOCK_MONOTONIC) }

    /// Milliseconds since 1970 UTC.
    static func wallMilliseconds() -> Int64 { milliseconds(CLOCK_REALTIME) }

    static func sleep(milliseconds: Int) { usleep(UInt32(milliseconds) * 1_000) }

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var now = timespec()
        clock_gettime(clock, &now)
        return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
    }
}
