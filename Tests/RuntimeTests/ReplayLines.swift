import Glibc
import Model
import Primitives

@testable import Runtime

/// Lines of a log in memory, cut into slices as a replay cuts a chunk.
final class LinesInSlices {
    private let memory: UnsafeMutableRawBufferPointer
    /// Where each slice begins, and the end of the last.
    private var cuts: [Int] = [0]
    /// How many lines each slice has.
    let lineCounts: [Int]

    /// Cuts `lines` into slices of so many lines each.
    init(_ lines: [String], lineCounts: [Int]) {
        precondition(lineCounts.reduce(0, +) == lines.count)
        self.lineCounts = lineCounts
        var text = ByteWriter()
        var next = 0
        for lineCount in lineCounts {
            for line in lines[next..<next + lineCount] { text.append(text: line + "\n") }
            next += lineCount
            cuts.append(text.count)
        }
        memory = .allocate(byteCount: text.count + JSONScanner.paddingByteCount, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        memory.copyMemory(from: text.bytes)
    }

    /// Cuts `lines` at random places, so that some slices may be empty.
    convenience init(_ lines: [String], sliceCount: Int, _ random: inout RandomStream) {
        let inner = (1..<max(sliceCount, 1)).map { _ in random.index(below: lines.count + 1) }
        let ends = inner.sorted() + [lines.count]
        self.init(lines, lineCounts: zip([0] + ends, ends).map { $1 - $0 })
    }

    deinit { memory.deallocate() }

    /// Decodes the slice at `index`.
    func decode(_ index: Int, into slice: DecodedSlice, _ decoder: borrowing EventDecoder) {
        slice.decode(UnsafeRawBufferPointer(rebasing: memory[cuts[index]..<cuts[index + 1]]), with: decoder)
    }
}

/// Random lines of a log in which timers of many customers fall due at the same time.
struct RandomLines {
    private var random: RandomStream
    private var now: Int64 = 1_767_225_600_000
    private let customers: [String]
    private let partitionCount: Int

    /// Makes a log of these customers; plain events if `partitionCount` is 0, else recorded records, with ticks.
    init(seed: UInt64, customers: [String], partitionCount: Int) {
        random = RandomStream(seed: seed)
        self.customers = customers
        self.partitionCount = partitionCount
    }

    /// Rules under which such lines emit a lot, on the minute.
    static var rules: Rules {
        var rules = Rules()
        rules.allowedLatenessMilliseconds = 60_000
        rules.abandonedCart.stepMilliseconds = [600_000, 1_200_000, 3_600_000]
        rules.abandonedCart.cooldownMilliseconds = 1_800_000
        rules.churnRisk.timeUnitMilliseconds = 3_600_000
        rules.adSuppression.recentPurchaseMilliseconds = 1_200_000
        rules.adSuppression.fatigueClickCount = 2
        return rules
    }

    mutating func take(_ count: Int) -> [String] { (0..<count).map { _ in next() } }

    private mutating func next() -> String {
        if random.chance(0.2) { now += Int64(random.index(below: 10)) * 60_000 }
        if random.chance(0.02) { return random.chance(0.5) ? "" : "no event" }
        let partition = partitionCount == 0 ? 0 : random.index(below: partitionCount)
        if partitionCount > 0, random.chance(0.05) { return #"{"partition":\#(partition),"tick":\#(now)}"# }
        let event = event()
        guard partitionCount > 0 else { return event }
        return
            #"{"topic":"carts","partition":\#(partition),"offset":1,"timestamp":\#(now),"value":\#(event)}"#
    }

    private mutating func event() -> String {
        let customer = customers[random.index(below: customers.count)]
        let time = now - (random.chance(0.2) ? Int64(random.index(below: 5)) * 60_000 : 0)
        let number = random.index(below: 1 << 40)
        let types = [
            #""cart.add","sku":"\#(number % 9)","price":3"#, #""cart.add","sku":"\#(number % 9)""#,
            #""order.placed","order":"\#(number)","value":5"#, #""click.page""#,
            #""click.ad","channel":"x""#, #""click.ad","channel":"x""#, #""customer.erased""#,
        ]
        let type = types[random.index(below: random.chance(0.9) ? types.count - 1 : types.count)]
        return #"{"customer":"\#(customer)","ts":\#(time),"type":\#(type)}"#
    }
}
