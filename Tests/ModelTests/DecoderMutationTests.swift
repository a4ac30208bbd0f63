import Model
import Primitives
import Testing

struct DecoderMutationTests {
    static let lines = [
        #"{"id":"e1","type":"cart.set","customer":"v","ts":1764547200000,"items":[{"sku":"A","qty":1,"price":1.5}]}"#,
        #"{"type":"click.ad","customer":"\u00fc","ts":"2025-12-01T00:00:00.5Z","channel":"c","cost":1e-3}"#,
        #"{"topic":"t","partition":1,"timestamp":1764547200000,"key":"k","value":{"type":"cart.add","sku":"A"}}"#,
        #"{"topic":"t","timestamp":1764547200000,"key_base64":"aw==","value_base64":"eyJ0eXBlIjoiY2FydCJ9"}"#,
        #"{"partition":1,"tick":1764547200000}"#,
    ]

    @Test func `whatever a line holds, it is counted once and read within its bounds`() {
        let seed: UInt64 = 1_764_547_200
        var state = seed
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let letters = Array(#"{}[]",:\u0123456789.eE-ntf =/"#.utf8) + [0, 9, 0x80, 0xC3, 0xED, 0xFF]
        for round in 0..<20_000 {
            var bytes = Array(Self.lines[random(Self.lines.count)].utf8)
            for _ in 0..<1 + random(3) where bytes.count > 1 {
                let place = random(bytes.count)
                switch random(4) {
                case 0: bytes.insert(letters[random(letters.count)], at: place)
                case 1: bytes[place] = letters[random(letters.count)]
                case 2: bytes.remove(at: place)
                default: bytes.removeLast(random(min(bytes.count, 40)))
                }
            }
            let decoded = decodeLine(bytes)
            let count = decoded.events.count + decoded.rejections.count + decoded.ignoredCount
            if count != 1 {
                Issue.record("seed \(seed), round \(round): \(bytes) gave \(count)")
                return
            }
        }
    }
}
