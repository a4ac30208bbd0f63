import Coordination
import Primitives
import Testing

struct IdleClockTests {
    private let wall = EventTime(milliseconds: 1_800_000_000_000)

    @Test func `nothing is due before idle_after has passed since the start`() {
        let clock = IdleClock(idleAfterMilliseconds: 30_000, latenessMilliseconds: 10_000, now: 500)
        #expect(clock.millisecondsUntilDue(now: 500) == 30_000)
        #expect(clock.millisecondsUntilDue(now: 30_499) == 1)
        #expect(clock.millisecondsUntilDue(now: 30_500) == 0)
        #expect(clock.millisecondsUntilDue(now: 90_000) == 0)
    }

    @Test func `a record that arrives starts the wait again`() {
        var clock = IdleClock(idleAfterMilliseconds: 2_000, latenessMilliseconds: 0, now: 0)
        clock.noteArrival(now: 1_500)
        #expect(clock.millisecondsUntilDue(now: 2_000) == 1_500)
        #expect(clock.millisecondsUntilDue(now: 3_500) == 0)
        _ = clock.tick(now: 3_500, wallClock: wall)
        clock.noteArrival(now: 3_600)
        #expect(clock.millisecondsUntilDue(now: 3_600) == 2_000)
    }

    @Test func `while it stays idle, ticks come again and again, an interval apart`() {
        var clock = IdleClock(idleAfterMilliseconds: 5, latenessMilliseconds: 10_000, now: 0)
        #expect(clock.tick(now: 5, wallClock: wall) == wall - 10_000)
        let interval = IdleClock.tickIntervalMilliseconds
        #expect(clock.millisecondsUntilDue(now: 5) == interval)
        #expect(clock.millisecondsUntilDue(now: 5 + interval) == 0)
        #expect(clock.tick(now: 5 + interval, wallClock: wall + interval) == wall - 10_000 + interval)
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func `it is due exactly when both waits are over`(seed: UInt64) {
        var random = RandomStream(seed: seed)
        let idleAfter = Int64(random.index(below: 5_000))
        var now = Int64(random.index(below: 1_000))
        var clock = IdleClock(idleAfterMilliseconds: idleAfter, latenessMilliseconds: 7, now: now)
        var arrival = now
        var tick: Int64?
        for _ in 0..<300 {
            now += Int64(random.index(below: 1_500))
            let due = max(arrival + idleAfter, tick.map { $0 + IdleClock.tickIntervalMilliseconds } ?? 0)
            #expect(clock.millisecondsUntilDue(now: now) == max(due - now, 0), "seed \(seed)")
            if random.chance(0.3) {
                clock.noteArrival(now: now)
                arrival = now
                tick = nil
            } else if now >= due {
                #expect(clock.tick(now: now, wallClock: wall + now) == wall + now - 7, "seed \(seed)")
                tick = now
            }
        }
    }
}
