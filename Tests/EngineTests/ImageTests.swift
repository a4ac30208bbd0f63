@testable import Engine
import Glibc
import Model
import Primitives
import Testing

/// Captures while events go on, and engines made of them.
struct ImageTests {
    /// A captured image: what goes before the entries, and the slices.
    private struct Image {
        var header: EngineImageHeader
        var chunks: [[UInt8]] = []

        var byteCount: Int { chunks.reduce(0) { $0 + $1.count } }
    }

    /// Goes through a sequence in random steps, with captures at random cuts, some of which are given up.
    private struct Walk: ~Copyable {
        let events: RandomEvents
        var engine: Engine
        var records = RecordBuffer()
        var random: RandomStream
        var position = 0
        /// The last full image and the increments after it, and the state at the last cut.
        var chain: [Image] = []
        var state: [UInt8] = []
        var cut = 0
        var recordByteCountAtCut = 0

        init(seed: UInt64, events: RandomEvents) {
            self.events = events
            engine = Engine(rules: events.rules)
            random = RandomStream(seed: seed)
        }

        mutating func advance(by count: Int) {
            let end = min(position + count, events.count)
            events.apply(position..<end, to: &engine, into: &records)
            position = end
        }

        /// Captures the state of now, while up to `count` events go on; false if it was given up.
        mutating func capture(isFull: Bool, during count: Int) -> Bool {
            let atCut = (imageBytes(of: engine), position, records.values.count)
            var captured = Image(header: engine.beginCapture(isFull: isFull))
            let end = position + count
            let isGivenUp = random.chance(0.25)
            var isFinished = false
            while !isFinished {
                if isGivenUp, random.chance(0.2) {
                    engine.cancelCapture()
                    return false
                }
                var chunk = ByteWriter()
                isFinished = engine.capture(upTo: 1 + random.index(below: 3_000), into: &chunk)
                if chunk.count > 0 { captured.chunks.append(Array(chunk.bytes)) }
                advance(by: min(random.index(below: 40), end - position))
            }
            if isFull { chain = [] }
            chain.append(captured)
            (state, cut, recordByteCountAtCut) = atCut
            return true
        }
    }

    private func restore(_ chain: [Image], rules: Rules) throws -> Engine {
        var restoration = try EngineRestoration(chain[0].header, byteCountMax: chain[0].byteCount)
        for (index, image) in chain.enumerated() {
            if index > 0 {
                try restoration.beginIncrement(image.header, byteCountMax: image.byteCount)
            }
            for chunk in image.chunks { try chunk.withUnsafeBytes { try restoration.add($0) } }
        }
        return try restoration.finish(rules: rules)
    }

    /// TETIK_LONG_TESTS runs more.
    private static let seeds = UInt64(1)...(getenv("TETIK_LONG_TESTS") == nil ? 20 : 500)

    @Test(arguments: seeds)
    func `an engine made of any chain of captures goes on as if nothing had happened`(seed: UInt64) throws {
        let events = RandomEvents(
            seed: seed, count: 3_000, customerCount: [3, 60, 400][Int(seed % 3)],
            erasureShare: seed % 5 == 0 ? 3 : 12)
        var walk = Walk(seed: seed, events: events)
        walk.advance(by: Int(seed * 7 % 1_500))
        walk.engine.enableTracking()
        while walk.position < events.count - 600 {
            walk.advance(by: walk.random.index(below: 200))
            let isFull = walk.chain.isEmpty || walk.random.chance(0.3)
            guard walk.capture(isFull: isFull, during: 300) else { continue }
            let restored = try restore(walk.chain, rules: events.rules)
            let isSameState = imageBytes(of: restored) == walk.state
            #expect(isSameState, "seed \(seed), cut at event \(walk.cut)")
        }
        // At least one that is not given up. BOUND: one in four is.
        while walk.chain.isEmpty { _ = walk.capture(isFull: true, during: 0) }
        walk.advance(by: events.count)
        var restored = try restore(walk.chain, rules: events.rules)
        var records = RecordBuffer()
        events.apply(walk.cut..<events.count, to: &restored, into: &records)
        let end = EventTime(milliseconds: Scenario.start + 4_000 * 86_400_000)
        walk.engine.advance(to: end, into: &walk.records)
        restored.advance(to: end, into: &records)
        let straight = text(of: walk.records).utf8.dropFirst(walk.recordByteCountAtCut)
        let isSame = straight.elementsEqual(text(of: records).utf8)
        #expect(isSame, "seed \(seed)")
        #expect(records.count > 0)
        let isSameEnd = imageBytes(of: restored) == imageBytes(of: walk.engine)
        #expect(isSameEnd, "seed \(seed)")
        #expect(restored.stateDigest() == walk.engine.stateDigest())
        #expect(restored.timerCount == walk.engine.timerCount)
    }

    @Test func `an increment has what changed and nothing else`() throws {
        let events = RandomEvents(seed: 5, count: 3_000, customerCount: 1_000, erasureShare: 1_000)
        var walk = Walk(seed: 5, events: events)
        walk.advance(by: 2_990)
        walk.engine.enableTracking()
        _ = walk.engine.beginCapture(isFull: true)
        var full = ByteWriter()
        #expect(walk.engine.capture(upTo: .max, into: &full))
        _ = walk.engine.beginCapture(isFull: false)
        var nothing = ByteWriter()
        #expect(walk.engine.capture(upTo: .max, into: &nothing))
        #expect(nothing.count == 0)
        walk.advance(by: 1)
        _ = walk.engine.beginCapture(isFull: false)
        var increment = ByteWriter()
        #expect(walk.engine.capture(upTo: .max, into: &increment))
        #expect(increment.count < full.count / 50)
        var header = ByteWriter()
        walk.engine.imageHeader.append(to: &header)
        #expect(header.count == EngineImageHeader.byteCount)
    }

    @Test func `a slice is never much larger than asked for, however much was put aside`() throws {
        let events = RandomEvents(seed: 6, count: 2_000, customerCount: 300)
        var walk = Walk(seed: 6, events: events)
        walk.advance(by: 1_000)
        walk.engine.enableTracking()
        _ = walk.engine.beginCapture(isFull: true)
        walk.advance(by: 1_000)
        var isFinished = false
        while !isFinished {
            var chunk = ByteWriter()
            isFinished = walk.engine.capture(upTo: 500, into: &chunk)
            #expect(chunk.count < 500 + 1_000)
        }
    }

    @Test func `rules that change while slots are free are in the image, too`() throws {
        let events = RandomEvents(seed: 7, count: 2_000, customerCount: 300, erasureShare: 3)
        var walk = Walk(seed: 7, events: events)
        walk.advance(by: 1_000)
        walk.engine.enableTracking()
        #expect(walk.engine.imageHeader.firstFreeSlotPlusOne != 0)
        var image = Image(header: walk.engine.beginCapture(isFull: true))
        let before = imageBytes(of: walk.engine)
        var other = events.rules
        other.abandonedCart.stepMilliseconds = [60_000, 7_200_000]
        other.churnRisk.isEnabled = false
        walk.engine.adopt(other, into: &walk.records)
        var chunk = ByteWriter()
        let isFinished = walk.engine.capture(upTo: .max, into: &chunk)
        #expect(isFinished)
        image.chunks = [Array(chunk.bytes)]
        var restored = try restore([image], rules: events.rules)
        #expect(imageBytes(of: restored) == before)
        var records = RecordBuffer()
        restored.adopt(other, into: &records)
        #expect(imageBytes(of: restored) == imageBytes(of: walk.engine))
    }

    @Test func `an empty engine has an image, too`() throws {
        var engine = Engine(rules: Rules())
        engine.enableTracking()
        let header = engine.beginCapture(isFull: true)
        var chunk = ByteWriter()
        let isFinished = engine.capture(upTo: 1, into: &chunk)
        #expect(isFinished)
        #expect(chunk.count == 0)
        let restored = try EngineRestoration(header, byteCountMax: 0).finish(rules: Rules())
        #expect(restored.watermark == .distantPast)
        #expect(imageBytes(of: restored) == imageBytes(of: engine))
    }
}
