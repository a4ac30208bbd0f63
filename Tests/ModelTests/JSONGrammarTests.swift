import Model
import NaiveModel
import Primitives
import Testing

/// Every text that RFC 8259 forbids is `not_json`, every one that it allows is read; as a whole value, in a field that
/// nobody reads, and in a recorded record.
struct JSONGrammarTests {
    /// Allowed and forbidden, by the section of RFC 8259.
    static let cases: [(rule: String, allowed: [String], forbidden: [String])] = [
        (
            "2, structural characters and white space", ["[\t1\n,\r2 ]", " [] ", "{\"a\"\t:\n1}", "\r\n[]"],
            [
                "[1;2]", "[1,\u{B}2]", "[1\u{C}]", "[\u{A0}1]", "[\u{2028}]", "[\u{FEFF}]", "[1,2", "1]",
                "[[]", "{]}",
            ]
        ),
        (
            "3, values", ["[true,false,null]", "[[[]]]", "[{}]"],
            [
                "[True]", "[TRUE]", "[nul]", "[nulll]", "[fals]", "[truefalse]", "[undefined]", "[NaN]",
                "[Infinity]",
            ]
        ),
        (
            "4, objects", ["{}", "{\"\":0}", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":{}}}", "{\"\\u0000\":1}"],
            [
                "{a:1}", "{'a':1}", "{1:1}", "{\"a\"}", "{\"a\":}", "{:1}", "{\"a\":1,}", "{,}", "{,\"a\":1}",
                "{\"a\":1 \"b\":2}", "{\"a\",1}", "{\"a\"::1}", "{\"a\":1,,\"b\":2}", "{[]:1}", "{null:1}",
            ]
        ),
        (
            "5, arrays", ["[]", "[1]", "[1,\"a\",[],{}]"],
            ["[,]", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[1:2]", "[\"a\":1]", "[1,2}", "(1)"]
        ),
        (
            "6, numbers",
            [
                "[0]", "[-0]", "[10]", "[0.0]", "[-1.50]", "[1e1]", "[1E+01]", "[1e-0]", "[0e0]",
                "[123456789012345678901]",
            ],
            [
                "[+1]", "[01]", "[-01]", "[00]", "[.5]", "[-.5]", "[1.]", "[1.e1]", "[1e]", "[1e+]",
                "[1e1.5]", "[--1]",
                "[-]", "[0x1]", "[1_0]", "[1e1e1]", "[1.2.3]", "[- 1]", "[1 .5]", "[\u{FF11}]", "[1f]",
                "[1e\u{2B}\u{2B}1]",
            ]
        ),
        (
            "7, strings",
            [
                "[\"\"]", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "[\"\\u0000\\uABCD\\uabcd\"]",
                "[\"\\ud834\\udd1e\"]",
                "[\"\u{7F}\u{80}\u{2028}\"]", "[\"/\"]",
            ],
            [
                "[\"]", "[\"a]", "['a']", "[\"\\\"]", "[\"\\a\"]", "[\"\\v\"]", "[\"\\0\"]", "[\"\\x41\"]",
                "[\"\\'\"]",
                "[\"\\u12\"]", "[\"\\u123g\"]", "[\"\\U0041\"]", "[\"\\ud834\"]", "[\"\\udd1e\"]",
                "[\"\\ud834\\n\"]",
                "[\"\\ud834\\ud834\"]", "[\"\u{9}\"]", "[\"\u{0}\"]", "[\"\u{1F}\"]", "[\"a\nb\"]",
                "[\"\\\n\"]",
            ]
        ),
        (
            "8 and 9, one text and nothing else", ["{\"a\":1}\n", "[1] "],
            [
                "", " ", "[1][2]", "{}{}", "[1],", "[1]x", "[1]\u{0}", "\u{FEFF}[1]", "/**/[1]", "[1]//",
                "[1 /**/]", "#\n[]",
            ]
        ),
    ]

    @Test(arguments: cases.map(\.rule))
    func `what the standard allows is read, what it forbids is not`(_ rule: String) throws {
        let row = try #require(Self.cases.first { $0.rule == rule })
        for text in row.allowed { expect(Array(text.utf8), isJSON: true) }
        for text in row.forbidden { expect(Array(text.utf8), isJSON: false) }
    }

    /// Every production of the grammar in one text.
    private static let everything = Array(
        #"{"a":[true,false,null,-0.5E+10,12e-3,0],"b\u00e9\ud83d\ude00":{"":"\"\\\/\b\f\n\r\t"},"é":[[],{}]}"#
            .utf8)

    /// What means something somewhere, or nearly does.
    private static let letters =
        Array("{}[]:,\"'\\/ \t\r\n0123456789+-.eEaAfFntrubx#".utf8) + [0, 0x0B, 0x1F, 0x7F, 0x80, 0xEF]

    @Test func `each byte in place of each other, and each letter at each place, is judged by the grammar`() {
        let text = Self.everything
        for place in 0...text.count {
            for byte in Self.letters {
                var inserted = text
                inserted.insert(byte, at: place)
                expectAgreement(inserted)
            }
        }
        for place in text.indices {
            for byte in UInt8.min...UInt8.max {
                var replaced = text
                replaced[place] = byte
                expectAgreement(replaced)
            }
        }
    }

    @Test func `each text that is cut off, and each without one byte, is judged by the grammar`() {
        let text = Self.everything
        for place in text.indices {
            expectAgreement(Array(text[..<place]))
            expectAgreement(Array(text[place...]))
            expectAgreement(Array(text[..<place] + text[(place + 1)...]))
        }
    }

    @Test func `texts that are made by the grammar are read, changed ones are judged by it`() {
        let seed: UInt64 = 8_259
        var random = RandomStream(seed: seed)
        for _ in 0..<3_000 {
            var text = GrammarText(random: random)
            text.value(depth: 0)
            random = text.random
            expect(text.bytes, isJSON: true)
            var changed = text.bytes
            let place = random.index(below: changed.count)
            changed[place] = changed[random.index(below: changed.count)]
            expectAgreement(changed)
        }
    }

    /// The decoder's judgement of a text that stands alone.
    private func verdict(_ bytes: [UInt8]) -> String {
        withPadding(bytes) { text in
            guard let start = text.baseAddress else { return "none" }
            var batch = EventBatch(source: start)
            EventDecoder(rules: Rules()).decodeValue(
                text, key: nil, recordTimestamp: nil, partition: 0, line: 0, into: &batch)
            return view(batch).verdict
        }
    }

    private func expectAgreement(_ bytes: [UInt8]) {
        let isUTF8 = String(validating: bytes, as: UTF8.self) != nil
        let verdict = verdict(bytes)
        let isRight: Bool
        if !isUTF8 {
            isRight = verdict == "invalid_utf8"
        } else if NaiveVerdict.isJSON(bytes, depthMax: 64) {
            isRight = ["not_an_object", "missing_field", "wrong_type", "ignored"].contains(verdict)
        } else {
            isRight = verdict == "not_json"
        }
        if !isRight { Issue.record("\(verdict): \(String(decoding: bytes, as: UTF8.self)) \(bytes)") }
    }

    private func expect(_ text: [UInt8], isJSON: Bool) {
        #expect(NaiveVerdict.isJSON(text, depthMax: 64) == isJSON, "\(String(decoding: text, as: UTF8.self))")
        expectAgreement(text)
        let head = #"{"type":"click.page","customer":"v","ts":1764547200000"#
        // Only a value can stand inside of a text: white space around it is part of that text.
        guard !text.allSatisfy({ $0 <= 0x20 }), !text.contains(0x0A) else { return }
        let field = decodeLine(Array("\(head),\"x\":".utf8) + text + Array("}".utf8))
        #expect(
            field.verdict == (isJSON ? "accepted" : "not_json"), "\(String(decoding: text, as: UTF8.self))")
        let record = decodeLine(Array(#"{"topic":"t","value":"#.utf8) + text + Array("}".utf8))
        #expect((record.verdict == "not_json") == !isJSON, "\(String(decoding: text, as: UTF8.self))")
    }
}

/// Derives a text from the grammar of RFC 8259, by chance.
private struct GrammarText {
    var bytes: [UInt8] = []
    var random: RandomStream

    init(random: RandomStream) { self.random = random }

    private mutating func append(_ text: String) { bytes += Array(text.utf8) }

    private mutating func pick(_ texts: [String]) -> String { texts[random.index(below: texts.count)] }

    private mutating func space() {
        while random.chance(0.2) { append(pick([" ", "\t", "\r", "\n"])) }
    }

    mutating func value(depth: Int) {
        space()
        switch random.index(below: depth > 6 ? 5 : 8) {
        case 0: append(pick(["true", "false", "null"]))
        case 1, 2: number()
        case 3, 4: string()
        case 5: list(open: "[", close: "]") { $0.value(depth: depth + 1) }
        default:
            list(open: "{", close: "}") { text in
                text.space()
                text.string()
                text.space()
                text.append(":")
                text.value(depth: depth + 1)
            }
        }
        space()
    }

    private mutating func list(open: String, close: String, _ element: (inout GrammarText) -> Void) {
        append(open)
        let count = random.index(below: 4)
        if count == 0 { space() }
        for index in 0..<count {
            if index > 0 { append(",") }
            element(&self)
        }
        append(close)
    }

    private mutating func digits() {
        repeat { append("\(random.index(below: 10))") } while random.chance(0.6)
    }

    private mutating func number() {
        if random.chance(0.3) { append("-") }
        if random.chance(0.3) {
            append("0")
        } else {
            append("\(1 + random.index(below: 9))")
            if random.chance(0.6) { digits() }
        }
        if random.chance(0.4) {
            append(".")
            digits()
        }
        if random.chance(0.3) {
            append(pick(["e", "E"]) + pick(["", "+", "-"]))
            digits()
        }
    }

    private mutating func string() {
        append("\"")
        while random.chance(0.7) {
            switch random.index(below: 4) {
            case 0: append("\\" + pick(["\"", "\\", "/", "b", "f", "n", "r", "t"]))
            case 1: append(pick(["\\u0041", "\\u00E9", "\\uffff", "\\ud83D\\uDe00", "\\u0000"]))
            case 2: append(pick(["é", "😀", "\u{7F}", "\u{2028}", "ﬀ"]))
            default: append(pick(["a", " ", "{", "]", ",", ":", "'", "/"]))
            }
        }
        append("\"")
    }
}
