import Primitives
import Testing

/// What is packed into a slot beside each other: when its timer is due, when the wheel looks at it, and its note.
struct TimerNoteTests {
    /// The greatest due time, 2^48 - 1 milliseconds.
    private static let last = EventTime(milliseconds: TimerQueue.dueEnd - 1)

    /// Notes in which every bit, and each half alone, is set and not set.
    private static let notes: [UInt32] =
        [0, 1, 0xFFFF, 0x1_0000, 0xFFFF_0000, 0x7FFF_FFFF, 0x8000_0000, 0xAAAA_5555, 0x5555_AAAA, .max]

    /// Due times at the ends of 48 bits and around those of 32, and those of the contract.
    private static let dues: [EventTime] =
        [1, 2, 0xFFFF, 0x1_0000, 0xFFFF_FFFF, 0x1_0000_0000, 1 << 47 - 1, 1 << 47, 1 << 47 + 1, 1 << 48 - 2]
        .map { EventTime(milliseconds: $0) } + [.earliest, .latest, last]

    /// A queue whose answers can be compared where they are asked for.
    private final class Slots {
        var queue = TimerQueue()
        private var popped = PlainList<UInt32>()

        var fired: [UInt32] { Array(popped.elements) }

        func pop(by limit: EventTime) -> EventTime? { queue.popDue(by: limit, into: &popped) }

        func note(_ slot: UInt32) -> UInt32 { queue.note(of: slot) }

        func due(_ slot: UInt32) -> EventTime { queue.due(of: slot) }
    }

    @Test func `48 bits hold what the contract can ask for`() {
        #expect(TimerQueue.dueEnd == 1 << 48)
        #expect(Self.last.milliseconds == 0xFFFF_FFFF_FFFF)
        // The latest event, and the longest duration that settings take.
        #expect(EventTime.latest + 36_500 * 86_400_000 < Self.last)
    }

    @Test(arguments: notes)
    func `a note survives a timer that is set, moved later and earlier, cancelled and fired`(note: UInt32) {
        for due in Self.dues {
            let slots = Slots()
            #expect(slots.queue.addSlot(note: 0x1234_5678) == 0)
            #expect(slots.queue.addSlot(note: note) == 1)
            #expect(slots.queue.addSlot(note: ~note) == 2)
            func isAsSaid(_ wanted: EventTime) -> Bool {
                slots.note(0) == 0x1234_5678 && slots.note(1) == note && slots.note(2) == ~note
                    && slots.due(1) == wanted && slots.due(0) == .never && slots.due(2) == .never
            }
            #expect(isAsSaid(.never))
            for wanted in [due, Self.last, due, .never, Self.last, EventTime(milliseconds: 1), due] {
                slots.queue.set(1, due: wanted)
                #expect(isAsSaid(wanted), "note \(note), due \(wanted.milliseconds)")
            }
            #expect(slots.pop(by: due) == due)
            #expect(slots.fired == [1])
            #expect(isAsSaid(.never), "note \(note), fired at \(due.milliseconds)")
            #expect(slots.pop(by: Self.last) == nil)
        }
    }

    @Test func `a timer survives a note that is set to anything`() {
        for due in Self.dues {
            let slots = Slots()
            _ = slots.queue.addSlot(note: .max)
            slots.queue.set(0, due: due)
            for note in Self.notes + Self.notes.reversed() {
                slots.queue.setNote(of: 0, to: note)
                #expect(slots.note(0) == note)
                #expect(slots.due(0) == due, "due \(due.milliseconds), note \(note)")
            }
            #expect(slots.pop(by: EventTime(milliseconds: due.milliseconds - 1)) == nil)
            #expect(slots.pop(by: due) == due, "due \(due.milliseconds)")
            #expect(slots.note(0) == Self.notes[0])
        }
    }

    @Test func `all ends of 48 bits fire in their order, whatever is noted`() {
        let slots = Slots()
        for (index, due) in Self.dues.enumerated() {
            let slot = slots.queue.addSlot(note: Self.notes[index % Self.notes.count])
            slots.queue.set(slot, due: due)
        }
        #expect(slots.queue.count == Self.dues.count)
        for due in Self.dues.sorted() {
            #expect(slots.pop(by: Self.last) == due)
            #expect(slots.fired.map { Self.dues[Int($0)] } == [due])
        }
        #expect(slots.pop(by: Self.last) == nil)
        #expect(slots.queue.count == 0)
        for index in Self.dues.indices {
            #expect(slots.note(UInt32(index)) == Self.notes[index % Self.notes.count])
        }
    }

    @Test func `notes and due times come through a restoration, and timers fire after it`() {
        let slots = Slots()
        slots.queue.growSlots(to: Self.notes.count * Self.dues.count, note: 0xDEAD_BEEF)
        func slot(_ note: Int, _ due: Int) -> UInt32 { UInt32(note * Self.dues.count + due) }
        for (noteIndex, note) in Self.notes.enumerated() {
            for (dueIndex, due) in Self.dues.enumerated() {
                // What an increment says replaces what the image before it said, in whichever order.
                slots.queue.restore(slot(noteIndex, dueIndex), due: Self.last)
                slots.queue.setNote(of: slot(noteIndex, dueIndex), to: note)
                slots.queue.restore(slot(noteIndex, dueIndex), due: due)
            }
        }
        slots.queue.restore(0, due: .never)
        let start = slots.queue.startRestored(after: EventTime(milliseconds: 0))
        #expect(start == nil)
        for due in Self.dues.sorted() {
            let dueIndex = Self.dues.firstIndex(of: due) ?? 0
            let wanted = Self.notes.indices.map { slot($0, dueIndex) }.filter { $0 != 0 }
            #expect(slots.pop(by: Self.last) == due)
            #expect(slots.fired.sorted() == wanted)
        }
        for (noteIndex, note) in Self.notes.enumerated() {
            for dueIndex in Self.dues.indices { #expect(slots.note(slot(noteIndex, dueIndex)) == note) }
        }
    }

    @Test func `what is announced to come soon are notes of slots that are due then`() {
        let slots = Slots()
        for number in 0..<UInt32(500) {
            let slot = slots.queue.addSlot(note: 0xABCD_0000 | number)
            slots.queue.set(slot, due: EventTime(milliseconds: 1_000_000 + Int64(number) * 700))
        }
        var announced: [UInt32] = []
        while let due = slots.pop(by: .latest) {
            while slots.queue.upcomingCount > 0 {
                let note = slots.queue.takeUpcoming()
                announced.append(note)
                let number = Int64(note & 0xFFFF)
                #expect(note >> 16 == 0xABCD)
                #expect(1_000_000 + number * 700 >= due.milliseconds)
            }
        }
        #expect(Set(announced).count > 400)
    }

    /// A queue beside plain arrays of due times and notes.
    private final class Trial {
        private static let slotCount = 40
        private var queue = TimerQueue()
        private var notes = [UInt32](repeating: 0, count: Trial.slotCount)
        private var dues = [EventTime](repeating: .never, count: Trial.slotCount)
        private var random: RandomStream
        private var floor: Int64 = 0
        private var fired = PlainList<UInt32>()

        init(seed: UInt64) {
            random = RandomStream(seed: seed)
            for slot in notes.indices {
                notes[slot] = anyNote()
                _ = queue.addSlot(note: notes[slot])
            }
        }

        private func anyNote() -> UInt32 {
            let notes = TimerNoteTests.notes
            return random.chance(0.5)
                ? notes[random.index(below: notes.count)] : UInt32(truncatingIfNeeded: random.next())
        }

        private func anyDue() -> EventTime {
            let span = Int64(1) << Int64(1 + random.index(below: 47))
            let due = floor + 1 + Int64(random.index(below: Int(span)))
            return EventTime(milliseconds: min(due, TimerQueue.dueEnd - 1))
        }

        /// Does one thing, and says what is wrong after it.
        func step() -> String? {
            let slot = random.index(below: Self.slotCount)
            switch random.index(below: 10) {
            case 0...3:
                notes[slot] = anyNote()
                queue.setNote(of: UInt32(slot), to: notes[slot])
            case 4...7:
                guard floor < TimerQueue.dueEnd - 1 else { break }
                dues[slot] = random.chance(0.2) ? .never : anyDue()
                queue.set(UInt32(slot), due: dues[slot])
            case 8:
                fire(upTo: random.chance(0.1) ? anyDue() : dues[slot])
            default:
                if let fault = restore() { return fault }
            }
            for slot in notes.indices {
                guard queue.note(of: UInt32(slot)) == notes[slot] else { return "the note of slot \(slot)" }
                guard queue.due(of: UInt32(slot)) == dues[slot] else { return "the due time of slot \(slot)" }
            }
            return nil
        }

        private func fire(upTo limit: EventTime) {
            guard limit != .never else { return }
            while let due = queue.popDue(by: limit, into: &fired) {
                for slot in fired.elements where dues[Int(slot)] == due { dues[Int(slot)] = .never }
            }
            floor = max(floor, limit.milliseconds)
        }

        private func restore() -> String? {
            var restored = TimerQueue()
            restored.growSlots(to: Self.slotCount, note: anyNote())
            for slot in notes.indices {
                restored.setNote(of: UInt32(slot), to: queue.note(of: UInt32(slot)))
                restored.restore(UInt32(slot), due: queue.due(of: UInt32(slot)))
            }
            if let slot = restored.startRestored(after: EventTime(milliseconds: floor)) {
                return "slot \(slot) cannot be restored"
            }
            queue = restored
            return nil
        }
    }

    @Test(arguments: UInt64(1)...20)
    func `notes and due times stay apart, whatever is set, moved, cancelled, fired and restored`(seed: UInt64)
    {
        let trial = Trial(seed: seed)
        for step in 0..<1_000 {
            if let fault = trial.step() {
                Issue.record("seed \(seed), step \(step): \(fault)")
                return
            }
        }
    }

    @Test func `a due time beyond 48 bits stops the program, and is never cut`() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            var queue = TimerQueue()
            let slot = queue.addSlot(note: 0)
            queue.set(slot, due: EventTime(milliseconds: TimerQueue.dueEnd))
        }
        let said = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(said.contains("beyond 48 bits"))
    }

    @Test(arguments: [Int64(-1), .min, 999, 1_000])
    func `a due time that has passed stops the program`(due: Int64) async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) { [due] in
            var queue = TimerQueue()
            var slots = PlainList<UInt32>()
            let slot = queue.addSlot(note: 0)
            queue.set(slot, due: EventTime(milliseconds: 1_000))
            _ = queue.popDue(by: EventTime(milliseconds: 1_000), into: &slots)
            queue.set(slot, due: EventTime(milliseconds: due))
        }
        let said = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(said.contains("a timer in the past"))
    }
}
