import Settings
import Testing

/// Files that nobody would write: they may be refused, never crash and never take long.
@Suite struct HostileFileTests {
    @Test(arguments: [
        String(repeating: "[", count: 100_000), String(repeating: "a: {", count: 100_000),
        String(repeating: "- ", count: 100_000), "currency: \"\\0\"", "\u{FEFF}currency: [", "? {a: b}\n: 1",
        "!!binary currency: TRY\nlog: !x {level: !y z}", "a: &a [*a]", "\u{0}", "%YAML 9.9\n---\na: 1",
        "<<: {}",
        "kafka: {properties: {'a b': x}}", "kafka: {properties: {debug: \"\\0\"}}",
        "state: {directory: \"\\n\"}",
    ])
    func `a hostile file is refused`(yaml: String) {
        #expect(!problems(yaml).isEmpty)
    }

    @Test func `a byte order mark is no mistake`() throws {
        #expect(try load("\u{FEFF}currency: EUR\nlog: {level: debug}").settings.log.level == .debug)
    }

    @Test func `aliases that multiply are not followed`() {
        var yaml = "a0: &a0 [x, x]\n"
        for depth in 1...60 { yaml += "a\(depth): &a\(depth) [*a\(depth - 1), *a\(depth - 1)]\n" }
        #expect(problems(yaml + "currency: *a60\ntopics: {inputs: *a60}\n").count == 63)
    }

    @Test func `damaged files are refused or loaded`() {
        let seed: UInt64 = 20_260_101
        var random = SplitMix(state: seed)
        let whole = Array(ShippedFile.text().utf8.prefix(4_000))
        for round in 0..<300 {
            var bytes = whole
            for _ in 0...Int(random.next() % 8) {
                let index = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 3 {
                case 0: bytes[index] = UInt8(truncatingIfNeeded: random.next() % 128)
                case 1: bytes.remove(at: index)
                default: bytes.insert(contentsOf: bytes[index..<min(index + 40, bytes.count)], at: index)
                }
            }
            for problem in problems(String(decoding: bytes, as: UTF8.self)) {
                #expect(problem.hasPrefix("t.yaml:"), "seed \(seed), round \(round): \(problem)")
            }
        }
    }
}

/// Repeatable randomness: SplitMix64. Source: Steele, Lea and Flood, OOPSLA 2014.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
