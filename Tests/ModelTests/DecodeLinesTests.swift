import Model
import Primitives
import Testing

/// Lines that are decoded together say what each says alone.
struct DecodeLinesTests {
    private static let plain =
        #"{"type":"cart.add","customer":"c-1","ts":1764547200000,"sku":"s","price":1.5}"#
    private static let samples: [String] = [
        plain, "", " ", "\r", plain + "\r", " " + plain + " ", "{", "nope", plain + plain,
        #"{"type":"click.page","customer":"çağrı-1","ts":1764547200000}"#,
        #"{"type":"click.page","customer":"a\"b","ts":"2026-01-01T00:00:00Z"}"#,
        #"{"topic":"t","partition":2,"timestamp":1764547200000,"key":"k","value":\#(plain)}"#,
        #"{"partition":4,"tick":1764547200000}"#,
        #"{"type":"click.page","customer":"v","ts":1764547200000,"x":"\#(String(repeating: "y", count: 2_000))"}"#,
    ]

    private func alone(_ lines: [[UInt8]]) -> Decoded {
        var sum = Decoded()
        for (number, line) in lines.enumerated() {
            let one = decodeLine(line, number: UInt32(number))
            sum.events += one.events
            sum.items += one.items
            sum.rejections += one.rejections
            sum.details += one.details
            sum.rejectedValues += one.rejectedValues
            sum.rejectedPartitions += one.rejectedPartitions
            sum.ignoredCount += one.ignoredCount
        }
        return sum
    }

    @Test(arguments: [true, false])
    func `any lines together give what they give one by one`(lastHasFeed: Bool) {
        var random = RandomStream(seed: 5)
        for _ in 0..<400 {
            var lines = (0..<random.index(below: 12) + 1).map { _ in
                Array(Self.samples[random.index(below: Self.samples.count)].utf8)
            }
            // A byte of nonsense here and there, a line feed among them.
            for index in lines.indices where !lines[index].isEmpty && random.index(below: 4) == 0 {
                lines[index][random.index(below: lines[index].count)] = UInt8(random.index(below: 256))
            }
            var log = Array(lines.joined(separator: [0x0A]))
            if lastHasFeed { log.append(0x0A) }
            var split = log.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
            if split.last?.isEmpty == true { split.removeLast() }
            let pieces = split.enumerated().map { number, line in
                number < split.count - 1 || log.last == 0x0A ? line + [0x0A] : line
            }
            let together = decodeLines(log)
            #expect(together.count == UInt32(pieces.count))
            #expect(together.decoded == alone(pieces))
        }
    }
}
