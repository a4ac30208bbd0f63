import Model
import Primitives

/// Reads what a backtest needs from the JSON of a trigger record. Source of the form: contract, section 6.
struct TriggerFields {
    private let bytes: UnsafeRawBufferPointer
    /// Where the fields after `at` begin, at their comma.
    private let start: Int

    /// Finds the fields after `at`; nil if the record has another form than the contract's.
    init?(_ value: UnsafeRawBufferPointer, kind: RecordKind) {
        bytes = value
        // {"id":"32 digits","type":"…","customer":"
        var index = 7 + 32 + 10 + kind.name.utf8CodeUnitCount + 14
        while index < value.count, value[index] != UInt8(ascii: "\"") {
            index += value[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        // ","at":"24 characters"
        start = index + 8 + EventTime.textByteCount + 1
        guard start < value.count, value[start] == UInt8(ascii: ",") else { return nil }
    }

    /// Where the value of the field begins whose comma, name and colon `prefix` holds, searched in order.
    private func place(after prefix: StaticString, from start: Int) -> Int? {
        let count = prefix.utf8CodeUnitCount
        var index = start
        while index + count <= bytes.count {
            var matched = 0
            while matched < count, bytes[index + matched] == prefix.utf8Start[matched] { matched += 1 }
            if matched == count { return index + count }
            index += 1
        }
        return nil
    }

    /// `step` of an abandoned cart, from 1, and `since`.
    var cartStep: (step: Int, since: EventTime)? {
        guard let number = place(after: ",\"step\":", from: start) else { return nil }
        var step = 0
        var index = number
        while index < bytes.count, case let digit = bytes[index], digit >= 0x30, digit <= 0x39 {
            step = min(step * 10 + Int(digit - 0x30), 1_000)
            index += 1
        }
        guard let time = place(after: ",\"since\":\"", from: index),
            time + EventTime.textByteCount <= bytes.count,
            let since = EventTime(
                rfc3339: UnsafeRawBufferPointer(rebasing: bytes[time..<time + EventTime.textByteCount]))
        else { return nil }
        return (step, since)
    }

    /// `level` and `previous` of a churn risk: 0 for none, 3 for lost.
    var levels: (level: Int, previous: Int)? {
        guard let level = place(after: ",\"level\":\"", from: start),
            let previous = place(after: ",\"previous\":\"", from: level)
        else { return nil }
        return (Self.level(bytes[level]), Self.level(bytes[previous]))
    }

    /// A level by its first letter.
    private static func level(_ letter: UInt8) -> Int {
        switch letter {
        case UInt8(ascii: "w"): 1
        case UInt8(ascii: "a"): 2
        case UInt8(ascii: "l"): 3
        default: 0
        }
    }

    /// `reasons` of a suppression as bits, in the order of `BacktestMetric.reasonNames`.
    var reasons: UInt8 {
        guard var index = place(after: ",\"reasons\":[", from: start) else { return 0 }
        var bits: UInt8 = 0
        while index + 1 < bytes.count, bytes[index] != UInt8(ascii: "]") {
            if bytes[index] == UInt8(ascii: "\"") {
                switch bytes[index + 1] {
                case UInt8(ascii: "a"): bits |= 1
                case UInt8(ascii: "c"): bits |= 2
                case UInt8(ascii: "e"): bits |= 4
                case UInt8(ascii: "o"): bits |= 8
                case UInt8(ascii: "r"): bits |= 16
                default: break
                }
                index += 1
                while index < bytes.count, bytes[index] != UInt8(ascii: "\"") { index += 1 }
            }
            index += 1
        }
        return bits
    }
}
