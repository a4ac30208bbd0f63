internal import Primitives

/// A value as it was written, before its key is asked what it means.
enum RawValue {
    case nothing
    case scalar(String)
    case list([String])
    /// A mapping, or a list with something other than scalars in it.
    case structure
}

/// Why a value was refused: what is wrong and what to write instead.
struct ValueProblem: Error {
    let message: String

    init(_ message: String) { self.message = message }
}

extension SettingKind {
    var isList: Bool {
        switch self {
        case .risingDurations, .topics: true
        default: false
        }
    }

    /// Checks a value of a file, where lists and scalars are told apart.
    func parse(_ raw: RawValue) throws(ValueProblem) -> SettingValue {
        switch raw {
        case .list(let texts) where isList: return try parse(list: texts)
        case .scalar(let text) where !isList: return try parse(text: text)
        case .scalar(let text): throw ValueProblem("is a list; write [\(text.quotable)]")
        case .nothing where self == .text(.optional): return .text("")
        case .nothing: throw ValueProblem("has no value; write \(range), or leave the key out")
        case .list: throw ValueProblem("takes one value, not a list; write \(range)")
        case .structure: throw ValueProblem("takes \(isList ? "a list of plain values" : "one plain value")")
        }
    }

    /// Checks a value of the environment or of `--set`; lists are separated by commas, brackets are optional.
    func parse(flat text: String) throws(ValueProblem) -> SettingValue {
        guard isList else { return try parse(text: text) }
        var inner = text.trimmed
        if inner.hasPrefix("["), inner.hasSuffix("]") { inner = String(inner.dropFirst().dropLast()) }
        guard !inner.trimmed.isEmpty else { return try parse(list: []) }
        return try parse(list: inner.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    }

    private func parse(list texts: [String]) throws(ValueProblem) -> SettingValue {
        switch self {
        case .risingDurations(let count, let each):
            var durations: [Int64] = []
            for text in texts { durations.append(try duration(text.trimmed, in: each)) }
            guard count.contains(durations.count) else {
                throw ValueProblem("is out of range; write \(range)")
            }
            for (earlier, later) in zip(durations, durations.dropFirst()) where later <= earlier {
                let (earlier, later) = (
                    DurationText.text(milliseconds: earlier), DurationText.text(milliseconds: later)
                )
                throw ValueProblem(
                    "must rise strictly, but \(later) comes after \(earlier); write them in rising order")
            }
            return .durations(durations)
        case .topics(let count):
            var names: [String] = []
            for text in texts {
                let name = try topic(text.trimmed)
                guard !names.contains(name) else {
                    throw ValueProblem("names the topic \(name) twice; write it once")
                }
                names.append(name)
            }
            guard count.contains(names.count) else { throw ValueProblem("is out of range; write \(range)") }
            return .texts(names)
        default:
            throw ValueProblem("takes one value, not a list; write \(range)")
        }
    }

    private func parse(text: String) throws(ValueProblem) -> SettingValue {
        switch self {
        case .duration(let range): return .duration(try duration(text.trimmed, in: range))
        case .integer(let range): return .integer(try integer(text.trimmed, in: range))
        case .positive(let below): return .number(try positive(text.trimmed, below: below))
        case .number(let range): return .number(try number(text.trimmed, in: range))
        case .money(let range): return .money(try money(text.trimmed, in: range))
        case .boolean: return .boolean(try boolean(text.trimmed))
        case .choice(let words):
            guard words.contains(text.trimmed) else { throw ValueProblem(refusal(of: text)) }
            return .text(text.trimmed)
        case .text(let form): return .text(try self.text(text, form: form))
        case .properties, .risingDurations, .topics:
            throw ValueProblem("takes \(unit)")
        }
    }

    private func refusal(of text: String) -> String {
        text.trimmed.isEmpty ? "is empty; write \(range)" : "cannot be \(text.quotable); write \(range)"
    }

    private func duration(_ text: String, in range: ClosedRange<Int64>) throws(ValueProblem) -> Int64 {
        guard let milliseconds = DurationText.milliseconds(text) else {
            let subject = text.isEmpty ? "an empty text" : text.quotable
            throw ValueProblem("\(subject) \(DurationText.advice(for: text))")
        }
        guard range.contains(milliseconds) else {
            let low = DurationText.text(milliseconds: range.lowerBound)
            let high = DurationText.text(milliseconds: range.upperBound)
            throw ValueProblem("\(text.quotable) is out of range; write \(low) to \(high)")
        }
        return milliseconds
    }

    private func integer(_ text: String, in range: ClosedRange<Int64>) throws(ValueProblem) -> Int64 {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy(\.isDigit) else {
            throw ValueProblem("\(text.quotable) is no integer; write \(self.range)")
        }
        guard let value = Int64(text), range.contains(value) else {
            throw ValueProblem("\(text.quotable) is out of range; write \(self.range)")
        }
        return value
    }

    private func positive(_ text: String, below: Int64?) throws(ValueProblem) -> Double {
        let value = try number(text)
        guard value.isFinite, value > 0, below.map({ value < Double($0) }) ?? true else {
            throw ValueProblem("\(text.quotable) is out of range; write \(range)")
        }
        return value
    }

    private func number(_ text: String, in range: ClosedRange<Double>) throws(ValueProblem) -> Double {
        let value = try number(text)
        guard range.contains(value) else {
            throw ValueProblem("\(text.quotable) is out of range; write \(self.range)")
        }
        // -0 is 0, but would be another text.
        return value == 0 ? 0 : value
    }

    private func number(_ text: String) throws(ValueProblem) -> Double {
        // Double(_:) alone would take "inf", "nan" and hexadecimal.
        let isDecimal = text.utf8.allSatisfy { $0.isDigit || "+-.eE".utf8.contains($0) }
        guard isDecimal, let value = Double(text) else {
            throw ValueProblem("\(text.quotable) is no number; write \(range)")
        }
        return value
    }

    private func money(_ text: String, in range: ClosedRange<Money>) throws(ValueProblem) -> Money {
        guard let amount = MoneyText.money(text) else {
            throw ValueProblem("\(text.quotable) is no amount; write \(self.range), such as 19.99")
        }
        guard range.contains(amount) else {
            throw ValueProblem("\(text.quotable) is out of range; write \(self.range)")
        }
        return amount
    }

    private func boolean(_ text: String) throws(ValueProblem) -> Bool {
        switch text {
        case "true": return true
        case "false": return false
        default:
            switch text.lowercased() {
            case "true", "yes", "on", "y", "1": throw ValueProblem("write true, not \(text.quotable)")
            case "false", "no", "off", "n", "0": throw ValueProblem("write false, not \(text.quotable)")
            default: throw ValueProblem(refusal(of: text))
            }
        }
    }

    private func text(_ text: String, form: TextForm) throws(ValueProblem) -> String {
        // C strings end at NUL, and a line break in a name is a slip of the pen.
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw ValueProblem("has a control character in it; write it without")
        }
        switch form {
        case .optional: return text
        case .nonEmpty:
            guard !text.trimmed.isEmpty else { throw ValueProblem(refusal(of: text)) }
        case .currency:
            guard Currency(text) != nil else { throw ValueProblem(refusal(of: text) + ", such as TRY") }
        case .topic: return try topic(text)
        case .brokers:
            let brokers = text.split(separator: ",", omittingEmptySubsequences: false).map {
                String($0).trimmed
            }
            // librdkafka fills in the port 9092, so a bare host is no mistake.
            for broker in brokers {
                let address = broker.split(separator: "://", maxSplits: 1).last.map(String.init) ?? broker
                guard ListenAddress(address) ?? ListenAddress(address + ":9092") != nil else {
                    throw ValueProblem(refusal(of: text))
                }
            }
            return brokers.joined(separator: ",")
        case .listen:
            guard ListenAddress(text) != nil else {
                throw ValueProblem(refusal(of: text) + ", such as 127.0.0.1:8080 or [::1]:8080")
            }
        }
        return text
    }

    private func topic(_ name: String) throws(ValueProblem) -> String {
        guard TopicName.isLegal(name) else {
            throw ValueProblem(
                "\(name.isEmpty ? "an empty text" : name.quotable) is no name of a topic; write 1 to 249 of "
                    + "a-z, A-Z, 0-9, '.', '_' and '-'")
        }
        return name
    }
}

/// What Kafka takes as the name of a topic. Source: Apache Kafka 3.8, `Topic.validate`.
enum TopicName {
    static func isLegal(_ name: String) -> Bool {
        (1...249).contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { $0.isLetter || $0.isDigit || "._-".utf8.contains($0) }
    }
}
