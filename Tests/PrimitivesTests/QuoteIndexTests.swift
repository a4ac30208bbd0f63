import CSupport
import Primitives
import Testing

struct QuoteIndexTests {
    /// What an index says of a text.
    private struct Answer: Equatable {
        var places: [Int]
        var flags: UInt32
        var byteCount: Int
    }

    private static let interesting: [UInt8] = [
        0x22, 0x22, 0x22, 0x5C, 0x0A, 0x0D, 0x1F, 0x20, 0x7F, 0x80, 0xFF,
    ]

    /// Random bytes, most of them plain; behind the text stands what must not count.
    private func text(_ random: inout RandomStream, count: Int, oddOneIn: Int) -> [UInt8] {
        (0..<count + 128).map { index in
            if index >= count { return Self.interesting[random.index(below: Self.interesting.count)] }
            if random.index(below: 4) == 0 { return 0x22 }
            if random.index(below: oddOneIn) > 0 { return UInt8(0x61 + random.index(below: 26)) }
            return Self.interesting[random.index(below: Self.interesting.count)]
        }
    }

    private func naive(_ text: [UInt8], count: Int, endsAtFeed: Bool) -> Answer {
        let bytes = text[..<count]
        let feed = endsAtFeed ? bytes.firstIndex(of: 0x0A) : nil
        let line = bytes[..<(feed ?? count)]
        let others = line.contains { $0 == 0x5C || $0 < 0x20 }
        let beyond = line.contains { $0 >= 0x80 }
        return Answer(
            places: line.indices.filter { line[$0] == 0x22 } + Array(repeating: line.count, count: 4),
            flags: (others ? 1 : 0) | (beyond ? 2 : 0) | (feed != nil ? 4 : 0), byteCount: line.count)
    }

    private func answer(
        _ text: [UInt8], count: Int,
        _ body: (UnsafePointer<UInt8>, inout Int, UnsafeMutablePointer<UInt16>) -> UInt32
    ) -> Answer {
        var places = [UInt16](repeating: 0xAAAA, count: QuoteIndex.placeCount)
        var byteCount = count
        let flags = text.withUnsafeBufferPointer { text in
            places.withUnsafeMutableBufferPointer { places in
                guard let start = text.baseAddress, let places = places.baseAddress else { return UInt32.max }
                return body(start, &byteCount, places)
            }
        }
        let found = text[..<byteCount].count { $0 == 0x22 } + Int(TETIK_JSON_ENDS)
        return Answer(places: places[..<found].map { Int($0) }, flags: flags, byteCount: byteCount)
    }

    @Test func `every version finds the quotes, the end of the line and what is not plain`() {
        var random = RandomStream(seed: 1)
        for round in 0..<3_000 {
            let count = round < 300 ? round : random.index(below: QuoteIndex.textByteCountMax + 1)
            let text = text(&random, count: count, oddOneIn: [2, 50, 5_000][round % 3])
            let whole = naive(text, count: count, endsAtFeed: false)
            let line = naive(text, count: count, endsAtFeed: true)
            #expect(answer(text, count: count) { tetik_json_index($0, $1, $2) } == whole)
            #expect(answer(text, count: count) { tetik_json_index_narrow($0, $1, $2) } == whole)
            #expect(answer(text, count: count) { tetik_json_line($0, &$1, $2) } == line)
            #expect(answer(text, count: count) { tetik_json_line_narrow($0, &$1, $2) } == line)
        }
    }

    @Test func `a text of nothing but quotes fits`() {
        let text = [UInt8](repeating: 0x22, count: QuoteIndex.textByteCountMax + 128)
        let whole = naive(text, count: QuoteIndex.textByteCountMax, endsAtFeed: false)
        #expect(answer(text, count: QuoteIndex.textByteCountMax) { tetik_json_index($0, $1, $2) } == whole)
        #expect(
            answer(text, count: QuoteIndex.textByteCountMax) { tetik_json_index_narrow($0, $1, $2) } == whole)
    }

    @Test(arguments: [
        ("ab\n", "ab", 3, true), ("ab", "ab", 2, true), ("\ncd", "", 1, false), ("ab\r\ncd", "ab", 4, true),
        ("\r\n", "", 2, false), ("ab\rcd\n", "ab\rcd", 6, false), ("a\"é\"\nb", "a\"é\"", 6, true),
        ("a\\\n", "a\\", 3, false),
    ]) func `a line ends at its line feed`(_ rest: String, _ text: String, _ byteCount: Int, _ isPlain: Bool)
    {
        let places = UnsafeMutablePointer<UInt16>.allocate(capacity: QuoteIndex.placeCount)
        defer { places.deallocate() }
        let bytes = Array(rest.utf8)
        (bytes + Array(repeating: 0x0A, count: 64)).withUnsafeBytes { padded in
            let line = LineIndex(UnsafeRawBufferPointer(rebasing: padded[..<bytes.count]), places: places)
            #expect(line.text.elementsEqual(text.utf8))
            #expect(line.byteCount == byteCount)
            #expect((line.quotes != nil) == isPlain)
        }
    }
}
