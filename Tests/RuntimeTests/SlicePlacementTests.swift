import Model
import Primitives
import Testing

@testable import Runtime

/// The places that events get in their sequences while other slices are still being decoded.
struct SlicePlacementTests {
    private static let lateness: Int64 = 60_000

    /// Where an event stands, and on which line of the chunk.
    private struct Place: Equatable {
        var line: UInt32
        var watermark: EventTime
        var sequence: Int32
    }

    /// Sequences and watermarks by going through the events one by one; contract, section 2.
    private struct PlainClock {
        var watermarks: [EventTime] = []
        var sequences: [Int32: Int] = [:]
        /// For each sequence the lines of the chunk and the watermark after each.
        var history: [[(line: UInt32, watermark: EventTime)]] = []

        mutating func place(_ event: Event, line: UInt32) -> Place {
            if sequences[event.partition] == nil {
                sequences[event.partition] = watermarks.count
                watermarks.append(.distantPast)
                history.append([])
            }
            let sequence = sequences[event.partition] ?? 0
            let lateness = event.kind == .tick ? 0 : SlicePlacementTests.lateness
            watermarks[sequence] = max(watermarks[sequence], event.timestamp - lateness)
            history[sequence].append((line, watermarks[sequence]))
            return Place(line: line, watermark: watermarks[sequence], sequence: Int32(sequence))
        }
    }

    /// Slices with their placement, and what plain counting says of them.
    private final class Trial {
        let slices: [DecodedSlice]
        let placement: SlicePlacement
        let decoder = EventDecoder(rules: RandomLines.rules)
        var plain = PlainClock()
        var chunk = LinesInSlices([], lineCounts: [0])
        private var lines: RandomLines
        private var random = RandomStream(seed: 77)

        init(seed: UInt64, sliceCount: Int, memberCount: Int = 1) {
            slices = (0..<sliceCount).map { _ in DecodedSlice(memberCount: memberCount) }
            placement = SlicePlacement(slices, latenessMilliseconds: SlicePlacementTests.lateness)
            lines = RandomLines(seed: seed, customers: ["a", "b", "c"], partitionCount: 3)
        }

        func beginChunk(lineCount: Int) {
            chunk = LinesInSlices(lines.take(lineCount), sliceCount: slices.count, &random)
            placement.begin()
        }

        func decode(_ index: Int) { decode(index, decoder) }

        func decode(_ index: Int, _ decoder: borrowing EventDecoder) {
            chunk.decode(index, into: slices[index], decoder)
            placement.note(decoded: index)
        }

        /// The places of all events, as they were given.
        func places() -> [Place] {
            slices.flatMap { slice in
                zip(slice.batch.events, slice.placements).map {
                    Place(line: slice.firstLine + $0.line, watermark: $1.watermark, sequence: $1.sequence)
                }
            }
        }

        /// The places that all events of the chunk must have. To be asked for once a chunk.
        func expectedPlaces() -> [Place] {
            for index in plain.history.indices { plain.history[index] = [] }
            var firstLine: UInt32 = 0
            var places: [Place] = []
            for (slice, lineCount) in zip(slices, chunk.lineCounts) {
                for event in slice.batch.events {
                    places.append(plain.place(event, line: firstLine + event.line))
                }
                firstLine += UInt32(lineCount)
            }
            return places
        }

        /// Whether timers of the chunk find the line that made them due.
        func findsLines() -> Bool {
            plain.history.indices.allSatisfy { sequence in
                let history = plain.history[sequence]
                guard let first = history.first, let last = history.last else { return true }
                // At each watermark and around it. What was reached by the end of the chunk before fired there.
                let dues = history.flatMap { [$0.watermark - 1, $0.watermark, $0.watermark + 1] }
                var rise = 0
                return dues.filter { $0 > first.watermark && $0 <= last.watermark }.sorted().allSatisfy {
                    due in
                    let line = history.first { $0.watermark >= due }?.line
                    return placement.clock.line(ofTimerDueAt: due, sequence: sequence, from: &rise) == line
                }
            }
        }
    }

    /// All orders of the numbers below `count`.
    private func orders(of count: Int) -> [[Int]] {
        guard count > 0 else { return [[]] }
        return orders(of: count - 1).flatMap { order in
            (0...order.count).map { order.prefix($0) + [count - 1] + order.suffix(order.count - $0) }
        }
    }

    @Test func `in whatever order slices are decoded, places and watermarks are the same, chunk after chunk`()
    {
        for order in orders(of: 5) {
            let trial = Trial(seed: 21, sliceCount: 5)
            for lineCount in [40, 7, 90] {
                trial.beginChunk(lineCount: lineCount)
                for index in order { trial.decode(index) }
                #expect(trial.expectedPlaces() == trial.places(), "\(order)")
                #expect(trial.placement.clock.watermarks == trial.plain.watermarks, "\(order)")
                #expect(trial.placement.lineCount == Int64(lineCount))
                #expect(trial.findsLines(), "\(order)")
            }
        }
    }

    @Test func `a slice that is early is held until those before it are there`() {
        for order in orders(of: 4) {
            let trial = Trial(seed: 5, sliceCount: 4)
            trial.beginChunk(lineCount: 60)
            var decoded: Set<Int> = []
            for index in order {
                trial.decode(index)
                decoded.insert(index)
                let placedCount = (0..<4).first { !decoded.contains($0) } ?? 4
                let lineCount = trial.chunk.lineCounts.prefix(placedCount).reduce(0, +)
                #expect(trial.placement.lineCount == Int64(lineCount), "\(order) up to \(index)")
                for early in decoded where early >= placedCount {
                    #expect(trial.slices[early].placements.isEmpty, "\(order): \(early) came too early")
                }
                for inTurn in 0..<placedCount {
                    let slice = trial.slices[inTurn]
                    #expect(slice.placements.count == slice.batch.events.count, "\(order): \(inTurn)")
                }
            }
        }
    }

    @Test(arguments: [2, 3, 5])
    func `workers that decode side by side give the places of one`(memberCount: Int) {
        let trial = Trial(seed: 90, sliceCount: memberCount * 2, memberCount: memberCount)
        let team = WorkerTeam(memberCount: memberCount)
        defer { team.finish() }
        for round in 0..<50 {
            trial.beginChunk(lineCount: 120)
            let next = Monitor(0)
            nonisolated(unsafe) let shared = trial
            team.run { _ in
                let decoder = EventDecoder(rules: RandomLines.rules)
                while case let index = next.change({ count in
                    defer { count += 1 }
                    return count
                }), index < shared.slices.count {
                    shared.decode(index, decoder)
                }
            }
            #expect(trial.expectedPlaces() == trial.places(), "round \(round)")
            #expect(trial.placement.lineCount == 120)
        }
    }

    @Test func `until a time raises every sequence that is behind, and only those`() {
        let trial = Trial(seed: 1, sliceCount: 1)
        trial.beginChunk(lineCount: 100)
        trial.decode(0)
        _ = trial.expectedPlaces()
        let between = trial.plain.watermarks.sorted()[1]
        trial.placement.raiseAll(to: between)
        #expect(trial.placement.clock.watermarks == trial.plain.watermarks.map { max($0, between) })
        #expect(trial.placement.clock.lowest == between)
    }
}
