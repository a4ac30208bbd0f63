import Coordination
import Testing

@Suite struct CommitPaceTests {
    @Test func `with quick brokers nearly all of the interval is for collecting`() {
        var pace = CommitPace(intervalMilliseconds: 100)
        pace.note(microseconds: 4_000)
        #expect(pace.collectingMilliseconds == 82)
        #expect(pace.aheadMilliseconds == 0)
    }

    @Test func `with slow brokers half of it is, and transactions begin ahead`() {
        var pace = CommitPace(intervalMilliseconds: 100)
        pace.note(microseconds: 40_000)
        #expect(pace.collectingMilliseconds == 50)
        #expect(pace.aheadMilliseconds == 25)
    }

    @Test func `a slow commit is forgotten after a while`() {
        var pace = CommitPace(intervalMilliseconds: 100)
        pace.note(microseconds: 60_000_000)
        #expect(pace.collectingMilliseconds == 50)
        for _ in 0..<300 { pace.note(microseconds: 1_000) }
        #expect(pace.collectingMilliseconds == 88)
        #expect(pace.aheadMilliseconds == 0)
    }

    @Test(arguments: [Int64(1), 2, 20, 5_000]) func `any interval is kept to`(interval: Int64) {
        var pace = CommitPace(intervalMilliseconds: interval)
        for microseconds in [Int64(0), 500, 20_000, 90_000_000] {
            pace.note(microseconds: microseconds)
            #expect((max(interval / 2, 1)...interval).contains(pace.collectingMilliseconds))
            #expect((0...pace.collectingMilliseconds).contains(pace.aheadMilliseconds))
        }
    }
}
