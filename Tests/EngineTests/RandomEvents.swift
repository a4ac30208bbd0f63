import Engine
import Glibc
import Model
import Primitives

/// A random sequence of events of a few customers, all rules at work, decoded and ready to be applied piece by piece.
final class RandomEvents {
    let rules: Rules
    let count: Int
    private let bytes: UnsafeMutableRawBufferPointer
    private var batch: EventBatch
    private var random: RandomStream
    private var now = Scenario.start

    /// Makes `count` events; one in `erasureShare` forgets its customer.
    init(seed: UInt64, count: Int, customerCount: Int, erasureShare: Int = 12) {
        random = RandomStream(seed: seed)
        var rules = Rules()
        rules.adSuppression.fatigueClickCount = 3
        rules.abandonedCart.cooldownMilliseconds = 7_200_000
        self.rules = rules
        self.count = count
        var lines = ByteWriter()
        var ends: [Int] = []
        for _ in 0..<count {
            lines.append(text: Self.line(&random, &now, customerCount, erasureShare) + "\n")
            ends.append(lines.count)
        }
        bytes = .allocate(byteCount: lines.count + JSONScanner.paddingByteCount, alignment: 64)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        bytes.copyMemory(from: lines.bytes)
        batch = EventBatch(source: UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped))
        let decoder = EventDecoder(rules: rules)
        var start = 0
        for (number, end) in ends.enumerated() {
            decoder.decodeLine(
                UnsafeRawBufferPointer(rebasing: bytes[start..<end]), number: UInt32(number), into: &batch)
            start = end
        }
        precondition(batch.events.count == count, "a line is no event")
    }

    deinit { bytes.deallocate() }

    private static func line(
        _ random: inout RandomStream, _ now: inout Int64, _ customerCount: Int, _ erasureShare: Int
    ) -> String {
        func pick(_ texts: [String]) -> String { texts[random.index(below: texts.count)] }
        now += Int64(random.index(below: random.chance(0.02) ? 20 * 86_400_000 : 3_600_000))
        let late = random.chance(0.2) ? Int64(random.index(below: 86_400_000)) : 0
        var line = "{\"ts\":\(now - late),\"customer\":\"c-\(random.index(below: customerCount))\""
        if random.chance(0.8) { line += ",\"id\":\"\(random.index(below: 1_000))\"" }
        if random.index(below: erasureShare) == 0 { return line + ",\"type\":\"customer.erased\"}" }
        let sku = "\"sku\":\"\(pick(["A", "BB", "a longer name of something"]))\""
        let price = "\"price\":\(random.index(below: 100)).5"
        let order = "\"order\":\"\(random.index(below: 400))\""
        return line + ","
            + pick([
                "\"type\":\"click.page\"", "\"type\":\"click.ad\",\"channel\":\"x\"",
                "\"type\":\"click.ad\",\"channel\":\"x\"", "\"type\":\"cart.add\",\(sku),\(price)",
                "\"type\":\"cart.add\",\(sku)", "\"type\":\"cart.remove\",\(sku)",
                "\"type\":\"cart.set\",\"items\":[{\(sku),\(price)},{\"sku\":\"D\",\"qty\":3}]",
                "\"type\":\"cart.clear\"", "\"type\":\"order.placed\",\(order),\"value\":12.5",
                "\"type\":\"order.placed\",\(order),\"value\":3",
                "\"type\":\"email.bounced\",\"bounce\":\"hard\"",
                "\"type\":\"email.unsubscribed\"", "\"type\":\"consent.withdrawn\",\"purpose\":\"ads\"",
                "\"type\":\"consent.granted\",\"purpose\":\"ads\"",
            ]) + "}"
    }

    /// Applies events `range` and lets what is due fire, in steps that stop now and then.
    func apply(_ range: Range<Int>, to engine: inout Engine, into records: inout RecordBuffer) {
        for event in batch.events[range] {
            let watermark = max(engine.watermark, event.timestamp - rules.allowedLatenessMilliseconds)
            engine.apply(event, of: batch, watermark: watermark, into: &records)
        }
    }

    /// Applies events `range` like `apply`, with any customers brought near in between, known and unknown, as
    /// somebody would who looks ahead and may be wrong.
    func apply(
        _ range: Range<Int>, bringingNearBy random: inout RandomStream, to engine: inout Engine,
        into records: inout RecordBuffer
    ) {
        for index in range {
            // As a replay does, for the customers that come next.
            if case let far = index + EngineLookahead.index, far < count {
                engine.prefetchIndex(hash: batch.events[far].customerHash)
            }
            if case let middle = index + EngineLookahead.slot, middle < count {
                engine.prefetchSlot(hash: batch.events[middle].customerHash)
            }
            if case let near = index + EngineLookahead.customer, near < count {
                let event = batch.events[near]
                engine.prefetchCustomer(hash: event.customerHash, kind: event.kind)
            }
            // And for whoever it may be.
            while random.chance(0.5) {
                let event = batch.events[random.index(below: count)]
                let hash = random.chance(0.8) ? event.customerHash : random.next()
                engine.prefetchIndex(hash: hash)
                engine.prefetchSlot(hash: hash)
                engine.prefetchCustomer(hash: hash, kind: event.kind)
            }
            apply(index..<index + 1, to: &engine, into: &records)
        }
    }
}

/// The whole state of an engine, as bytes.
func imageBytes(of engine: borrowing Engine) -> [UInt8] {
    var writer = ByteWriter()
    engine.image(into: &writer)
    return Array(writer.bytes)
}

/// All records as text.
func text(of records: borrowing RecordBuffer) -> String {
    String(decoding: records.values.bytes, as: UTF8.self)
}
