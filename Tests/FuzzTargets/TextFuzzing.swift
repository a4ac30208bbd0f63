import Coordination
import Model
import NaiveModel
import Primitives
import Settings

/// Texts in which people and programs write rules, times, amounts, durations and addresses.
enum TextFuzzing {
    /// The first byte says what the rest is.
    private enum Form: UInt8, CaseIterable {
        case time, number, duration, address, rules, mark, base64
    }

    static func check(_ bytes: [UInt8]) throws(FuzzFailure) {
        guard let first = bytes.first,
            let form = Form(rawValue: first % UInt8(Form.allCases.count))
        else { return }
        let rest = Array(bytes.dropFirst())
        let text = String(decoding: rest, as: UTF8.self)
        switch form {
        case .time: try checkTime(rest)
        case .number: try checkNumber(rest)
        case .duration: try checkDuration(text)
        case .address: try checkAddress(text)
        case .rules: try checkRules(text)
        case .mark: try checkMark(text)
        case .base64: try checkBase64(rest)
        }
    }

    private static func checkTime(_ bytes: [UInt8]) throws(FuzzFailure) {
        let time = padded(bytes) { EventTime(rfc3339: $0) }
        let naive = NaiveVerdict.time(bytes)
        guard time?.milliseconds == naive else {
            throw FuzzFailure("a time: \(time?.milliseconds ?? -1), should be \(naive ?? -1)")
        }
        guard let time, time >= .earliest, time <= .latest else { return }
        guard EventTime(rfc3339: time.description) == time else {
            throw FuzzFailure("a time that changes: \(time)")
        }
    }

    private static func checkNumber(_ bytes: [UInt8]) throws(FuzzFailure) {
        guard let first = bytes.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first),
            bytes.allSatisfy({ $0 > 0x20 }), NaiveVerdict.isJSON(bytes, depthMax: 1)
        else { return }
        let money = padded(bytes) { DecimalText.money($0) }
        guard money?.tenThousandths == NaiveVerdict.money(bytes) else {
            throw FuzzFailure("an amount: \(money?.tenThousandths ?? -1)")
        }
        guard let naive = NaiveVerdict.integer(bytes) else { return }
        let integer = padded(bytes) { DecimalText.integer($0) }
        guard integer == .value(naive) else {
            throw FuzzFailure("an integer: \(integer), should be \(naive)")
        }
    }

    private static func checkDuration(_ text: String) throws(FuzzFailure) {
        guard let milliseconds = DurationText.milliseconds(text) else { return }
        guard milliseconds >= 0 else { throw FuzzFailure("a duration below nothing: \(milliseconds)") }
        guard milliseconds < .max else { return }
        let written = DurationText.text(milliseconds: milliseconds)
        guard DurationText.milliseconds(written) == milliseconds else {
            throw FuzzFailure("a duration that changes: \(written)")
        }
    }

    private static func checkAddress(_ text: String) throws(FuzzFailure) {
        guard let address = ListenAddress(text) else { return }
        guard (0...65_535).contains(address.port), ListenAddress(address.description) == address else {
            throw FuzzFailure("an address that changes: \(address)")
        }
    }

    /// A rules text is that of a snapshot or a journal record, which another version may have written.
    private static func checkRules(_ text: String) throws(FuzzFailure) {
        guard let rules = try? Rules(canonicalText: text) else { return }
        let written = rules.canonicalText
        guard let again = try? Rules(canonicalText: written), again.canonicalText == written else {
            throw FuzzFailure("rules that change: \(written)")
        }
    }

    private static func checkMark(_ text: String) throws(FuzzFailure) {
        guard let mark = CommitMark(text) else { return }
        guard CommitMark(mark.text) == mark else { throw FuzzFailure("a mark that changes: \(mark.text)") }
    }

    private static func checkBase64(_ bytes: [UInt8]) throws(FuzzFailure) {
        var ignored = ByteWriter()
        _ = padded(bytes) { Base64.decode($0, into: &ignored) }
        var written = ByteWriter()
        bytes.withUnsafeBytes { written.append(base64: $0) }
        var decoded = ByteWriter()
        guard padded(Array(written.bytes), { Base64.decode($0, into: &decoded) }),
            decoded.bytes.elementsEqual(bytes)
        else { throw FuzzFailure("bytes that change in base64") }
    }

    /// The bytes in memory of which a few more may be read.
    private static func padded<Result>(
        _ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + 8, alignment: 1)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        for index in bytes.count..<memory.count { memory[index] = 0x31 }
        return body(UnsafeRawBufferPointer(rebasing: memory[..<bytes.count]))
    }

    static let seeds: [[UInt8]] = [
        (.time, "2026-01-01T10:00:00.123Z"), (.time, "2026-02-28t23:59:59-23:59"), (.number, "-12.5e-3"),
        (.number, "9999999999.00005"), (.number, "17645472e5"), (.duration, "90m"), (.duration, "1500ms"),
        (.address, "[::1]:8080"), (.address, "127.0.0.1:0"), (.mark, "12:00000000000000ff:tetik-a"),
        (.rules, "currency=EUR\nrules.churn_risk.merge=1d\nrules.abandoned_cart.steps=1h,1d\n"),
        (.rules, "rules.value.enabled=true\nrules.abandoned_cart.min_value=19.99\n"), (.base64, "abc"),
    ].map { (form: Form, text) in [form.rawValue] + Array(text.utf8) }
}
