import Primitives
import Testing

struct DecimalTextTests {
    private func money(_ text: String) -> Money? {
        GuardedText(byteCountMax: 8_192).with(Array(text.utf8), padding: 8, filler: 0x39) {
            DecimalText.money($0)
        }
    }

    private func integer(_ text: String) -> DecimalText.Integer {
        GuardedText(byteCountMax: 8_192).with(Array(text.utf8), padding: 8, filler: 0x39) {
            DecimalText.integer($0)
        }
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("-0.0e5", 0), ("0e999999999999999999999", 0), ("1", 10_000), ("19.99", 199_900),
        ("19.990", 199_900), ("70.8500", 708_500), ("0.1", 1_000), ("0.0001", 1), ("0.00005", 0),
        ("0.00015", 2), ("0.00025", 2), ("0.00035", 4), ("0.000050000000000000000001", 1), ("0.00006", 1),
        ("0.00004999", 0), ("0.000009", 0), ("5e-5", 0), ("15e-5", 2), ("51e-6", 1), ("1e2", 1_000_000),
        ("1.5E-1", 1_500), ("1E+3", 10_000_000), ("9999999999", 99_999_999_990_000), ("0.00001e5", 10_000),
        ("9999999999.0000000000", 99_999_999_990_000), ("9999999998.99995", 99_999_999_990_000),
        ("9999999998.99994", 99_999_999_989_999), ("99999999990e-1", 99_999_999_990_000),
        ("0.9999999999e10", 99_999_999_990_000), ("1e-400", 0), ("1e-99999999999999999999", 0),
        ("123456789.12345", 1_234_567_891_234), ("123456789.12355", 1_234_567_891_236),
    ])
    func `an amount is exact and rounds half to even`(_ text: String, _ tenThousandths: Int64) {
        #expect(money(text) == Money(tenThousandths: tenThousandths))
    }

    @Test func `amounts of every length before and behind the point are exact`() {
        var random = RandomStream(seed: 3)
        for wholeCount in 1...10 {
            for decimals in 0...4 {
                for _ in 0..<50 {
                    let whole = (0..<wholeCount).map { _ in random.index(below: 10) }
                    // No leading zero, unless it is the only digit.
                    let digits = [wholeCount == 1 ? whole[0] : max(whole[0], 1)] + whole.dropFirst()
                    let fraction = (0..<decimals).map { _ in random.index(below: 10) }
                    let padded = digits + fraction + Array(repeating: 0, count: 4 - decimals)
                    let amount = padded.reduce(0 as Int64) { $0 * 10 + Int64($1) }
                    let text =
                        digits.map(String.init).joined() + (decimals > 0 ? "." : "")
                        + fraction.map(String.init).joined()
                    let isInRange = amount <= 99_999_999_990_000
                    #expect(money(text) == (isInRange ? Money(tenThousandths: amount) : nil), "\(text)")
                }
            }
        }
    }

    @Test(arguments: [
        "-1", "-0.00001", "-1e-400", "9999999999.00001", "9999999999.000000000000000001", "10000000000",
        "1e10",
        "1e99", "1e99999999999999999999", "0.00001e16", "99999999999",
    ])
    func `an amount out of range is refused before rounding`(_ text: String) {
        #expect(money(text) == nil)
    }

    @Test func `thousands of digits and an exponent that takes them back are one`() {
        #expect(money("1" + String(repeating: "0", count: 5_000) + "e-5000") == Money(tenThousandths: 10_000))
        #expect(
            money("0." + String(repeating: "0", count: 4_999) + "1e5000") == Money(tenThousandths: 10_000))
        #expect(integer("1" + String(repeating: "0", count: 5_000) + "e-5000") == .value(1))
        #expect(integer("0." + String(repeating: "0", count: 4_999) + "1e5000") == .value(1))
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("0.0", 0), ("0e-5", 0), ("7", 7), ("-7", -7), ("1234567", 1_234_567),
        ("12345678", 12_345_678), ("123456789", 123_456_789), ("1764547200000", 1_764_547_200_000),
        ("123456789012345", 123_456_789_012_345), ("1234567890123456", 1_234_567_890_123_456),
        ("12345678901234567", 12_345_678_901_234_567), ("1e3", 1_000), ("1.0", 1), ("1.50e1", 15),
        ("1000e-3", 1), ("1764547200000.000", 1_764_547_200_000), ("1.7645472e12", 1_764_547_200_000),
        ("9223372036854775807", .max), ("-9223372036854775807", -.max), ("0.1e1", 1), ("100e-2", 1),
    ])
    func `an integral number is an integer however it is written`(_ text: String, _ value: Int64) {
        #expect(integer(text) == .value(value))
    }

    @Test(arguments: ["1.5", "0.1", "1e-1", "-0.5", "1764547200000.5", "10e-2", "1e-99999999999999999999"])
    func `a number with a fraction is none`(_ text: String) {
        #expect(integer(text) == .fractional)
    }

    @Test(arguments: ["9223372036854775808", "1e19", "-1e30", "1e99999999999999999999", "1.5e400"])
    func `an integral number may be too large`(_ text: String) {
        #expect(integer(text) == .tooLarge)
    }

    @Test func `every count of digits reads the same as the standard library`() {
        var random = SplitMix(state: 7)
        for _ in 0..<20_000 {
            let shift = UInt64.random(in: 1...63, using: &random)
            let value = Int64(random.next() >> shift)
            #expect(integer("\(value)") == .value(value))
        }
    }

    @Test(arguments: [
        ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9vYmE=", "fooba"),
        ("Zm9vYmFy", "foobar"),
    ])
    func `base64 is decoded as RFC 4648 shows`(_ text: String, _ decoded: String) {
        var writer = ByteWriter()
        #expect(Array(text.utf8).withUnsafeBytes { Base64.decode($0, into: &writer) })
        #expect(Array(writer.bytes) == Array(decoded.utf8))
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "=Zg=", "Z===", "====", "Zh==", "Zm9=", "Zm-_", "Zm9v\n", "Zg==Zg==",
    ])
    func `what is no base64 appends nothing`(_ text: String) {
        var writer = ByteWriter()
        #expect(!Array(text.utf8).withUnsafeBytes { Base64.decode($0, into: &writer) })
        #expect(writer.count == 0)
    }
}
