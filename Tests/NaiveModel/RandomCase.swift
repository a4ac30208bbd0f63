/// A configuration, a log and perhaps an `--until`, all from one seed.
public struct RandomCase: Sendable {
    /// The configuration file.
    public var config: String
    /// The log without the last line's end.
    public var lines: [[UInt8]]
    /// `--until` in milliseconds since 1970, or nil.
    public var until: Int64?

    /// Makes a case from its parts.
    public init(config: String, lines: [[UInt8]], until: Int64?) {
        self.config = config
        self.lines = lines
        self.until = until
    }

    /// The log as a file.
    public var log: [UInt8] { Array(lines.map { $0 + [0x0A] }.joined()) }

    /// The case of `seed`: the same on every machine.
    public static func make(seed: UInt64) -> RandomCase {
        var generator = RandomLog(seed: seed)
        return generator.make()
    }

    /// What the model says of the case.
    public func expected() throws -> NaiveResult {
        NaiveModel.replay(content: log, config: try NaiveConfig(yaml: config), until: until)
    }
}

/// SplitMix64. Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators".
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// Draws cases that are likely to show a disagreement: few names, few distances in time, many ties.
struct RandomLog {
    /// How the lines of a case are written.
    enum Form: CaseIterable { case plain, recorded, mixed }

    var random: SplitMix64
    /// All distances in time are small multiples of it, so that edges are met exactly.
    var unit: Int64 = 60_000
    var lateness: Int64 = 0
    var maxAhead: Int64 = 60_000
    var now: Int64 = 1_764_547_200_000
    var form = Form.plain
    var customers: [String] = []
    var skus: [String] = []
    var orders: [String] = []
    var ids: [String] = []
    var badness = 0
    var lateShare = 0
    var count = 0

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: choices.indices, using: &random)] }

    /// True in `percent` of a hundred cases.
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    /// A distance in time: a few units, sometimes a millisecond off, seldom long.
    mutating func distance() -> Int64 {
        let units = pick([0, 1, 1, 2, 2, 3, 5, 8, 13, chance(20) ? 200 : 4])
        return max(0, Int64(units) * unit + Int64(pick([0, 0, 0, 0, 1, -1])))
    }

    mutating func make() -> RandomCase {
        unit = pick([1, 10, 1_000, 60_000, 3_600_000, 86_400_000])
        form = pick([.plain, .plain, .recorded, .mixed])
        badness = pick([0, 0, 5, 15])
        lateShare = pick([0, 5, 20, 40])
        let names = ["a", "b", "c-1", "é", "e\u{301}", "😀", "～", "q\"\\\n\u{1}", "ab"].shuffled(
            using: &random)
        customers = Array(names.prefix(int(2...6)))
        skus = ["A", "B", "é", "e\u{301}", "D/\t"].shuffled(using: &random).prefix(int(1...5)).map { $0 }
        orders = (1...int(3...8)).map { "o\($0)" }
        ids = (1...int(4...12)).map { "e\($0)" }
        let config = makeConfig()
        let lineCount = pick([4, 10, 30, 80, 200])
        let hasFullCarts = chance(8)
        var lines: [Bytes] = []
        for _ in 0..<lineCount {
            if hasFullCarts && chance(10) { lines.append(fullCart()) }
            lines.append(makeLine())
        }
        let until: Int64? = pick([nil, now, now + distance(), now + 1_000 * unit])
        return RandomCase(config: config, lines: lines, until: until.map { min($0, NaiveTime.latest) })
    }

    /// A time for the next event: ties, steps ahead, and late ones, some of them far behind.
    mutating func nextTime() -> Int64 {
        if chance(lateShare) {
            let late = now - pick([distance(), distance() + lateness, lateness, lateness + 1, 50 * unit])
            return min(max(late, NaiveTime.earliest), NaiveTime.latest)
        }
        if chance(60) { now = min(now + distance(), NaiveTime.latest) }
        return now
    }

    private mutating func makeLine() -> Bytes {
        count += 1
        if chance(1) { return chance(30) ? [0x0D] : [] }
        if chance(badness) { return badLine() }
        if form == .recorded || (form == .mixed && chance(60)) { return recordedLine() }
        let event = makeEvent(time: nextTime(), isPlain: true)
        return Bytes(object(event).utf8) + (chance(2) ? [0x0D] : [])
    }

    private mutating func fullCart() -> Bytes {
        let first = int(0...5)
        let items = (first..<first + int(196...203)).map { "{\"sku\":\"S\($0)\",\"price\":\($0 % 3)}" }
        let event = [
            ("type", "\"cart.set\""), ("customer", quotedText(pick(customers))), ("ts", String(nextTime())),
            ("items", "[" + items.joined(separator: ",") + "]"),
        ]
        return Bytes(object(event).utf8)
    }
}
