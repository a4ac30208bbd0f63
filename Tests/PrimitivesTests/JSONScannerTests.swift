import Primitives
import Testing

struct JSONScannerTests {
    static let valid = [
        "null", "true", "false", "0", "-0", "1", "-1", "10", "0.0", "-0.0", "1.5", "1e0", "1E5", "1e+5",
        "1e-5",
        "0e0", "0e+1", "1.25E-30", "12345678", "123456789", "12345678901234567890123456789", "0.12345678901",
        "1e99999999999999999999", #""""#, #""a""#, #""fifteen bytes..""#, #""sixteen bytes ..""#,
        #""seventeen bytes .""#, #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\u00e9\u00E9""#, #""\ud83d\ude00""#,
        #""\uDBFF\uDFFF""#, #""\uD800\uDC00""#, #""\ufffe\uffff""#, #""\u2028""#, "\"\u{7F}\"", "\"é😀\"",
        "\"\u{2028}\"", "[]", "[ ]", "[1]", "[1,2]", "[[],{}]", "[ 1 , 2 ]", "{}", "{ }", #"{"":0}"#,
        #"{"a":1}"#, #"{ "a" : 1 , "b" : [ ] }"#, #"{"a":1,"a":2}"#, " \t\r\n1 \t\r\n", "[1\n]",
        #"{"a":{"b":{"c":[1,{"d":null}]}}}"#, #"{"\u0061":1}"#, "[false]", "[null,true]", "[-0]",
        #"["\\\\"]"#, #"["\\\""]"#,
    ]

    static let invalid = [
        "", " ", "nul", "nulL", "nullx", "tru", "True", "fals", "falsey", "NaN", "Infinity", "-Infinity", "-",
        "+1", "01", "-01", "00", "1.", ".5", "-.5", "1.e1", "1e", "1e+", "1e-", "1eE2", "1.2.3", "0x10",
        "1_000",
        "1a", "１", #"""#, #""a"#, #""\"#, #""\""#, #""\x41""#, #""\u""#, #""\u12""#, #""\u123g""#,
        #""\U0041""#,
        #""\'""#, #""\ud800""#, #""\ud800x""#, #""\ud800\n""#, #""\ud800\u0041""#, #""\ud800\ud800""#,
        #""\udc00""#, #""\ude00\ud83d""#, #""\ud83d\ude0""#, #""\ud83d\"#, "\"\n\"", "\"\t\"", "\"\u{0}\"",
        "\"\u{1F}\"", "'a'", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1 2]", "[1,,2]", "[1}", "{", "}",
        #"{"a""#, #"{"a":"#, #"{"a":1"#, #"{"a":1,"#, #"{"a":1,}"#, #"{"a" 1}"#, #"{"a"}"#, "{a:1}", "{1:1}",
        #"{"a":1]"#, #"{,"a":1}"#, #"{"a":1 "b":2}"#, #"{"a"::1}"#, "{null:1}", "1 2", "[] []", "{}x", "//1",
        "1//", "/**/1", "[1]#", "\u{FEFF}1", "\u{A0}1", "\u{0C}1", "\u{0B}1", "[\u{0}]", #"{"a":1}}"#, "a",
        "é",
        #"["a\"#, "[1\u{0C}]", "[\"\u{1}fifteen bytes and a control character first\"]",
    ]

    @Test(arguments: valid)
    func `valid text is accepted`(_ text: String) {
        let guarded = GuardedText(byteCountMax: 4_096)
        for filler in [0x22, 0x30, 0x20, 0x5D, 0x7D, 0x5C] as [UInt8] {
            #expect(guarded.with(Array(text.utf8), filler: filler) { scannerAccepts($0) })
        }
        #expect(ReferenceJSON.accepts(Array(text.utf8)))
    }

    @Test(arguments: invalid)
    func `invalid text is refused, whatever lies behind it`(_ text: String) {
        let guarded = GuardedText(byteCountMax: 4_096)
        for filler in [0x22, 0x30, 0x20, 0x5D, 0x7D, 0x5C, 0x6C] as [UInt8] {
            #expect(!guarded.with(Array(text.utf8), filler: filler) { scannerAccepts($0) })
        }
        #expect(!ReferenceJSON.accepts(Array(text.utf8)))
    }

    @Test(arguments: valid)
    func `a text that is cut short is only accepted if the rest is a text`(_ text: String) {
        let guarded = GuardedText(byteCountMax: 4_096)
        let bytes = Array(text.utf8)
        for count in bytes.indices {
            let part = Array(bytes[0..<count])
            #expect(guarded.with(part) { scannerAccepts($0) } == ReferenceJSON.accepts(part))
        }
    }

    @Test(arguments: ["[", "{\"a\":"])
    func `64 levels are accepted and 65 are not`(_ open: String) {
        let close = open == "[" ? "]" : "}"
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
        }
        let guarded = GuardedText(byteCountMax: 65_536)
        #expect(guarded.with(nested(64)) { scannerAccepts($0) })
        #expect(!guarded.with(nested(65)) { scannerAccepts($0) })
        #expect(!guarded.with(nested(5_000)) { scannerAccepts($0) })
    }

    @Test func `random changes are judged as the reference judges them`() {
        let guarded = GuardedText(byteCountMax: 4_096)
        let seed: UInt64 = 20_251_201
        var random = SplitMix(state: seed)
        let letters =
            Array(#"{}[]",:\/u0123456789abcdefABCDEFtrueflsn-+.Ee "#.utf8) + [9, 10, 13, 0, 31, 127]
        let starts =
            Self.valid + [
                #"{"id":"e1","type":"cart.add","ts":1764547200000,"items":[{"sku":"A","qty":1,"price":19.99}]}"#,
                #"{"type":"click.page","x":"Ünal \"5\u00e7\" \ud83d\ude00","y":[true,false,null,-1.5e-7]}"#,
            ]
        var acceptedCount = 0
        for round in 0..<40_000 {
            var bytes = Array(starts[Int.random(in: 0..<starts.count, using: &random)].utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0...bytes.count, using: &random)
                let letter =
                    Int.random(in: 0..<8, using: &random) == 0
                    ? UInt8.random(in: 0...255, using: &random)
                    : letters[Int.random(in: 0..<letters.count, using: &random)]
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes.insert(letter, at: place)
                case 1 where place < bytes.count: bytes[place] = letter
                case 2 where place < bytes.count: bytes.remove(at: place)
                default: break
                }
            }
            let accepted = guarded.with(bytes, filler: letters[round % letters.count]) { scannerAccepts($0) }
            let wanted = ReferenceJSON.accepts(bytes)
            if accepted { acceptedCount += 1 }
            if accepted != wanted {
                Issue.record("seed \(seed), round \(round): \(bytes) accepted: \(accepted)")
                return
            }
        }
        #expect(acceptedCount > 4_000, "the changes leave too little that is valid")
    }

    @Test(arguments: [
        (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{C}\n\r\t"), (#"\u0041\u00e9\u20AC"#, "Aé€"),
        (#"\ud83d\ude00x"#, "😀x"), (#"\udbff\udfff\ud800\udc00"#, "\u{10FFFF}\u{10000}"),
        (#"\u0000\u007f\u0080\u07ff\u0800\uffff"#, "\u{0}\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}"), ("é", "é"),
    ])
    func `escapes are resolved`(_ escaped: String, _ text: String) {
        var writer = ByteWriter()
        Array(escaped.utf8).withUnsafeBytes { JSONText.unescape($0, into: &writer) }
        #expect(Array(writer.bytes) == Array(text.utf8))
    }
}
