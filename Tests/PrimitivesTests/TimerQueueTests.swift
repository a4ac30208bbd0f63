import Primitives
import Testing

struct TimerQueueTests {
    /// Whether `popDue` is asked only when `mayBeDue` says so, as the engine does, or always.
    enum Asking: CaseIterable { case always, ifMayBeDue }

    /// How far ahead timers are set: up to centuries, or all within seconds, so that many wake close together.
    enum Spread: Int, CaseIterable { case wide = 43, dense = 13 }

    /// The queue beside the plainest thing that does the same: a list of due times.
    private final class Trial {
        static let slotCount = 160
        var queue = TimerQueue()
        var random: RandomStream
        var due = [EventTime](repeating: .never, count: Trial.slotCount)
        /// Everything up to this time has fired.
        var floor: Int64 = 0
        var slots = PlainList<UInt32>()
        let asking: Asking
        let spread: Spread
        var popCount = 0

        init(seed: UInt64, asking: Asking, spread: Spread) {
            random = RandomStream(seed: seed)
            self.asking = asking
            self.spread = spread
        }

        /// From the next millisecond to decades ahead, often the same as another timer's.
        func randomDue() -> EventTime {
            if random.chance(0.3) {
                let other = due[random.index(below: Self.slotCount)]
                if other != .never, other.milliseconds > floor { return other }
            }
            let span = 1 << (spread == .wide ? random.index(below: spread.rawValue) : spread.rawValue)
            return EventTime(milliseconds: floor + 1 + Int64(random.index(below: span)))
        }

        func set() {
            let slot = random.index(below: Self.slotCount)
            let time = random.chance(0.25) ? EventTime.never : randomDue()
            queue.set(UInt32(slot), due: time)
            due[slot] = time
        }

        /// Fires what is due at `limit`, and sets some of the timers that fired again.
        func advance() -> String? {
            var limit = randomDue()
            // Most of them are to wait for one another.
            if spread == .dense, random.chance(0.8) { limit = EventTime(milliseconds: floor + 20) }
            if random.chance(0.2) { limit = EventTime(milliseconds: max(limit.milliseconds - 1, floor)) }
            let next = due.min() ?? .never
            if !queue.mayBeDue(by: limit) {
                guard next > limit else {
                    return "mayBeDue(\(limit)) is false, but a timer is due at \(next)"
                }
                if asking == .ifMayBeDue { return nil }
            }
            var roundCount = 0
            while let time = queue.popDue(by: limit, into: &slots) {
                let expected = due.min() ?? .never
                guard time == expected, time <= limit else { return "popped \(time), not \(expected)" }
                let wanted = due.indices.filter { due[$0] == time }.map { UInt32($0) }
                let popped = slots.elements.sorted()
                guard popped == wanted else { return "popped \(popped), not \(wanted)" }
                for slot in popped { due[Int(slot)] = .never }
                floor = time.milliseconds
                popCount += 1
                roundCount += 1
                if random.chance(0.3), roundCount < 20 { set() }
            }
            if let rest = due.min(), rest <= limit { return "a timer is left at \(rest)" }
            floor = max(floor, limit.milliseconds)
            return nil
        }

        /// Makes the queue again from its due times alone.
        func restore() -> String? {
            var restored = TimerQueue()
            for slot in due.indices { restored.restore(UInt32(slot), due: due[slot]) }
            if let slot = restored.startRestored(after: EventTime(milliseconds: floor)) {
                return "slot \(slot) cannot be restored"
            }
            queue = restored
            return nil
        }

        func step() -> String? {
            if random.chance(0.02), let fault = restore() { return fault }
            if random.chance(spread == .wide ? 0.75 : 0.9) {
                set()
            } else if let fault = advance() {
                return fault
            }
            guard queue.count == due.count(where: { $0 != .never }) else { return "wrong count" }
            let slot = random.index(below: Self.slotCount)
            guard queue.due(of: UInt32(slot)) == due[slot] else { return "wrong due time of slot \(slot)" }
            guard queue.earliestDue <= due.min() ?? .never else { return "earliestDue is too late" }
            return nil
        }
    }

    @Test(arguments: Asking.allCases, Spread.allCases)
    func `timers fire as in a sorted list, whatever is set, moved and cancelled`(
        asking: Asking, spread: Spread
    ) {
        for seed in UInt64(1)...8 { fireAsInList(seed: seed, asking, spread) }
    }

    private func fireAsInList(seed: UInt64, _ asking: Asking, _ spread: Spread) {
        var popCount = 0
        for round in UInt64(0)..<(spread == .wide ? 40 : 8) {
            let trial = Trial(seed: seed * 1_000 + round, asking: asking, spread: spread)
            for step in 0..<(spread == .wide ? 250 : 1_000) {
                if let fault = trial.step() {
                    Issue.record("seed \(seed), round \(round), step \(step), \(asking), \(spread): \(fault)")
                    return
                }
            }
            popCount += trial.popCount
        }
        #expect(popCount > 2_000, "seed \(seed): hardly a timer fired")
    }

    /// A queue whose answers can be compared where they are asked for.
    private final class Timers {
        var queue = TimerQueue()
        private var popped = PlainList<UInt32>()

        var slots: [UInt32] { Array(popped.elements) }

        func set(_ slot: UInt32, _ due: EventTime) { queue.set(slot, due: due) }

        func pop(by limit: EventTime) -> EventTime? { queue.popDue(by: limit, into: &popped) }

        func mayBeDue(by limit: EventTime) -> Bool { queue.mayBeDue(by: limit) }

        func due(of slot: UInt32) -> EventTime { queue.due(of: slot) }
    }

    @Test func `a timer survives a question that ends just before it`() {
        let timers = Timers()
        timers.set(0, EventTime(milliseconds: 4_101))
        #expect(timers.pop(by: EventTime(milliseconds: 4_099)) == nil)
        timers.set(0, EventTime(milliseconds: 4_100))
        #expect(timers.pop(by: EventTime(milliseconds: 4_100)) == EventTime(milliseconds: 4_100))
        #expect(timers.slots == [0])
        #expect(timers.pop(by: EventTime(milliseconds: 5_000)) == nil)
        #expect(timers.queue.count == 0)
    }

    @Test func `all timers of one instant come together`() {
        let timers = Timers()
        let due = EventTime(milliseconds: 1_764_547_200_000)
        for slot in UInt32(0)..<1_000 { timers.set(slot, due) }
        #expect(timers.pop(by: due) == due)
        #expect(timers.slots.sorted() == Array(0..<1_000))
        #expect(timers.pop(by: due) == nil)
        #expect(timers.slots.isEmpty)
    }

    @Test func `an empty queue has nothing due, now or ever`() {
        let timers = Timers()
        #expect(!timers.mayBeDue(by: .latest))
        #expect(timers.pop(by: .latest) == nil)
        #expect(timers.slots.isEmpty)
        #expect(timers.queue.earliestDue == .never)
        #expect(timers.due(of: 5) == .never)
        timers.set(3, .never)
        #expect(timers.queue.count == 0)
    }

    @Test func `a timer may be set at the next millisecond after what has fired`() {
        let timers = Timers()
        for milliseconds in Int64(1)...300 {
            let time = EventTime(milliseconds: milliseconds)
            timers.set(0, time)
            #expect(timers.pop(by: time) == time)
        }
    }

    @Test func `a timer that should have fired already is not restored`() {
        var queue = TimerQueue()
        queue.restore(0, due: EventTime(milliseconds: 1_001))
        queue.restore(1, due: EventTime(milliseconds: 1_000))
        let slot = queue.startRestored(after: EventTime(milliseconds: 1_000))
        #expect(slot == 1)
    }

    @Test func `the ends of the contract's time fit`() {
        let timers = Timers()
        let farthest = EventTime.latest + 36_500 * 86_400_000
        timers.set(0, .earliest)
        timers.set(1, .latest)
        timers.set(2, farthest)
        #expect(timers.pop(by: farthest) == .earliest)
        #expect(timers.pop(by: farthest) == .latest)
        #expect(timers.pop(by: farthest) == farthest)
        #expect(timers.pop(by: farthest) == nil)
    }
}
